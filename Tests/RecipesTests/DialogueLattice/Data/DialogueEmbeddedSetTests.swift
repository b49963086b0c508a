import TandemDatasets
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueEmbeddedSetTests {
    private let fixtures: DialogueFixtures

    init() throws { fixtures = try DialogueFixtures() }

    private func error(
        _ questions: [[Float]], _ answers: [[Float]], pairs: String? = nil
    ) throws -> String {
        let path = try fixtures.embedded(questions, answers, pairs: pairs)
        return dialogueError { _ = try DialogueFile.read(path) }?.description ?? "no error"
    }

    @Test func vectorsStandBesidePairs() throws {
        let path = try fixtures.embedded(
            [[1, 0], [3, 4]], [[0, 1], [1, 1]],
            pairs: """
                {"id": "x", "row": 0, "question": "q", "question_length": 9, "answer_head": "a", "answer_length": 1}
                {"id": "y", "row": 1, "question_length": 4, "answer_length": 5}
                """)
        let source = try DialogueFile.read(path)
        #expect(source.vectors?.dimension == 2)
        #expect(source.vectors?.questions == [1, 0, 3, 4])
        #expect(source.vectors?.answers == [0, 1, 1, 1])
        #expect(source.pairs.map(\.group) == ["x", "y"])
        #expect(source.pairs.map(\.questionLength) == [9, 4])
        #expect(source.pairs.map(\.hasWholeAnswer) == [true, false])
    }

    @Test func halfPrecisionIsRead() throws {
        let path = try fixtures.embedded([[1, 0]], [[0, 1]])
        let half = try HostArray(shape: [1, 2], elements: [Float(0.5), 2]).convertedToFloat16()
        try NPYFile.write(half, to: fixtures.folder.file("questions.npy"))
        #expect(try DialogueFile.read(path).vectors?.questions == [0.5, 2])
    }

    @Test func metadataNamesTheTeacher() throws {
        let path = try fixtures.embedded([[1, 0]], [[0, 1]])
        let text = "{\"dim\": 2, \"teacher\": {\"model\": \"m\", \"package\": \"p 1\"}}"
        _ = try fixtures.folder.put(Array(text.utf8), "metadata.json")
        #expect(try DialogueFile.read(path).vectors?.teacher == "m (p 1)")
        let other = Array("{\"teacher\": {\"dim\": 3}}".utf8)
        _ = try fixtures.folder.put(other, "metadata.json")
        #expect(
            dialogueError { _ = try DialogueFile.read(path) }
                == .dimension(
                    path: path + "/questions.npy", found: 2, expected: 3, by: "metadata.json says"))
    }

    @Test func shapesMustAgree() throws {
        #expect(
            try error([[1, 0]], [[1, 0], [0, 1]]).hasSuffix(
                "answers.npy: the shape is [2, 2]; must be [1, D], as pairs.jsonl has 1 pairs"))
        #expect(
            try error([[1, 0]], [[1, 0, 0]]).hasSuffix(
                "answers.npy: the shape is [1, 3]; must be [1, 2], as questions.npy has"))
        #expect(
            try error([[1, 0]], [[1, 0]], pairs: "{\"id\": \"a\"}\n{\"id\": \"b\"}").contains(
                "questions.npy: the shape is [1, 2]; must be [2, D]"))
        let path = try fixtures.embedded([[1, 0]], [[0, 1]])
        try NPYFile.write(
            HostArray(shape: [2], elements: [Float(1), 0]),
            to: fixtures.folder.file("questions.npy"))
        #expect(dialogueError { _ = try DialogueFile.read(path) } != nil)
    }

    @Test func vectorsMustBeFiniteAndNotZero() throws {
        let fine: [[Float]] = [[1, 0], [0, 1], [1, 1]]
        #expect(
            try error(fine, [[1, 0], [0, 1], [0, .nan]]).contains(
                "answers.npy: row 2 ('p2') has nan in column 1; rows count from 0"))
        #expect(
            try error([[1, 0], [-.infinity, 1], [1, 1]], fine).contains("row 1 ('p1') has -inf"))
        #expect(try error([[0, 0], [0, 1], [1, 1]], fine).contains("row 0 ('p0') is zero"))
    }

    @Test func otherNumbersAndMissingFilesAreRefused() throws {
        let path = try fixtures.embedded([[1, 0]], [[0, 1]])
        try NPYFile.write(
            HostArray(shape: [1, 2], elements: [Int32(1), 0]),
            to: fixtures.folder.file("questions.npy"))
        guard case .elementType = dialogueError({ _ = try DialogueFile.read(path) }) else {
            Issue.record("integers were read")
            return
        }
        let other = try DialogueFixtures()
        let folder = try other.embedded([[1, 0]], [[0, 1]])
        let lone = try DialogueFixtures()
        _ = try lone.folder.put(contents(of: folder + "/questions.npy"), "questions.npy")
        _ = try lone.folder.put(contents(of: folder + "/pairs.jsonl"), "pairs.jsonl")
        guard
            case .vectors(.file) = dialogueError({ _ = try DialogueFile.read(lone.folder.path) })
        else {
            Issue.record("a set without answers was read")
            return
        }
    }

    @Test func rowsMustFitTheirLines() throws {
        #expect(
            try error(
                [[1, 0], [0, 1]], [[1, 0], [0, 1]],
                pairs: "{\"id\": \"a\", \"row\": 1}\n{\"id\": \"b\", \"row\": 0}"
            ).contains("line 1, row: is 1; give 0"))
        #expect(
            try error(
                [[1, 0], [0, 1]], [[1, 0], [0, 1]], pairs: "{\"id\": \"a\"}\n{\"id\": \"a\"}"
            ).contains("'a' occurs again"))
        #expect(
            try error([[1, 0]], [[1, 0]], pairs: "{\"conversations\": []}").contains(
                "stands beside vectors"))
    }
}
