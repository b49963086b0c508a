import Glibc

/// Bytes of a known number that can be read at any offset.
package protocol ByteSource {
    /// The name used in error messages: a path.
    var name: String { get }
    /// The real number of bytes, which no header can change.
    var count: Int { get }
    /// Reads `count` bytes at `offset`; the caller has checked that they exist.
    func read(at offset: Int, count: Int) throws(FileError) -> [UInt8]
}

/// An open regular file, read by position.
///
/// Files are read, not mapped: a mapped file that another process shortens kills the reader by a
/// signal, while a read that comes short is an error like any other.
package final class InputFile: ByteSource {
    package let name: String
    package let count: Int
    /// Whether the file belongs to this user and nobody else may write it.
    package let isPrivate: Bool
    private let descriptor: Int32

    package init(_ path: String) throws(FileError) {
        // Without O_NONBLOCK, opening a pipe would wait for a writer that may never come.
        let descriptor = retryingOnInterrupt { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            throw .system(operation: "opening", path: path, code: errno)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let code = errno
            close(descriptor)
            throw .system(operation: "looking up", path: path, code: code)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notARegularFile(path: path)
        }
        name = path
        count = Int(status.st_size)
        isPrivate = status.st_uid == geteuid() && status.st_mode & 0o022 == 0
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    package func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset <= self.count - count else {
            throw .shortRead(
                path: name, offset: offset, wanted: count, found: max(0, self.count - offset))
        }
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = 0
            guard let base = buffer.baseAddress else { return }
            while initialized < count {
                let part = retryingOnInterrupt {
                    pread(
                        descriptor, base + initialized, count - initialized,
                        off_t(offset + initialized))
                }
                if part < 0 {
                    failure = .system(operation: "reading", path: name, code: errno)
                } else if part == 0 {
                    failure = .shortRead(
                        path: name, offset: offset, wanted: count, found: initialized)
                }
                if part <= 0 { return }
                initialized += part
            }
        }
        if let failure { throw failure }
        return bytes
    }
}

/// Reading a file at once.
package enum WholeFile {
    /// The bytes of the regular file at `path`.
    package static func read(_ path: String) throws(FileError) -> [UInt8] {
        let file = try InputFile(path)
        return try file.read(at: 0, count: file.count)
    }
}
