#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The few calls of the system that the kernel sources and the program cache need, without Foundation.
enum SystemFile {
    /// The whole contents of a file, or `nil` when it cannot be read.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 0 else { return nil }
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
    /// Only the owner may read it.     /// Returns whether it worked; a failure leaves nothing behind.
    @discardableResult
    static func replace(_ path: String, with bytes: [UInt8]) -> Bool {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
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
