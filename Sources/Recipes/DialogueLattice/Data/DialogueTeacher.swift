import TandemBasics

/// Makes vectors of texts, always the same of the same text; it does not learn.
public protocol DialogueTeacher: Sendable {
    /// Name of the teacher and of all that its vectors depend on.
    var id: String { get }
    /// Its edition, where one name has several.
    var revision: String { get }
    /// How the vectors of words become that of a text.
    var pooling: String { get }
    /// The most tokens of a text that count; 0 when all do.
    var maximumTokens: Int { get }
    /// The length of a vector.
    var dimension: Int { get }

    /// The vectors of texts, [texts, dimension] row-major, neither centred nor varied.
    ///
    /// A text that the teacher finds nothing in has a vector of zeros. Throws when a text has no vector.
    func embed(_ texts: [String]) throws(DialogueError) -> [Float]
}

extension DialogueTeacher {
    /// No edition.
    public var revision: String { "" }
    /// `none`: the teacher makes one vector of a whole text.
    public var pooling: String { "none" }
    /// All tokens count.
    public var maximumTokens: Int { 0 }

    /// The name with the edition, for people.
    public var name: String { revision.isEmpty ? id : "\(id) \(revision)" }
}

/// Makes vectors of words and parts of words without a trained model: their hashes, weighted by their rarity in given texts.
///
/// The vector of a text is the sum over its features of `sqrt(count) * rarity * signs(feature)`, scaled to length 1. Texts that
/// share rare words, or rare parts of words, are near each other; meaning does not count.
public struct DialogueHashingTeacher: DialogueTeacher {
    /// `hashing`, the dimension, the seed and a hash of the rarities.
    public let id: String
    /// The length of a vector.
    public let dimension: Int

    private let embedder: HashingEmbedder

    /// A teacher that takes the rarity of features from `texts`, each of which counts as often as it occurs.
    ///
    /// - Parameters:
    ///   - texts: the texts; their order does not matter.
    ///   - dimension: the length of a vector, at least 1.
    ///   - seed: the seed of the signs.
    public init(texts: [String], dimension: Int, seed: UInt64) {
        var rarity = FeatureRarity()
        var features = SentenceFeatures()
        for text in texts { rarity.count(text, using: &features) }
        embedder = HashingEmbedder(dimensions: dimension, seed: seed, rarity: rarity)
        self.dimension = dimension
        var hash = StableHash()
        for weight in rarity.weights() { hash.combine(weight.bitPattern) }
        let digits = String(hash.value, radix: 16)
        id =
            "hashing-\(dimension)-seed-\(seed)-rarity-"
            + String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The vectors of texts, of length 1, or zero where a text has no letter or digit.
    public func embed(_ texts: [String]) throws(DialogueError) -> [Float] {
        var features = SentenceFeatures()
        return [Float](unsafeUninitializedCapacity: texts.count * dimension) { buffer, count in
            count = texts.count * dimension
            buffer.initialize(repeating: 0)
            for (index, text) in texts.enumerated() {
                let row = buffer[index * dimension..<(index + 1) * dimension]
                embedder.embed(
                    text, using: &features, into: UnsafeMutableBufferPointer(rebasing: row))
            }
        }
    }
}

/// Vectors that came as files: knows the pairs that they were made for, and nothing else.
public struct DialogueFileTeacher: DialogueTeacher {
    /// Who made the vectors, as the files say.
    public let id: String
    /// The length of a vector.
    public let dimension: Int

    private let vectors: DialogueVectors
    private let rows: [String: Int]
    private let questionRows: [String: Int]

    init(_ vectors: DialogueVectors, pairs: [DialoguePair]) {
        id = vectors.teacher
        dimension = vectors.dimension
        self.vectors = vectors
        func rows(_ keys: [(String, Int)]) -> [String: Int] {
            Dictionary(keys) { first, _ in first }
        }
        self.rows = rows(pairs.enumerated().map { ($1.id, $0) })
        questionRows = rows(
            pairs.enumerated().filter { $1.hasWholeQuestion }
                .map { (DialogueFilter.folded($1.question), $0) })
    }

    /// The vector of the question of the pair with an identifier; nil without such a pair.
    public func question(of id: String) -> [Float]? {
        rows[id].map { Array(vectors.questions[$0 * dimension..<($0 + 1) * dimension]) }
    }

    /// The vector of the answer of the pair with an identifier; nil without such a pair.
    public func answer(of id: String) -> [Float]? {
        rows[id].map { Array(vectors.answers[$0 * dimension..<($0 + 1) * dimension]) }
    }

    /// The vectors of questions of the file, whatever their case; throws ``DialogueError/unknownQuestion(_:teacher:)`` for others.
    public func embed(_ texts: [String]) throws(DialogueError) -> [Float] {
        var result: [Float] = []
        for text in texts {
            guard let row = questionRows[DialogueFilter.folded(DialogueFile.trimmed(text))] else {
                throw .unknownQuestion(text, teacher: id)
            }
            result += vectors.questions[row * dimension..<(row + 1) * dimension]
        }
        return result
    }
}
