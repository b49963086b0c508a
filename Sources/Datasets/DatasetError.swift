public import TandemBasics

/// Why a data set, an array file or a batch could not be read, written or made.
///
/// Every case names the file it is about; the problem inside carries the values.
public enum DatasetError: Error, Equatable, Sendable {
    /// A file could not be opened, read or written.
    case file(FileError)
    /// A `.npy` file.
    case npy(file: String, NPYProblem)
    /// A safetensors file.
    case safetensors(file: String, SafetensorsProblem)
    /// A JSON file.
    case json(file: String, JSONProblem)
    /// A table of numbers, or a split of its rows.
    case table(file: String, TableProblem)
    /// The contents of an array are not what was asked for.
    case array(file: String, HostArrayError)
    /// The arrays of a file are not those that were asked for; all differences at once.
    case mismatches(file: String, [ArrayMismatch])
    /// The files of a folder of document chains do not fit together.
    case chains(folder: String, ChainsProblem)
}

extension DatasetError: CustomStringConvertible {
    /// What happened, with the file and the values, and what to do.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .npy(let file, let problem): "\(file): \(problem)"
        case .safetensors(let file, let problem): "\(file): \(problem)"
        case .json(let file, let problem): "\(file): \(problem)"
        case .table(let file, let problem): "\(file): \(problem)"
        case .array(let file, let problem): "\(file): \(problem)"
        case .mismatches(let file, let mismatches):
            "\(file): \(mismatches.count) array(s) do not fit:"
                + mismatches.map { "\n  \($0)" }.joined()
        case .chains(let folder, let problem): "\(folder): \(problem)"
        }
    }
}

extension DatasetError {
    /// Runs `body`, which reads `file`, and gives its problems with JSON and tables the file's name.
    public static func naming<Result>(
        _ file: String, _ body: () throws -> Result
    ) throws(DatasetError) -> Result {
        do {
            return try body()
        } catch let error as DatasetError {
            throw error
        } catch let problem as JSONProblem {
            throw .json(file: file, problem)
        } catch let problem as TableProblem {
            throw .table(file: file, problem)
        } catch let problem as SplitProblem {
            throw .table(file: file, .split(problem))
        } catch {
            throw .table(file: file, .unreadable("\(error)"))
        }
    }
}

/// Runs `body` and gives its error the wider type that `wrap` makes of it.
@inline(__always)
func wrapping<Result, Inner: Error>(
    _ wrap: (Inner) -> DatasetError, _ body: () throws(Inner) -> Result
) throws(DatasetError) -> Result {
    do throws(Inner) { return try body() } catch { throw wrap(error) }
}

extension DatasetError {
    /// The bytes of the file at `path`.
    package static func bytes(of path: String) throws(DatasetError) -> [UInt8] {
        try wrapping(DatasetError.file) { () throws(FileError) in try WholeFile.read(path) }
    }
}

extension ByteSource {
    /// Reads bytes of an array file, as `read(at:count:)` does.
    func bytes(at offset: Int, count: Int) throws(DatasetError) -> [UInt8] {
        try wrapping(DatasetError.file) { () throws(FileError) in
            try read(at: offset, count: count)
        }
    }
}

/// Little-endian integers in a byte array; the caller has checked that they lie inside.
extension [UInt8] {
    func littleEndian(at offset: Int, width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 | UInt64(self[offset + $1]) << UInt64(8 * $1) }
    }

    mutating func append(littleEndian value: Int, width: Int) {
        for byte in 0..<width { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
    }
}
