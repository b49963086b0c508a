public import TandemBasics
import Glibc

/// The files of a folder of document chains:
///
/// | file | contents |
/// |---|---|
/// | `vectors.npy` | `[N, d]`, floating point: one row per chunk of text, in reading order |
/// | `documents.npy` | `[D, 2]`, integers: first row and number of rows of every document |
/// | `split.npy` | optional, `[D]`, integers: 0 training, 1 validation, 2 test |
/// | `metadata.json` | optional: anything |
extension DocumentChains {
    private static let vectorsName = "vectors.npy"
    private static let documentsName = "documents.npy"
    private static let splitName = "split.npy"
    private static let metadataName = "metadata.json"

    /// Reads and checks a folder of document chains; every row is divided by its norm.
    ///
    /// `splitSeed` is the seed of the split by document when there is no `split.npy`. Throws the file and the first
    /// row, column or document that does not fit.
    public static func load(
        folder: String, splitSeed: UInt64 = 0
    ) throws(DatasetError) -> DocumentChains {
        let documents = try readDocuments("\(folder)/\(documentsName)", folder: folder)
        let parts = try readSplit("\(folder)/\(splitName)", folder: folder)
        let metadata = try readMetadata("\(folder)/\(metadataName)")
        let vectors = try readVectors("\(folder)/\(vectorsName)", folder: folder)
        return try wrapping({ .chains(folder: folder, $0) }) { () throws(ChainsProblem) in
            try checkStarts(documents)
            return try DocumentChains(
                vectors: vectors, documentLengths: documents.map(\.length), parts: parts,
                splitSeed: splitSeed, metadata: metadata)
        }
    }

    private static func readVectors(
        _ path: String, folder: String
    ) throws(DatasetError) -> VectorTable {
        let array = try NPYFile.read(path)
        let values = try wrapping({ .array(file: path, $0) }) {
            () throws(HostArrayError) -> [Float] in
            guard array.elementType.isFloatingPoint else {
                throw .wrongElementType(expected: "floating point", found: array.elementType)
            }
            guard array.shape.count == 2 else {
                throw .wrongShape(expected: "[N, d]", found: array.shape)
            }
            return try array.float32Values()
        }
        return try wrapping({ .chains(folder: folder, $0) }) { () throws(ChainsProblem) in
            try VectorTable(normalizing: values, dimension: array.shape[1])
        }
    }

    private static func readDocuments(
        _ path: String, folder: String
    ) throws(DatasetError) -> [(first: Int, length: Int)] {
        let array = try NPYFile.read(path)
        return try wrapping({ .array(file: path, $0) }) { () throws(HostArrayError) in
            guard array.shape.count == 2, array.shape[1] == 2 else {
                throw .wrongShape(expected: "[D, 2]", found: array.shape)
            }
            let values = try array.integerValues()
            return (0..<array.shape[0]).map { (values[2 * $0], values[2 * $0 + 1]) }
        }
    }

    private static func checkStarts(
        _ documents: [(first: Int, length: Int)]
    ) throws(ChainsProblem) {
        var expected = 0
        for (document, rows) in documents.enumerated() {
            if rows.first != expected {
                throw .documentStart(document: document, expected: expected, found: rows.first)
            }
            let (next, overflow) = expected.addingReportingOverflow(rows.length)
            if overflow || rows.length < 1 {
                throw .documentLength(document: document, length: rows.length, rows: expected)
            }
            expected = next
        }
    }

    private static func readSplit(
        _ path: String, folder: String
    ) throws(DatasetError) -> [SplitPart]? {
        guard try exists(path) else { return nil }
        let array = try NPYFile.read(path)
        let values = try wrapping({ .array(file: path, $0) }) {
            () throws(HostArrayError) -> [Int] in
            guard array.shape.count == 1 else {
                throw .wrongShape(expected: "[D]", found: array.shape)
            }
            return try array.integerValues()
        }
        var parts: [SplitPart] = []
        for (document, value) in values.enumerated() {
            guard let part = SplitPart(rawValue: value) else {
                throw .chains(folder: folder, .splitValue(document: document, value: value))
            }
            parts.append(part)
        }
        return parts
    }

