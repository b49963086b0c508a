import TandemBasics
public import TandemDatasets
import TandemTensors

/// All that the dialogue lattice learns from, on the host: pairs, their vectors, and who is trained on.
///
/// Pairs are read and filtered; the teacher makes their vectors, or they come with the pairs; the pairs are divided by group;
/// means are taken from training pairs alone. Nothing here is varied at random but the division. A set whose pairs are all for
/// testing is possible and has no training part.
public struct DialogueData: Sendable {
    /// Where the pairs came from, for people.
    public let path: String
    /// Who made the vectors, with the edition.
    public let teacher: String
    /// The pairs that the filter kept, in the order of the file.
    public let pairs: [DialoguePair]
    /// The length of a vector.
    public let dimension: Int
    /// The vectors of the questions with their context, [pairs, dimension], prepared and of length 1.
    public let questions: [Float]
    /// The vectors of the answers, [pairs, dimension], prepared and of length 1.
    public let answers: [Float]
    /// The cosines of the teacher's vectors of question and answer, pair by pair: how hard a pair is.
    public let similarities: [Float]
    /// The numbers of the pairs in every part.
    public let split: DataSplit
    /// What was done to the teacher's vectors.
    public let preprocessing: DialoguePreprocessing
    /// What the pairs are like.
    public let statistics: DialogueStatistics
    /// SHA-256 in hexadecimal digits of the pairs and the teacher's vectors as they are used, whatever their files look like.
    public let hash: String
    /// SHA-256 in hexadecimal digits of the identifiers in every part.
    public let splitHash: String

    private let source: any DialogueTeacher

    /// Reads, embeds and divides the pairs that `settings` name.
    ///
    /// - Parameter settings: the data, of which noise, mixing, balance and curriculum are for training and not used here.
    /// - Throws: `DialogueError`, and `DataLocationError` when nothing is at the path.
    public init(_ settings: DialogueDataConfiguration) throws {
        let source: DialogueSource
        if let path = settings.path {
            let resolved = DataLocation.resolve(path)
            source = try DialogueFile.read(
                Folder.isFolder(resolved)
                    ? DataLocation.folder(of: path) : DataLocation.file(of: path))
        } else {
            source = try PerlQuestions.source(nil)
        }
        try self.init(source, settings)
    }

    /// Pairs of random vectors, a tenth of them for validation and for the test: for measuring speed.
    package init(randomPairs count: Int, dimension: Int, seed: UInt64) throws {
        var random = Philox(RandomStream(seed: seed, identifier: 0x44 << 56 | 2 << 52))
        func vectors() -> [Float] { random.nextNormals(count * dimension).map { Float($0) } }
        let pairs = (0..<count).map { DialoguePair(id: "\($0)", question: "", answer: "") }
        let source = DialogueSource(
            path: "random vectors", pairs: pairs, places: pairs.indices.map { .row($0) },
            vectors: DialogueStoredVectors(
                teacher: "random", dimension: dimension, questions: vectors(), answers: vectors()))
        try self.init(source, DialogueDataConfiguration())
    }

    init(
        _ source: DialogueSource, _ settings: DialogueDataConfiguration
    ) throws(DialogueError) {
        let filter = DialogueFilter(settings: settings.filter)
        var counts = DialogueFilterCounts(total: source.pairs.count)
        var rows: [Int] = []
        for (row, pair) in source.pairs.enumerated() {
            if settings.filter.enabled, let rule = filter.rule(brokenBy: pair) {
                counts.count(rule)
            } else {
                rows.append(row)
            }
        }
        if rows.isEmpty { throw .allFiltered(path: source.path, counts: counts) }
        let teacher = try source.teacher(settings.teacher)
        var vectors = try DialogueRawVectors(source, rows: rows, teacher, settings)
        if settings.filter.enabled {
            let kept = filter.kept(
                rows.map { source.pairs[$0] }, cosines: vectors.cosines, counts: &counts)
            if kept.isEmpty { throw .allFiltered(path: source.path, counts: counts) }
            vectors = vectors.selecting(kept)
            rows = kept.map { rows[$0] }
        }
        let pairs = rows.map { source.pairs[$0] }
        let split = try DialogueSplit.divide(
            pairs, validation: settings.validationShare, test: settings.testShare,
            seed: settings.splitSeed, path: source.path)
        let dimension = teacher.dimension
        var asked = vectors.questions
        if settings.contextWindow > 0 {
            asked = DialogueContext.windows(
                asked, earlier: vectors.earlier, window: settings.contextWindow,
                decay: settings.contextDecay, dimension: dimension)
        }
        if settings.centre, split.training.isEmpty {
            throw .setting(
                name: "centre", value: "true",
                expected: "false, as there are no training pairs to take the mean of")
        }
        preprocessing =
            settings.centre
            ? DialoguePreprocessing(
                questions: asked, answers: vectors.answers, rows: split.training,
                dimension: dimension)
            : DialoguePreprocessing(dimension: dimension)
        statistics = DialogueStatistics(
            pairs: pairs, split: split, questionNorms: vectors.questionNorms,
            answerNorms: vectors.answerNorms, cosines: vectors.cosines, teacher: teacher,
            isFiltered: settings.filter.enabled, filter: counts, cache: vectors.cache)
        questions = preprocessing.questions(asked)
        answers = preprocessing.answers(vectors.answers)
        similarities = vectors.cosines
        hash = Self.hash(
            pairs, teacher: teacher.name, vectors: [asked, vectors.answers], dimension: dimension)
        splitHash = Self.hash(
            of: [split.training, split.validation, split.test].map { part in
                .array(part.map { .string(pairs[Int($0)].id) })
            })
        path = source.path
        self.teacher = teacher.name
        self.pairs = pairs
        self.dimension = dimension
        self.split = split
        self.source = teacher
    }

