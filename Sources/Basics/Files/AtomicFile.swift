import Glibc

/// Writes a whole file or nothing.
///
/// The bytes go to a temporary name in the same folder, reach the disk (`fsync`), and take the
/// final name by `rename`; then the folder itself is synchronised. After any failure before the
/// rename the previous file is as it was and no temporary remains. A symbolic link at the final
/// name is replaced by the new file; a folder or a device there is refused.
package enum AtomicFile {
    /// Writes `bytes` to `path`, replacing what is there only when everything has been written.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try write(to: path) { writer throws(FileError) in try writer.write(bytes) }
    }

    /// Writes `text` as UTF-8 to `path`, replacing what is there only when everything has been written.
    package static func write(_ text: String, to path: String) throws(FileError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes to `path` what `body` hands to the writer, replacing what is there only at the end.
    package static func write(
        to path: String, _ body: (AtomicFileWriter) throws(FileError) -> Void
    ) throws(FileError) {
        try write(to: path, calls: .live, body)
    }

    /// Writes `bytes` to `path` like `write(_:to:)`; the file has exactly these `permissions`, from its first byte on.
    package static func write(_ bytes: [UInt8], to path: String, permissions: UInt32)
        throws(FileError)
    {
        try write(to: path, permissions: permissions, calls: .live) { writer throws(FileError) in
            try writer.write(bytes)
        }
    }

    static func write(
        to path: String, permissions: UInt32? = nil, calls: SystemCalls,
        _ body: (AtomicFileWriter) throws(FileError) -> Void
    ) throws(FileError) {
        let existing = try modeOfExistingFile(at: path)
        let mode = permissions ?? existing
        let temporary = temporaryPath(for: path)
        let writer = try AtomicFileWriter(
            creating: temporary, for: path, permissions: permissions ?? 0o666, calls: calls)
        do throws(FileError) {
            if let mode, fchmod(writer.descriptor, mode) != 0 {
                throw .system(operation: "setting the mode of", path: path, code: errno)
            }
            try body(writer)
            try writer.finish()
            if calls.rename(temporary, path) != 0 {
                throw .system(operation: "renaming the temporary file to", path: path, code: errno)
            }
        } catch {
            writer.close()
            unlink(temporary)
            throw error
        }
        try synchronizeFolder(of: path, calls: calls)
    }

    private static func modeOfExistingFile(at path: String) throws(FileError) -> mode_t? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw .system(operation: "looking up", path: path, code: errno)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: return status.st_mode & 0o777
        case S_IFLNK: return nil
        default: throw .notARegularFile(path: path)
        }
    }

    /// Removes the temporaries that processes killed while writing to `path` have left behind.
    ///
    /// A temporary is left alone while a process of its number lives on this machine. Meant for the
    /// start of a run that goes on where a killed one stopped; call it only in folders that no
    /// other machine writes to.
    ///
    /// - Parameter path: the final name.
    /// - Returns: the number of files removed.
    @discardableResult
    package static func removeAbandonedTemporaries(of path: String) -> Int {
        let (folder, _) = Folder.split(path)
        let prefix = temporaryPrefix(for: path)
        let names = (try? Folder.names(in: folder)) ?? []
        let abandoned = names.compactMap { $0 }.filter { name in
            guard name.hasPrefix(prefix), name.hasSuffix(".tmp") else { return false }
            let parts = name.dropFirst(prefix.count).split(separator: ".")
            guard parts.count == 3, let process = pid_t(parts[0]), process > 0 else { return false }
            return kill(process, 0) != 0 && errno == ESRCH
        }
        return abandoned.count { unlink("\(folder)/\($0)") == 0 }
    }

    private static func temporaryPath(for path: String) -> String {
        let unique = String(UInt64.random(in: .min ... .max), radix: 36)
        return "\(Folder.split(path).folder)/\(temporaryPrefix(for: path))\(getpid()).\(unique).tmp"
    }

    /// File names end at 255 bytes; a shortened one is still unique by its random suffix.
    private static func temporaryPrefix(for path: String) -> String {
        ".\(String(decoding: Folder.split(path).name.utf8.prefix(200), as: UTF8.self))."
    }

    private static func synchronizeFolder(
        of path: String, calls: SystemCalls
    ) throws(FileError) {
        let folder = Folder.split(path).folder
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            // A folder may allow writing and not reading; the rename itself has succeeded.
            if errno == EACCES { return }
            throw .system(operation: "opening", path: folder, code: errno)
        }
        defer { Glibc.close(descriptor) }
        // Some network file systems cannot synchronise a folder and say EINVAL.
        if calls.synchronize(descriptor) != 0 && errno != EINVAL {
            throw .system(operation: "synchronising", path: folder, code: errno)
        }
    }
}

