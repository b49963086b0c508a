/// Reading a file at once.
package enum WholeFile {
    /// The bytes of the regular file at `path`.
    package static func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try InputFile(path)
        return try file.read(at: 0, count: file.count)
    }
}
