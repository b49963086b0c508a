import FoundationEssentials
import TandemBasics
import TandemConfiguration
import TandemDatasets
import TandemInterchange
public import TandemTraining

extension DialogueExperiment {
    /// Answers that are named for each question.
    static let answerCount = 5

    /// The five nearest answers of the data set to every question, from a run or from the model that it exported.
    ///
    /// Questions are the request's own, the lines of a text file, or vectors `[n, D]` in a `.npy` file. A teacher whose vectors came
    /// as files knows the questions of its pairs alone, by their texts or identifiers. Throws when a question has no vector.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        let experiment: DialogueExperiment
        switch request.model {
        case .run(let run): experiment = try Self(opening: run, request.options)
        case .file(let path): experiment = try Self(model: path, request.options)
        }
        let asked = try experiment.questions(of: request)
        let answers = try experiment.answer(asked)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let json = String(decoding: try encoder.encode(answers), as: UTF8.self)
        guard let output = request.output else {
            let text = answers.map { $0.lines.joined(separator: "\n") }
            return PredictionResult(
                count: answers.count, text: text.joined(separator: "\n\n"), json: json)
        }
        try AtomicFile.write(json + "\n", to: output)
        return PredictionResult(
            count: answers.count,
            text:
                "\(output): answers to \(answers.count == 1 ? "1 question" : "\(answers.count) questions")"
        )
    }

    /// The five nearest answers among all of the data set to every question.
    public func answer(_ questions: [DialogueQuestion]) throws -> [DialogueAnswers] {
        let predictions = try recipe.predict(questions.flatMap(\.vector))
        for (row, question) in questions.enumerated() {
            let place = row * data.dimension..<(row + 1) * data.dimension
            guard predictions[place].allSatisfy(\.isFinite) else {
                throw DialogueError.noAnswer(question: question.text)
            }
        }
        let similarities = try DialogueSimilarities(
            predictions, data.answers, dimension: data.dimension)
        return questions.enumerated().map { row, question in
            let best = similarities.best(Self.answerCount, of: row).map { choice in
                let pair = data.pairs[choice.candidate]
                return DialogueAnswers.Answer(
                    id: pair.id, cosine: choice.cosine, answer: pair.answer,
                    question: pair.question, category: pair.category)
            }
            return DialogueAnswers(question: question.text, answers: best)
        }
    }

    private func questions(of request: PredictionRequest) throws -> [DialogueQuestion] {
        func embedded(_ text: String) throws -> DialogueQuestion {
            if let row = data.pairs.firstIndex(where: { $0.id == text }) {
                let question = data.pairs[row].question
                return DialogueQuestion(
                    text: question.isEmpty ? text : question,
                    vector: data.questions([Int32(row)]))
            }
            return DialogueQuestion(text: text, vector: try data.embed(text))
        }
        if let question = request.question { return [try embedded(question)] }
        guard !request.input.hasSuffix(".npy") else {
            return try vectors(NPYFile.read(request.input), path: request.input)
        }
        guard let text = String(validating: try WholeFile.read(request.input), as: UTF8.self) else {
            throw DialogueError.notText(path: request.input)
        }
        let lines = text.drop { $0 == "\u{FEFF}" }.split(whereSeparator: \.isNewline)
            .map { String(String.UnicodeScalarView($0.unicodeScalars.trimmed)) }
            .filter { !$0.isEmpty }
        guard !lines.isEmpty else { throw DialogueError.noQuestions(path: request.input) }
        return try lines.map(embedded)
    }

    /// The teacher's vectors of questions, prepared as those of the data set are.
    private func vectors(_ array: HostArray, path: String) throws -> [DialogueQuestion] {
        let dimension = data.dimension
        guard [1, 2].contains(array.shape.count), array.shape.last == dimension, array.count > 0
        else {
            throw DialogueError.shape(
                path: path, found: array.shape, expected: "[n, \(dimension)]")
        }
        let values = try array.float32Values()
        return try (0..<values.count / dimension).map { row in
            let vector = Array(values[row * dimension..<(row + 1) * dimension])
            guard vector.allSatisfy(\.isFinite), vector.contains(where: { $0 != 0 }) else {
                throw DialogueError.badVector(
                    path: path, row: row, id: nil, value: "is zero or not finite")
            }
            return DialogueQuestion(
                text: "row \(row)", vector: data.preprocessing.questions(vector))
        }
    }
}

/// A question as the model takes it.
public struct DialogueQuestion: Sendable, Equatable {
    /// The question, or what stands for it.
    public var text: String
    /// The prepared vector, of length 1.
    public var vector: [Float]

    /// A question with its vector.
    public init(text: String, vector: [Float]) {
        self.text = text
        self.vector = vector
    }
}

/// The nearest answers to a question, the nearest first.
public struct DialogueAnswers: Codable, Sendable, Equatable {
    /// An answer of the data set.
    public struct Answer: Codable, Sendable, Equatable {
        /// The pair.
        public var id: String
        /// Of its vector and the prediction.
        public var cosine: Float
        /// Its text, shortened where the data set shortens it.
        public var answer: String
        /// What was asked there.
        public var question: String
        /// The category; empty when the pair has none.
        public var category: String
    }

    /// What was asked.
    public var question: String
    /// The answers.
    public var answers: [Answer]

    /// The answers line by line.
    var lines: [String] {
        [question]
            + answers.enumerated().map { place, answer in
                let text = answer.answer.split(whereSeparator: \.isWhitespace).joined(
                    separator: " ")
                let shown = text.count > 150 ? text.prefix(147) + "..." : text[...]
                return "  \(place + 1). \(NumberText.fixed(Double(answer.cosine), 3))  \(shown)  "
                    + "(\(answer.id)\(answer.category.isEmpty ? "" : ", \(answer.category)"))"
            }
    }
}