    private static func exists(_ path: String) throws(DatasetError) -> Bool {
        try wrapping(DatasetError.file) { () throws(FileError) in try Folder.fileExists(path) }
    }

    private static func readMetadata(_ path: String) throws(DatasetError) -> JSONValue? {
        guard try exists(path) else { return nil }
        let bytes = try DatasetError.bytes(of: path)
        return try wrapping({ .json(file: path, $0) }) { () throws(JSONProblem) in
            try JSONValue.parse(bytes)
        }
    }

    /// Writes a folder of document chains, creating it where needed.
    ///
    /// Everything is checked and written beside the old files before the first of them is replaced, so a failure
    /// leaves a previous data set as it was. A `split.npy` or `metadata.json` that the new data set lacks is
    /// removed. The vectors `[N, d]` are stored as they are given: float16 or float32. Without `parts` the split is
    /// left to the reader's seed. Throws what ``load(folder:splitSeed:)`` would find wrong, and failures to write.
    public static func write(
        folder: String, vectors: HostArray, documentLengths: [Int], parts: [SplitPart]? = nil,
        metadata: JSONValue? = nil
    ) throws(DatasetError) {
        let checked = try check(
            vectors, documentLengths: documentLengths, parts: parts, folder: folder)
        let rows = checked.documents.flatMap { [Int64($0.lowerBound), Int64($0.count)] }
        let entries = (parts ?? []).map { UInt8($0.rawValue) }
        let (documents, split) = try wrapping({ .array(file: folder, $0) }) {
            () throws(HostArrayError) in
            (
                try HostArray(shape: [documentLengths.count, 2], elements: rows),
                try HostArray(shape: [entries.count], elements: entries)
            )
        }
        let text = try wrapping({ .json(file: "\(folder)/\(metadataName)", $0) }) {
            () throws(JSONProblem) in
            try metadata?.text(isIndented: true)
        }
        try replace(in: folder) { incoming throws(DatasetError) in
            try NPYFile.write(vectors, to: "\(incoming)/\(vectorsName)")
            if parts != nil { try NPYFile.write(split, to: "\(incoming)/\(splitName)") }
            if let text {
                try wrapping(DatasetError.file) { () throws(FileError) in
                    try AtomicFile.write(text + "\n", to: "\(incoming)/\(metadataName)")
                }
            }
            try NPYFile.write(documents, to: "\(incoming)/\(documentsName)")
        }
    }

    private static func check(
        _ vectors: HostArray, documentLengths: [Int], parts: [SplitPart]?, folder: String
    ) throws(DatasetError) -> DocumentChains {
        let values = try wrapping({ .array(file: "\(folder)/\(vectorsName)", $0) }) {
            () throws(HostArrayError) -> [Float] in
            guard [.float16, .float32].contains(vectors.elementType) else {
                throw .wrongElementType(
                    expected: "float16 or float32", found: vectors.elementType)
            }
            guard vectors.shape.count == 2 else {
                throw .wrongShape(expected: "[N, d]", found: vectors.shape)
            }
            return try vectors.float32Values()
        }
        return try wrapping({ .chains(folder: folder, $0) }) { () throws(ChainsProblem) in
            try DocumentChains(
                vectors: VectorTable(normalizing: values, dimension: vectors.shape[1]),
                documentLengths: documentLengths, parts: parts)
        }
    }

    /// Lets `body` write all files into a folder of their own, then moves them into `folder`.
    private static func replace(
        in folder: String, _ body: (String) throws(DatasetError) -> Void
    ) throws(DatasetError) {
        let incoming = "\(folder)/.incoming.\(getpid())"
        let names = [vectorsName, splitName, metadataName, documentsName]
        func removeIncoming() {
            for name in names { unlink("\(incoming)/\(name)") }
            rmdir(incoming)
        }
        try wrapping(DatasetError.file) { () throws(FileError) in try Folder.create(incoming) }
        defer { removeIncoming() }
        try body(incoming)
        for name in names {
            let path = "\(folder)/\(name)"
            let failed =
                access("\(incoming)/\(name)", F_OK) == 0
                ? rename("\(incoming)/\(name)", path) != 0
                : unlink(path) != 0 && errno != ENOENT
            if failed { throw .file(.system(operation: "replacing", path: path, code: errno)) }
        }
    }
}
