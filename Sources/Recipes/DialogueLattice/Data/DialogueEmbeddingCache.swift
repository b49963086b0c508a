import TandemBasics

/// Vectors of texts that were made before, in one file; each is found by its text and by all that it depends on.
///
/// The file, little-endian: `TDMEMBED`, version 1, the dimension and the number of entries as 32-bit numbers; the entries, each the 16
/// bytes of its key and its vector in single precision; then 8 bytes for every entry that tell whether it is damaged. A key is the
/// beginning of the SHA-256 of teacher, revision, pooling, maximum of tokens and text with a zero byte between them. A damaged
/// file holds nothing, a damaged entry is not there. Vectors are as the teacher makes them: nothing that is done with them later
/// is kept.
struct DialogueEmbeddingCache {
    typealias Key = [UInt8]

    private static let magic = Array("TDMEMBED".utf8)
    private static let version: UInt32 = 1
    private static let headerSize = 20
    private static let keySize = 16
    private static let checkSize = 8

    let path: String
    let dimension: Int
    private var entries: [Key: [Float]] = [:]
    /// How many texts were found, and how many were not.
    private(set) var counts = DialogueCacheCounts(hits: 0, misses: 0)

    /// Reads what is kept at `path`; nothing when no file is there.
    ///
    /// Throws when the file cannot be read, or is a sound one of vectors of another length.
    init(_ path: String, dimension: Int) throws(DialogueError) {
        self.path = path
        self.dimension = dimension
        guard try DialogueFile.exists(path) else { return }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try WholeFile.read(path) } catch { throw .file(error) }
        try read(bytes)
    }

    private mutating func read(_ bytes: [UInt8]) throws(DialogueError) {
        guard bytes.isEmpty || bytes.starts(with: Self.magic.prefix(bytes.count)) else {
            throw .notACache(path: path)
        }
        guard bytes.count >= Self.headerSize,
            Self.word(bytes, 8) == Self.version
        else { return }
        let (width, count) = (Int(Self.word(bytes, 12)), Int(Self.word(bytes, 16)))
        // A damaged width must not make the sizes overflow.
        guard (1...65_536).contains(width) else { return }
        let size = Self.keySize + 4 * width
        let checks = Self.headerSize + count * size
        guard checks + count * Self.checkSize == bytes.count else { return }
        guard width == dimension else {
            throw .dimension(
                path: path, found: width, expected: dimension, by: "the teacher makes")
        }
        for number in 0..<count {
            let start = Self.headerSize + number * size
            let key = Array(bytes[start..<start + Self.keySize])
            let vector = (0..<width).map {
                Float(bitPattern: Self.word(bytes, start + Self.keySize + 4 * $0))
            }
            let check = checks + number * Self.checkSize
            let stored =
                UInt64(Self.word(bytes, check)) | UInt64(Self.word(bytes, check + 4)) << 32
            if stored == Self.check(key, vector) { entries[key] = vector }
        }
    }

    /// The vectors of texts, [texts, dimension]: those that are kept, and the others from the teacher, each text once.
    mutating func embed(
        _ texts: [String], by teacher: some DialogueTeacher
    ) throws(DialogueError) -> [Float] {
        var missing: [(key: Key, text: String)] = []
        var keys: [Key] = []
        var isMissing: Set<Key> = []
        for text in texts {
            let key = Self.key(of: text, teacher)
            keys.append(key)
            if entries[key] != nil || isMissing.contains(key) {
                counts.hits += 1
            } else {
                counts.misses += 1
                isMissing.insert(key)
                missing.append((key, text))
            }
        }
        let made = try teacher.embed(missing.map(\.text))
        for (index, item) in missing.enumerated() {
            entries[item.key] = Array(made[index * dimension..<(index + 1) * dimension])
        }
        return keys.flatMap { entries[$0] ?? [] }
    }

    /// Writes all entries, whole or not at all, if any was made since they were read.
    func write() throws(DialogueError) {
        guard counts.misses > 0 else { return }
        let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        var bytes = Self.magic
        for number in [Self.version, UInt32(dimension), UInt32(sorted.count)] {
            Self.append(number, to: &bytes)
        }
        bytes.reserveCapacity(
            bytes.count + sorted.count * (Self.keySize + 4 * dimension + Self.checkSize))
        for (key, vector) in sorted {
            bytes += key
            for value in vector { Self.append(value.bitPattern, to: &bytes) }
        }
        for (key, vector) in sorted {
            let check = Self.check(key, vector)
            Self.append(UInt32(truncatingIfNeeded: check), to: &bytes)
            Self.append(UInt32(truncatingIfNeeded: check >> 32), to: &bytes)
        }
        do throws(FileError) {
            try Folder.create(Self.folder(of: path))
            try AtomicFile.write(bytes, to: path)
        } catch {
            throw .file(error)
        }
    }

    static func key(of text: String, _ teacher: some DialogueTeacher) -> Key {
        let fields = [
            teacher.id, teacher.revision, teacher.pooling, "\(teacher.maximumTokens)", text,
        ]
        let bytes = fields.map { Array($0.utf8) }.joined(separator: [0])
        return Array(SHA256.hash(Array(bytes)).prefix(keySize))
    }

    private static func check(_ key: Key, _ vector: [Float]) -> UInt64 {
        var hash = StableHash()
        for byte in key { hash.combine(UInt32(byte)) }
        for value in vector { hash.combine(value.bitPattern) }
        return hash.value
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
    }

    private static func append(_ word: UInt32, to bytes: inout [UInt8]) {
        for byte in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(8 * byte))) }
    }
}

/// How many texts a cache of vectors had, and how many it did not have.
public struct DialogueCacheCounts: Codable, Sendable, Equatable {
    /// Texts whose vectors were there.
    public internal(set) var hits: Int
    /// Texts whose vectors the teacher made.
    public internal(set) var misses: Int

    /// The share of texts whose vectors were there; 1 when no text was asked for.
    public var rate: Double { hits + misses == 0 ? 1 : Double(hits) / Double(hits + misses) }
}
