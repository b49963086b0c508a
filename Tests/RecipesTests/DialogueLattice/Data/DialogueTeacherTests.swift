import Foundation
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueTeacherTests {
    private let texts = ["how does rain fall", "rain falls down", "who writes books", "?!"]

    private func teacher(
        dimension: Int = 16, seed: UInt64 = 1, texts: [String]? = nil
    ) -> DialogueHashingTeacher {
        DialogueHashingTeacher(texts: texts ?? self.texts, dimension: dimension, seed: seed)
    }

    @Test func hashedWordsAreTheSameEveryTime() throws {
        let first = try teacher().embed(texts)
        let second = try teacher(texts: texts.reversed()).embed(texts.reversed())
        #expect(first.count == 4 * 16)
        for row in 0..<4 {
            #expect(
                Array(first[row * 16..<(row + 1) * 16])
                    == Array(second[(3 - row) * 16..<(4 - row) * 16]))
        }
        #expect(first[48...].allSatisfy { $0 == 0 })
        let length = first[..<16].reduce(0) { $0 + $1 * $1 }
        #expect(abs(length - 1) < 1e-5)
    }

    @Test func theNameTellsAllThatVectorsDependOn() {
        let id = teacher().id
        #expect(id == teacher(texts: texts.reversed()).id)
        #expect(id.hasPrefix("hashing-16-seed-1-rarity-"))
        let others = [
            teacher(dimension: 17).id, teacher(seed: 2).id,
            teacher(texts: texts + ["rain"]).id, teacher(texts: ["rain"]).id,
        ]
        #expect(Set(others + [id]).count == 5)
    }

    @Test func storedVectorsAreFoundByIdentifierAndQuestion() throws {
        let fixtures = try DialogueFixtures()
        let path = try fixtures.embedded(
            [[1, 0], [3, 4]], [[0, 1], [1, 1]],
            pairs: """
                {"id": "x", "question": "Who is it?", "answer": "a"}
                {"id": "y", "question": "Shortened", "question_length": 50}
                """)
        let source = try DialogueFile.read(path)
        let teacher = DialogueFileTeacher(try #require(source.vectors), pairs: source.pairs)
        #expect(teacher.question(of: "y") == [3, 4])
        #expect(teacher.answer(of: "y") == [1, 1])
        #expect(teacher.question(of: "z") == nil)
        #expect(try teacher.embed([" who IS it? "]) == [1, 0])
        for unknown in ["Shortened", "Who is he?"] {
            #expect(
                dialogueError { _ = try teacher.embed([unknown]) }
                    == .unknownQuestion(unknown, teacher: teacher.id))
        }
    }

    @Test func textsWithoutWordsAreNamed() throws {
        let fixtures = try DialogueFixtures()
        let path = try fixtures.folder.put(
            Array("Q: what now?\nA: then\nQ: and?\nA: ...\n".utf8), "a.txt")
        var settings = DialogueFixtures.settings(path) { $0.cache = fixtures.folder.file("cache") }
        #expect(
            dialogueError { _ = try DialogueData(settings) }
                == .noFeatures(path: path, .line(3), id: "row-1", side: "answer"))
        // Nothing was written.
        #expect(try fixtures.folder.names() == ["a.txt"])
        settings.filter.enabled = true
        settings.filter.minimumSimilarity = -1
        (settings.filter.minimumQuestionLength, settings.filter.minimumAnswerLength) = (1, 4)
        #expect(try DialogueData(settings).pairs.map(\.id) == ["row-0"])
    }
}