/// Takes the bytes of one file that is being written by ``AtomicFile``.
package final class AtomicFileWriter {
    fileprivate private(set) var descriptor: Int32
    private let path: String
    private let calls: SystemCalls
    private var buffer: [UInt8] = []
    private static let bufferCapacity = 1 << 16

    fileprivate init(
        creating temporary: String, for path: String, permissions: mode_t, calls: SystemCalls
    ) throws(FileError) {
        self.path = path
        self.calls = calls
        descriptor = retryingOnInterrupt {
            open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, permissions)
        }
        if descriptor < 0 {
            throw .system(
                operation: "creating a temporary file beside", path: path, code: errno)
        }
        buffer.reserveCapacity(Self.bufferCapacity)
    }

    deinit { close() }

    /// Appends `bytes` to the file.
    package func write(_ bytes: [UInt8]) throws(FileError) {
        var failure: FileError?
        bytes.withUnsafeBytes { raw in
            do throws(FileError) { try write(raw) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Appends the memory behind `bytes` to the file.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        if buffer.count + bytes.count <= Self.bufferCapacity {
            buffer.append(contentsOf: bytes)
            return
        }
        try flush()
        if bytes.count < Self.bufferCapacity {
            buffer.append(contentsOf: bytes)
        } else {
            try writeThrough(bytes)
        }
    }

    fileprivate func finish() throws(FileError) {
        try flush()
        if calls.synchronize(descriptor) != 0 {
            throw .system(operation: "synchronising", path: path, code: errno)
        }
        // A network file system may report a failed write only now.
        let closed = descriptor
        descriptor = -1
        if Glibc.close(closed) != 0 && errno != EINTR {
            throw .system(operation: "closing", path: path, code: errno)
        }
    }

    fileprivate func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private func flush() throws(FileError) {
        var failure: FileError?
        buffer.withUnsafeBytes { raw in
            do throws(FileError) { try writeThrough(raw) } catch { failure = error }
        }
        buffer.removeAll(keepingCapacity: true)
        if let failure { throw failure }
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        guard let base = bytes.baseAddress else { return }
        var done = 0
        while done < bytes.count {
            let written = retryingOnInterrupt {
                calls.write(descriptor, base + done, bytes.count - done)
            }
            if written <= 0 {
                throw .system(
                    operation: "writing", path: path, code: written == 0 ? ENOSPC : errno)
            }
            done += written
        }
    }
}

/// The system calls that writing a file goes through, so that a test can make each of them fail.
struct SystemCalls: Sendable {
    var write: @Sendable (Int32, UnsafeRawPointer, Int) -> Int
    var synchronize: @Sendable (Int32) -> Int32
    var rename: @Sendable (String, String) -> Int32

    static let live = SystemCalls(
        write: { Glibc.write($0, $1, $2) },
        synchronize: { Glibc.fsync($0) },
        rename: { Glibc.rename($0, $1) })
}

/// Repeats a system call while a signal interrupts it.
@inline(__always)
func retryingOnInterrupt<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
