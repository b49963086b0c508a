/// A question with its answer.
public struct DialoguePair: Sendable, Equatable, Codable {
    /// The parts of a data set.
    public enum Part: String, Codable, Sendable, CaseIterable {
        /// Pairs to learn from.
        case training
        /// Pairs that the epoch is chosen by.
        case validation
        /// Pairs that only the final figures look at.
        case test
    }

    /// What the pair is called; no other pair of a data set is called so.
    public var id: String
    /// The question without white space around it; shortened or empty in sets that come with vectors.
    public var question: String
    /// The answer, as the question.
    public var answer: String
    /// What the pair is about; empty when nothing is said.
    public var category: String
    /// Where the pair comes from; empty when nothing is said.
    public var source: String
    /// Pairs of one group stay in one part; the identifier where nothing is said.
    public var group: String
    /// The part that the pair's file puts it into.
    public var part: Part?
    /// The number of Unicode scalars of the whole question.
    public var questionLength: Int
    /// The number of Unicode scalars of the whole answer.
    public var answerLength: Int

    /// A pair; without lengths its texts are whole, without a group it is one of its own.
    public init(
        id: String, question: String, answer: String, category: String = "", source: String = "",
        group: String? = nil, part: Part? = nil, questionLength: Int? = nil,
        answerLength: Int? = nil
    ) {
        self.id = id
        self.question = question
        self.answer = answer
        self.category = category
        self.source = source
        self.group = group ?? id
        self.part = part
        self.questionLength = questionLength ?? question.unicodeScalars.count
        self.answerLength = answerLength ?? answer.unicodeScalars.count
    }

    /// Whether ``question`` is the whole question.
    public var hasWholeQuestion: Bool { question.unicodeScalars.count == questionLength }

    /// Whether ``answer`` is the whole answer.
    public var hasWholeAnswer: Bool { answer.unicodeScalars.count == answerLength }
}

/// What a reader made of a file: pairs, and what was asked before them.
struct DialogueSource: Equatable {
    /// A question that was asked earlier in a conversation.
    struct Turn: Equatable {
        /// The number of the pair that it belongs to; nil for a question that got no answer.
        var row: Int?
        /// The question.
        var question: String
    }

    /// Where the pairs come from, for people.
    var path: String
    /// The pairs in the order of the file.
    var pairs: [DialoguePair]
    /// The earlier questions of every pair's conversation, the nearest first; empty when the file has no conversations.
    var earlier: [[Turn]] = []
    /// Where every pair stands in the file, for problems.
    var places: [DialogueProblem.Place]
    /// The vectors that came with the pairs.
    var vectors: DialogueVectors?
}

/// Stored vectors, row by row those of the pairs.
struct DialogueVectors: Equatable {
    /// Who made them.
    var teacher: String
    /// The length of each.
    var dimension: Int
    /// Those of the questions.
    var questions: [Float]
    /// Those of the answers.
    var answers: [Float]
}
