import Foundation
import TandemDatasets
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueDataTests {
    private let fixtures: DialogueFixtures

    init() throws { fixtures = try DialogueFixtures() }

    /// Ten pairs of vectors that point into different directions, of length 1 and more, with parts.
    private func vectorSet() throws -> String {
        let questions: [[Float]] = (0..<10).map { [Float($0 + 1), 3, 1] }
        let answers: [[Float]] = (0..<10).map { [2, Float($0), -1] }
        let parts = [
            "train", "train", "val", "train", "test", "train", "train", "val", "test", "train",
        ]
        let lines = parts.enumerated().map {
            "{\"id\": \"p\($0)\", \"split\": \"\($1)\", \"category\": \"c\($0 % 2)\", "
                + "\"question_length\": \(10 + $0), \"answer_length\": 20}"
        }
        return try fixtures.embedded(
            questions, answers, pairs: lines.joined(separator: "\n"))
    }

    private func row(_ values: [Float], _ row: Int, _ width: Int = 3) -> [Float] {
        Array(values[row * width..<(row + 1) * width])
    }

    private func unit(_ values: [Float]) -> [Float] {
        let length = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }

    private func difference(_ left: [Float], _ right: [Float]) -> Float {
        left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    @Test func rowsHaveLengthOne() throws {
        let data = try DialogueData(DialogueFixtures.settings(vectorSet()))
        #expect(data.dimension == 3 && data.pairs.count == 10)
        #expect(difference(row(data.questions, 4), unit([5, 3, 1])) < 1e-6)
        #expect(difference(row(data.answers, 4), unit([2, 4, -1])) < 1e-6)
        #expect(
            data.split
                == DataSplit(training: [0, 1, 3, 5, 6, 9], validation: [2, 7], test: [4, 8]))
        #expect(!data.preprocessing.isCentred)
        #expect(data.reported == [4, 8])
    }

    @Test func meansAreThoseOfTrainingPairs() throws {
        let path = try vectorSet()
        let data = try DialogueData(DialogueFixtures.settings(path) { $0.centre = true })
        var mean: [Float] = [0, 0, 0]
        for number in [0, 1, 3, 5, 6, 9] {
            mean = zip(mean, unit([Float(number + 1), 3, 1])).map { $0 + $1 / 6 }
        }
        #expect(difference(data.preprocessing.questionMean, mean) < 1e-6)
        let expected = unit(zip(unit([5, 3, 1]), mean).map { $0 - $1 })
        #expect(difference(row(data.questions, 4), expected) < 1e-5)
        // What is not trained on changes nothing.
        try NPYFile.write(
            HostArray(
                shape: [10, 3],
                elements: (0..<10).flatMap { number -> [Float] in
                    [2, 7].contains(number) ? [-9, 0, 4] : [Float(number + 1), 3, 1]
                }), to: path + "/questions.npy")
        let other = try DialogueData(DialogueFixtures.settings(path) { $0.centre = true })
        #expect(other.preprocessing == data.preprocessing)
        #expect(row(other.questions, 4) == row(data.questions, 4))
        #expect(row(other.questions, 2) != row(data.questions, 2))
    }

    @Test func preprocessingIsKeptAndUndone() throws {
        let data = try DialogueData(
            DialogueFixtures.settings(try vectorSet()) { $0.centre = true })
        let text = try JSONEncoder().encode(data.preprocessing)
        let again = try JSONDecoder().decode(DialoguePreprocessing.self, from: text)
        #expect(again == data.preprocessing)
        // The prepared answer as long as the difference was, with the mean, is the answer.
        let raw = unit([2, 4, -1])
        let lengths = zip(raw, again.answerMean).map { $0 - $1 }
        #expect(difference(again.inverse(lengths), raw) < 1e-6)
        let plain = DialoguePreprocessing(dimension: 3)
        #expect(difference(plain.inverse([0, 2, 0]), [0, 1, 0]) < 1e-6)
    }

    @Test func vectorsWithoutLengthStayFinite() {
        let preprocessing = DialoguePreprocessing(
            questions: [1, 0, 1, 0], answers: [0, 1, 0, 1], rows: [0, 1], dimension: 2)
        #expect(preprocessing.questions([1, 0]) == [0, 0])
        #expect(DialoguePreprocessing(dimension: 2).questions([0, 0]) == [0, 0])
        #expect(DialoguePreprocessing(dimension: 1).questions([5e-9]) == [0.5])
    }

    @Test func centringNeedsTrainingPairs() throws {
        let path = try fixtures.embedded(
            [[1, 0]], [[0, 1]], pairs: "{\"id\": \"a\", \"split\": \"test\"}")
        let data = try DialogueData(DialogueFixtures.settings(path))
        #expect(data.split.training.isEmpty && data.reported == [0])
        guard
            case .setting(name: "centre", _, _) = dialogueError({
                _ = try DialogueData(DialogueFixtures.settings(path) { $0.centre = true })
            })
        else {
            Issue.record("accepted")
            return
        }
    }

    // MARK: Context

    @Test func questionsAreAddedToThoseBefore() throws {
        let lines = [2, 0, 1].map {
            "{\"id\": \"t\($0)\", \"group\": \"g\", \"turn\": \($0), \"split\": \"train\"}"
        }
        let path = try fixtures.embedded(
            [[0, 0, 5], [1, 0, 0], [0, 2, 0]], [[1, 0, 0], [1, 0, 0], [1, 0, 0]],
            pairs: lines.joined(separator: "\n"))
        func questions(_ window: Int, _ decay: Double = 0.5) throws -> [Float] {
            try DialogueData(
                DialogueFixtures.settings(path) {
                    $0.contextWindow = window
                    $0.contextDecay = decay
                }
            ).questions
        }
        #expect(difference(row(try questions(2), 0), unit([0.25, 0.5, 1])) < 1e-6)
        #expect(difference(row(try questions(1), 0), unit([0, 0.5, 1])) < 1e-6)
        #expect(difference(row(try questions(9, 1), 2), unit([1, 1, 0])) < 1e-6)
        #expect(difference(row(try questions(9), 1), [1, 0, 0]) < 1e-6)
        #expect(difference(row(try questions(0), 0), [0, 0, 1]) < 1e-6)
    }

    @Test func unansweredQuestionsCountAsContext() throws {
        let path = try fixtures.folder.put(
            Array(
                """
                [{"conversations": [{"role": "user", "text": "about trees"},
                  {"role": "user", "text": "are they green"}, {"role": "bot", "text": "mostly yes"}]},
                 {"conversations": [{"role": "user", "text": "are they blue"}, {"role": "bot", "text": "never"}]}]
                """.utf8), "a.json")
        let data = try DialogueData(DialogueFixtures.settings(path) { $0.contextWindow = 3 })
        let (first, second) = (try data.embed("about trees"), try data.embed("are they green"))
        let expected = unit(zip(first, second).map { $0 * 0.5 + $1 })
        #expect(difference(row(data.questions, 0, 384), expected) < 1e-5)
        #expect(difference(row(data.questions, 1, 384), try data.embed("are they blue")) < 1e-6)
    }

    @Test func contextNeedsConversations() throws {
        let path = try vectorSet()
        guard
            case .setting(name: "contextWindow", _, _) = dialogueError({
                _ = try DialogueData(DialogueFixtures.settings(path) { $0.contextWindow = 1 })
            })
        else {
            Issue.record("accepted")
            return
        }
    }

    // MARK: Teachers

    @Test func hashedWordsNeedOnlyText() throws {
        let path = try fixtures.folder.put(
            Array(
                "Q: where do birds sleep\nA: birds sleep in trees\nQ: who am I\nA: nobody knows"
                    .utf8),
            "a.txt")
        var settings = DialogueFixtures.settings(path) { $0.cache = fixtures.folder.file("cache") }
        settings.teacher.dimension = 64
        let data = try DialogueData(settings)
        #expect(data.teacher.hasPrefix("hashing-64-seed-42-"))
        #expect(
            difference(try data.embed("where do birds sleep"), row(data.questions, 0, 64)) < 1e-6)
        #expect(data.similarities[0] > 0.2)
        #expect(dialogueError { _ = try data.embed("...") } == .emptyQuestion("..."))
        #expect(data.statistics.cache == DialogueCacheCounts(hits: 0, misses: 4))
        // The cache has the teacher's vectors, whatever is done with them.
        let bytes = try contents(of: fixtures.folder.file("cache"))
        settings.centre = true
        let again = try DialogueData(settings)
        #expect(again.statistics.cache == DialogueCacheCounts(hits: 4, misses: 0))
        #expect(again.questions != data.questions && again.hash == data.hash)
        #expect(try contents(of: fixtures.folder.file("cache")) == bytes)
        settings.teacher.dimension = 32
        guard case .dimension = dialogueError({ _ = try DialogueData(settings) }) else {
            Issue.record("a cache of another dimension was accepted")
            return
        }
        settings.teacher.kind = .files
        #expect(dialogueError { _ = try DialogueData(settings) } == .noVectors(path: path))
    }

    @Test func theTeacherMustHaveTheDimensionAskedFor() throws {
        let path = try vectorSet()
        #expect(
            dialogueError {
                _ = try DialogueData(DialogueFixtures.settings(path) { $0.teacher.dimension = 4 })
            } == .dimension(path: path, found: 3, expected: 4, by: "teacher.dimension is"))
        let data = try DialogueData(
            DialogueFixtures.settings(path) { $0.teacher.dimension = 3 })
        guard case .unknownQuestion = dialogueError({ _ = try data.embed("new?") }) else {
            Issue.record("a new question has a stored vector")
            return
        }
    }

    @Test func missingDataAreNamed() {
        #expect(throws: DataLocationError.self) {
            try DialogueData(DialogueFixtures.settings(fixtures.folder.file("none.jsonl")))
        }
    }

    // MARK: Statistics and identity

    @Test func statisticsAreComplete() throws {
        let data = try DialogueData(DialogueFixtures.settings(try vectorSet()))
        let statistics = data.statistics
        #expect(statistics.counts.pairs == 10 && statistics.counts.training == 6)
        #expect(statistics.counts.validation == 2 && statistics.counts.test == 2)
        #expect(statistics.categories["c0"]?.pairs == 5)
        #expect(
            statistics.categories["c0"]?.test == 2 && statistics.categories["c1"]?.validation == 1)
        #expect(statistics.questionLength.mean == 14.5)
        #expect(abs(statistics.questionLength.deviation - 8.25.squareRoot()) < 1e-12)
        #expect(statistics.questionLength.minimum == 10 && statistics.questionLength.maximum == 19)
        #expect(abs(statistics.questionNorm.minimum - 11.0.squareRoot()) < 1e-6)
        #expect(statistics.similarityHistogram.reduce(0, +) == 10)
        #expect(statistics.cache == nil && !statistics.isFiltered)
        #expect(statistics.filter.kept == 10)
        let cosines = data.similarities.map { Double($0) }
        let mean = cosines.reduce(0, +) / 10
        let variance = cosines.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 9
        #expect(abs(statistics.similarity.mean - mean) < 1e-12)
        #expect(abs(statistics.similarity.deviation - variance.squareRoot()) < 1e-12)
        #expect(statistics.partSimilarity.keys.sorted() == ["test", "training", "validation"])
        let encoder = JSONEncoder()
        let text = try encoder.encode(statistics)
        #expect(try JSONDecoder().decode(DialogueStatistics.self, from: text) == statistics)
        #expect(String(decoding: text, as: UTF8.self).contains("\"lowSimilarity\":0"))
        let lines = statistics.lines.joined(separator: "\n")
        for part in [
            "10 pairs in 10 groups: 6 to train on, 2 for validation, 2 for testing",
            "questions: 14.5 ± 2.9 in [10, 19] characters", "c1", "3 numbers",
        ] { #expect(lines.contains(part), "\(part) in \(lines)") }
    }

    @Test func hashesTellDataApart() throws {
        let path = try vectorSet()
        let first = try DialogueData(DialogueFixtures.settings(path))
        let same = try DialogueData(DialogueFixtures.settings(path) { $0.noise = 0.5 })
        #expect(first.identity == same.identity && first.identity.count == 64)
        let pairs = try String(contentsOfFile: path + "/pairs.jsonl", encoding: .utf8)
        let moved = pairs.replacingOccurrences(
            of: "\"p4\", \"split\": \"test\"", with: "\"p4\", \"split\": \"val\"")
        #expect(moved != pairs)
        _ = try fixtures.folder.put(Array(moved.utf8), "pairs.jsonl")
        let other = try DialogueData(DialogueFixtures.settings(path))
        #expect(other.hash == first.hash && other.splitHash != first.splitHash)
        #expect(other.identity != first.identity)
        _ = try fixtures.folder.put(
            Array(pairs.replacingOccurrences(of: "c1", with: "c2").utf8), "pairs.jsonl")
        #expect(try DialogueData(DialogueFixtures.settings(path)).hash != first.hash)
        _ = try fixtures.folder.put(Array(pairs.utf8), "pairs.jsonl")
        var answers = try NPYFile.read(path + "/answers.npy").float32Values()
        answers[29] += 0.5
        try NPYFile.write(
            HostArray(shape: [10, 3], elements: answers), to: path + "/answers.npy")
        #expect(try DialogueData(DialogueFixtures.settings(path)).hash != first.hash)
    }
}
