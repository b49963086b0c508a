import Glibc
import Synchronization

/// The few calls of the system that the kernel sources and the program cache need, without Foundation.
enum SystemFile {
    /// Tells the temporary files of one process apart.
    private static let temporaryFiles = Atomic<Int>(0)

    /// The whole contents of a file, or `nil` when it cannot be read.
    ///
    /// With `onlyPrivate` also `nil` when the file does not belong to this user or others may write it.
    static func read(_ path: String, onlyPrivate: Bool = false) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 0 else { return nil }
        let isPrivate = status.st_uid == geteuid() && status.st_mode & 0o022 == 0
        guard isPrivate || !onlyPrivate else { return nil }
        let size = Int(status.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while initialized < size, let base = buffer.baseAddress {
                let part = Self.readSome(descriptor, base + initialized, size - initialized)
                guard part > 0 else { break }
                initialized += part
            }
        }
        return bytes.count == size ? bytes : nil
    }

    /// Writes a file that readers see either whole or not at all: temporary name, then rename.
    ///
    /// Only the owner may read it. Returns whether it worked; a failure leaves nothing behind.
    @discardableResult
    static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let number = temporaryFiles.add(1, ordering: .relaxed).newValue
        let temporary = "\(path).\(getpid()).\(number).tmp"
        // Exclusive: neither another writer's file nor what a link points to is overwritten.
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        var written = 0
        bytes.withUnsafeBytes { buffer in
            while written < buffer.count, let base = buffer.baseAddress {
                let part = write(descriptor, base + written, buffer.count - written)
                guard part > 0 else { break }
                written += part
            }
        }
        let closed = close(descriptor) == 0
        if written == bytes.count, closed, rename(temporary, path) == 0 { return true }
        unlink(temporary)
        return false
    }

    /// Creates a folder and its parents, readable only by their owner; existing ones are left as they are.
    static func createDirectory(_ path: String) {
        var end = path.startIndex
        while end != path.endIndex {
            end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
            mkdir(String(path[..<end]), 0o700)
        }
    }

    /// The value of an environment variable; `nil` when it is absent or empty.
    static func environment(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// Sets an environment variable for libraries that are not loaded yet, unless the user has set it.
    static func setEnvironment(_ name: String, to value: String) {
        setenv(name, value, 0)
    }

    private static func readSome(
        _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer, _ count: Int
    )
        -> Int
    {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer, count)
        #else
            Darwin.read(descriptor, buffer, count)
        #endif
    }
}
