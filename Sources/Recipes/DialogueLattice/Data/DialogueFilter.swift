/// Why a pair is left out; in the order in which the rules are asked.
public enum DialogueFilterRule: String, Codable, Sendable, CaseIterable, CodingKeyRepresentable {
    /// There is no question.
    case emptyQuestion
    /// There is no answer.
    case emptyAnswer
    /// The answer repeats the question, whatever its case.
    case questionEqualsAnswer
    /// The question has too few characters.
    case questionTooShort
    /// The answer has too few characters.
    case answerTooShort
    /// The question has too many characters.
    case questionTooLong
    /// The answer has too many characters.
    case answerTooLong
    /// The question occurred before, whatever its case.
    case duplicateQuestion
    /// The answer occurred before, whatever its case.
    case duplicateAnswer
    /// The vectors of question and answer have too low a cosine.
    case lowSimilarity

    /// What people call it.
    public var name: String {
        switch self {
        case .emptyQuestion: "no question"
        case .emptyAnswer: "no answer"
        case .questionEqualsAnswer: "question equals answer"
        case .questionTooShort: "question too short"
        case .answerTooShort: "answer too short"
        case .questionTooLong: "question too long"
        case .answerTooLong: "answer too long"
        case .duplicateQuestion: "question occurred before"
        case .duplicateAnswer: "answer occurred before"
        case .lowSimilarity: "low similarity"
        }
    }
}

/// How many pairs the filter left out by each rule; a pair counts under the first rule that it fails.
public struct DialogueFilterCounts: Codable, Sendable, Equatable {
    /// The number of pairs before the filter.
    public let total: Int
    /// The number of pairs left out by every rule; all 0 when the filter is off.
    public internal(set) var dropped: [DialogueFilterRule: Int]

    /// No pair of `total` is left out yet.
    public init(total: Int) {
        self.total = total
        dropped = Dictionary(
            uniqueKeysWithValues: DialogueFilterRule.allCases.map { ($0, 0) })
    }

    /// The number of pairs that a rule left out.
    public subscript(rule: DialogueFilterRule) -> Int { dropped[rule] ?? 0 }

    /// The number of pairs that are left.
    public var kept: Int { total - dropped.values.reduce(0, +) }

    /// The rules that left out pairs, in words: `question too short 23, low similarity 34`.
    public var summary: String {
        let parts = DialogueFilterRule.allCases.filter { self[$0] > 0 }
            .map { "\($0.name) \(self[$0])" }
        return parts.isEmpty ? "none" : parts.joined(separator: ", ")
    }

    mutating func count(_ rule: DialogueFilterRule) { dropped[rule, default: 0] += 1 }
}

/// Leaves out pairs that teach little: without text, too short or long, repeated, or about different things.
///
/// Sets that come with vectors may have shortened texts. Their lengths are those of the whole texts, which the file states; the
/// rules that compare texts do not look at shortened ones.
struct DialogueFilter {
    let settings: DialogueFilterConfiguration

    /// The rule that a pair fails by its own texts; nil when it fails none.
    func rule(brokenBy pair: DialoguePair) -> DialogueFilterRule? {
        if pair.questionLength == 0 { return .emptyQuestion }
        if pair.answerLength == 0 { return .emptyAnswer }
        if pair.hasWholeQuestion, pair.hasWholeAnswer,
            Self.folded(pair.question) == Self.folded(pair.answer)
        {
            return .questionEqualsAnswer
        }
        if pair.questionLength < settings.minimumQuestionLength { return .questionTooShort }
        if pair.answerLength < settings.minimumAnswerLength { return .answerTooShort }
        let limits = (settings.maximumQuestionLength, settings.maximumAnswerLength)
        if limits.0 > 0, pair.questionLength > limits.0 { return .questionTooLong }
        if limits.1 > 0, pair.answerLength > limits.1 { return .answerTooLong }
        return nil
    }

    /// The places, among pairs whose texts are fine, of those that neither repeat a kept pair nor are too dissimilar.
    ///
    /// `cosines` are those of the raw vectors of question and answer, pair by pair.
    func kept(
        _ pairs: [DialoguePair], cosines: [Float], counts: inout DialogueFilterCounts
    ) -> [Int] {
        var questions: Set<String> = []
        var answers: Set<String> = []
        var kept: [Int] = []
        for (index, pair) in pairs.enumerated() {
            let question =
                settings.dropsDuplicateQuestions && pair.hasWholeQuestion
                ? Self.folded(pair.question) : nil
            let answer =
                settings.dropsDuplicateAnswers && pair.hasWholeAnswer
                ? Self.folded(pair.answer) : nil
            if let question, questions.contains(question) {
                counts.count(.duplicateQuestion)
            } else if let answer, answers.contains(answer) {
                counts.count(.duplicateAnswer)
            } else if Double(cosines[index]) < settings.minimumSimilarity {
                counts.count(.lowSimilarity)
            } else {
                if let question { questions.insert(question) }
                if let answer { answers.insert(answer) }
                kept.append(index)
            }
        }
        return kept
    }

    /// A text as it is compared with others: whatever its case.
    static func folded(_ text: String) -> String { text.lowercased() }
}
