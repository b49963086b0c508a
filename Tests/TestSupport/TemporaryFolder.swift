import Foundation

/// A folder of its own for one test, removed with everything in it at the end.
public final class TemporaryFolder {
    /// Where it is.
    public let path: String

    /// A new, empty folder among the system's temporary ones.
    public init() throws {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("tandem-datasets-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes `bytes` to `name`, with no care at all.
    public func put(_ bytes: [UInt8], _ name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
        return file(name)
    }

    /// The names of everything in the folder, hidden files too.
    public func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}

/// All bytes of a file.
public func contents(of path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