    /// The vector of a question, prepared as those of ``questions`` are, without context.
    ///
    /// A teacher whose vectors came as files knows the questions of its file alone.
    ///
    /// - Parameter text: the question.
    /// - Returns: `dimension` numbers, of length 1.
    /// - Throws: when the teacher does not know the question or finds no word in it.
    public func embed(_ text: String) throws(DialogueError) -> [Float] {
        let vector = try source.embed([text])
        if vector.allSatisfy({ $0 == 0 }) { throw .emptyQuestion(text) }
        return preprocessing.questions(vector)
    }

    /// SHA-256 in hexadecimal digits of all that training depends on: ``hash`` and ``splitHash``.
    public var identity: String { SHA256.hexadecimal(SHA256.hash(Array((hash + splitHash).utf8))) }

    /// The rows that are reported on: the test part, where there is none the validation part.
    var reported: [Int32] { split.test.isEmpty ? split.validation : split.test }

    /// A hash of every vector stands for its numbers, which are too many for text.
    private static func hash(
        _ pairs: [DialoguePair], teacher: String, vectors: [[Float]], dimension: Int
    ) -> String {
        var rows: [JSONValue] = [.string(teacher), .integer(dimension)]
        for (row, pair) in pairs.enumerated() {
            let texts = [
                pair.id, pair.question, pair.answer, pair.category, pair.source, pair.group,
            ]
            let hashes = vectors.map { values -> JSONValue in
                var hash = StableHash()
                for index in row * dimension..<(row + 1) * dimension {
                    hash.combine(values[index].bitPattern)
                }
                return .unsigned(hash.value)
            }
            rows.append(.array(texts.map { .string($0) } + hashes))
        }
        return hash(of: rows)
    }

    private static func hash(of values: [JSONValue]) -> String {
        // Only NaN and infinities have no text.
        let text = (try? JSONValue.array(values).text()) ?? ""
        return SHA256.hexadecimal(SHA256.hash(Array(text.utf8)))
    }
}

extension DialogueSource {
    /// The teacher that settings ask for.
    func teacher(
        _ settings: DialogueTeacherConfiguration
    ) throws(DialogueError) -> any DialogueTeacher {
        if let vectors, settings.kind != .hashing {
            if let wanted = settings.dimension, wanted != vectors.dimension {
                throw .dimension(
                    path: path, found: vectors.dimension, expected: wanted,
                    by: "teacher.dimension is")
            }
            return DialogueFileTeacher(vectors, pairs: pairs)
        }
        if settings.kind == .files { throw .noVectors(path: path) }
        return DialogueHashingTeacher(
            texts: pairs.flatMap { [$0.question, $0.answer] }.filter { !$0.isEmpty },
            dimension: settings.dimension ?? DialogueTeacherConfiguration.hashingDimension,
            seed: settings.seed)
    }
}

extension DialogueData {
    /// The prepared vectors of questions by the numbers of their pairs, row-major.
    func questions(_ rows: [Int32]) -> [Float] { Self.rows(rows, of: questions, dimension) }

    /// The prepared vectors of answers by the numbers of their pairs, row-major.
    func answers(_ rows: [Int32]) -> [Float] { Self.rows(rows, of: answers, dimension) }

    private static func rows(_ rows: [Int32], of values: [Float], _ dimension: Int) -> [Float] {
        rows.flatMap { values[Int($0) * dimension..<(Int($0) + 1) * dimension] }
    }
}