@Suite struct DialogueEmbeddingCacheTests {
    private let folder: TemporaryFolder
    private let path: String
    private let texts = ["one", "two", "three", "two"]

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("deep/er/cache.bin")
    }

    /// Counts what it is asked for; the vector of a text is its length and 1.
    private final class CountingTeacher: DialogueTeacher, @unchecked Sendable {
        let id: String
        let revision: String
        let pooling: String
        let maximumTokens: Int
        let dimension: Int
        var asked: [String] = []

        init(
            _ id: String = "t", revision: String = "1", pooling: String = "mean",
            maximumTokens: Int = 9, dimension: Int = 2
        ) {
            self.id = id
            self.revision = revision
            self.pooling = pooling
            self.maximumTokens = maximumTokens
            self.dimension = dimension
        }

        func embed(_ texts: [String]) throws(DialogueError) -> [Float] {
            asked += texts
            return texts.flatMap { text in
                (0..<dimension).map { $0 == 0 ? Float(text.count) : 1.5 }
            }
        }
    }

    private func run(
        _ teacher: CountingTeacher, _ texts: [String]? = nil
    ) throws -> (values: [Float], counts: DialogueCacheCounts) {
        var cache = try DialogueEmbeddingCache(path, dimension: teacher.dimension)
        let values = try cache.embed(texts ?? self.texts, by: teacher)
        try cache.write()
        return (values, cache.counts)
    }

    @Test func aSecondRunFindsEverything() throws {
        let teacher = CountingTeacher()
        let first = try run(teacher)
        #expect(first.values == [3, 1.5, 3, 1.5, 5, 1.5, 3, 1.5])
        #expect(first.counts == DialogueCacheCounts(hits: 1, misses: 3))
        #expect(teacher.asked == ["one", "two", "three"])
        let bytes = try contents(of: path)
        let second = try run(teacher)
        #expect(second.values == first.values)
        #expect(second.counts == DialogueCacheCounts(hits: 4, misses: 0))
        #expect(second.counts.rate == 1)
        #expect(teacher.asked.count == 3)
        #expect(try contents(of: path) == bytes)
        // A new text is added to those that are there.
        #expect(
            try run(teacher, ["four", "one"]).counts == DialogueCacheCounts(hits: 1, misses: 1))
        #expect(try run(teacher, texts + ["four"]).counts.misses == 0)
    }

    @Test func theFileIsAsDocumented() throws {
        _ = try run(CountingTeacher(), ["one"])
        let bytes = try contents(of: path)
        #expect(Array(bytes[..<8]) == Array("TDMEMBED".utf8))
        #expect(Array(bytes[8..<20]) == [1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0])
        // 3 and 1.5 in single precision.
        #expect(Array(bytes[36..<44]) == [0, 0, 0x40, 0x40, 0, 0, 0xC0, 0x3F])
        #expect(bytes.count == 20 + 16 + 8 + 8)
        #expect(try folder.names() == ["deep"])
    }

    @Test func keysKeepFieldsApart() {
        let teachers = [
            CountingTeacher(), CountingTeacher("t2"), CountingTeacher(revision: "2"),
            CountingTeacher(pooling: "cls"), CountingTeacher(maximumTokens: 91),
            CountingTeacher("t1", revision: ""),
        ]
        let keys = teachers.map { DialogueEmbeddingCache.key(of: "one", $0) }
        #expect(Set(keys).count == teachers.count)
        #expect(keys.allSatisfy { $0.count == 16 })
        #expect(
            DialogueEmbeddingCache.key(of: "1one", CountingTeacher())
                != DialogueEmbeddingCache.key(of: "one", CountingTeacher(maximumTokens: 91)))
    }

    @Test func vectorsOfAnotherTeacherAreNotFound() throws {
        _ = try run(CountingTeacher())
        #expect(try run(CountingTeacher(revision: "2")).counts.misses == 3)
        #expect(try run(CountingTeacher()).counts.misses == 0)
        #expect(try run(CountingTeacher(revision: "2")).counts.misses == 0)
    }

    @Test func aTeacherOfAnotherDimensionIsRefused() throws {
        _ = try run(CountingTeacher())
        let bytes = try contents(of: path)
        #expect(
            dialogueError { _ = try run(CountingTeacher(dimension: 3)) }
                == .dimension(path: path, found: 2, expected: 3, by: "the teacher makes"))
        #expect(try contents(of: path) == bytes)
    }

    /// A file that begins with anything else may be somebody's work: it stays as it is.
    @Test func aFileThatIsNoCacheIsKept() throws {
        _ = try run(CountingTeacher())
        for text in ["{\"question\": \"one\"}", "x", "TDMEMBES and more"] {
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(
                dialogueError { _ = try run(CountingTeacher()) } == .notACache(path: path))
            #expect(try contents(of: path) == Array(text.utf8))
        }
    }

    /// Whatever byte is damaged, vectors are right, and what is damaged is made anew.
    @Test func damageIsMadeGood() throws {
        let teacher = CountingTeacher()
        let right = try run(teacher)
        let sound = try contents(of: path)
        for position in sound.indices.dropFirst(8) {
            var damaged = sound
            damaged[position] ^= 0x41
            try Data(damaged).write(to: URL(filePath: path))
            let result = try run(teacher)
            #expect(result.values == right.values, "byte \(position)")
            #expect(result.counts.misses == (position < 20 ? 3 : 1), "byte \(position)")
            #expect(try contents(of: path) == sound, "byte \(position)")
        }
        for count in [0, 5, 19, 20, 30, sound.count - 1] {
            try Data(sound[..<count]).write(to: URL(filePath: path))
            #expect(try run(teacher).counts.misses == 3)
            #expect(try contents(of: path) == sound)
        }
        // A damaged width must not overflow.
        var damaged = sound
        for position in 12..<20 { damaged[position] = 0xFF }
        try Data(damaged).write(to: URL(filePath: path))
        #expect(try run(teacher).counts.misses == 3)
    }
}
