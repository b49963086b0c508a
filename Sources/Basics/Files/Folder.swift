import Glibc

/// Folders, and where a path leads.
package enum Folder {
    /// Creates the folder at `path` and the folders above it where they do not exist yet.
    ///
    /// Folders that are made have at most these `permissions`.
    package static func create(_ path: String, permissions: UInt32 = 0o777) throws(FileError) {
        if mkdir(path, permissions) == 0 { return }
        switch errno {
        case EEXIST:
            guard isFolder(path) else { throw .notAFolder(path: path) }
        case ENOENT:
            let parent = split(path).folder
            guard parent != path, parent != "." else {
                throw .system(operation: "creating the folder", path: path, code: ENOENT)
            }
            try create(parent, permissions: permissions)
            if mkdir(path, permissions) != 0 && !(errno == EEXIST && isFolder(path)) {
                throw .system(operation: "creating the folder", path: path, code: errno)
            }
        default:
            throw .system(operation: "creating the folder", path: path, code: errno)
        }
    }

    /// Whether something that can be looked up stands at `path`; a lookup that fails for another
    /// reason than absence is an error, so that an unreadable file never counts as missing.
    package static func fileExists(_ path: String) throws(FileError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        if errno == ENOENT || errno == ENOTDIR { return false }
        throw .system(operation: "looking up", path: path, code: errno)
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted, without `.` and `..`; nil for a name that is not UTF-8.
    package static func names(in folder: String) throws(FileError) -> [String?] {
        guard let stream = opendir(folder) else {
            throw .system(operation: "opening the folder", path: folder, code: errno)
        }
        defer { closedir(stream) }
        var names: [String?] = []
        errno = 0
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." {
                names.append(name)
            }
            errno = 0
        }
        guard errno == 0 else {
            throw .system(operation: "reading the folder", path: folder, code: errno)
        }
        return names.sorted { ($0 ?? "") < ($1 ?? "") }
    }

    /// The folder part and the last component of a path; the folder of a bare name is `.`.
    static func split(_ path: String) -> (folder: String, name: String) {
        var bytes = Array(path.utf8)
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else {
            return (".", String(decoding: bytes, as: UTF8.self))
        }
        let name = String(decoding: bytes[(slash + 1)...], as: UTF8.self)
        if slash == 0 { return ("/", name) }
        return (String(decoding: bytes[..<slash], as: UTF8.self), name)
    }
}

/// A file operation that failed.
public enum FileError: Error, Equatable, Sendable {
    /// A system call failed with `code` (an `errno` value).
    case system(operation: String, path: String, code: Int32)
    /// The path names a folder, device, pipe or socket where a plain file is needed.
    case notARegularFile(path: String)
    /// The path names something else where a folder is needed.
    case notAFolder(path: String)
    /// The file ended early: another process shortened it while it was read.
    case shortRead(path: String, offset: Int, wanted: Int, found: Int)
}

extension FileError: CustomStringConvertible {
    /// What happened, with the path and the name of the system error, and what to do.
    public var description: String {
        switch self {
        case .system(let operation, let path, let code):
            let text = "\(path): \(operation) failed: \(String(cString: strerror(code)))"
            return "\(text) (\(Self.name(ofCode: code)))" + Self.advice(forCode: code)
        case .notARegularFile(let path):
            return "\(path): not a regular file; name a plain file"
        case .notAFolder(let path):
            return "\(path): not a folder; name a folder or remove what stands in its place"
        case .shortRead(let path, let offset, let wanted, let found):
            return "\(path): \(wanted) bytes wanted at offset \(offset), only \(found) there; "
                + "the file was shortened while it was read: try again when it is complete"
        }
    }

    /// The symbolic name of a system error code, such as `ENOSPC`; `errno 123` for a rare one.
    package static func name(ofCode code: Int32) -> String {
        names[code] ?? "errno \(code)"
    }

    private static let names: [Int32: String] = [
        EPERM: "EPERM", ENOENT: "ENOENT", EINTR: "EINTR", EIO: "EIO", ENXIO: "ENXIO",
        EBADF: "EBADF", EAGAIN: "EAGAIN", ENOMEM: "ENOMEM", EACCES: "EACCES", EBUSY: "EBUSY",
        EEXIST: "EEXIST", EXDEV: "EXDEV", ENODEV: "ENODEV", ENOTDIR: "ENOTDIR",
        EISDIR: "EISDIR", EINVAL: "EINVAL", ENFILE: "ENFILE", EMFILE: "EMFILE",
        ETXTBSY: "ETXTBSY", EFBIG: "EFBIG", ENOSPC: "ENOSPC", ESPIPE: "ESPIPE",
        EROFS: "EROFS", EMLINK: "EMLINK", EPIPE: "EPIPE", ENAMETOOLONG: "ENAMETOOLONG",
        ENOTEMPTY: "ENOTEMPTY", ELOOP: "ELOOP", EOVERFLOW: "EOVERFLOW", EDQUOT: "EDQUOT",
        ESTALE: "ESTALE", ENOTSUP: "ENOTSUP",
    ]

    private static func advice(forCode code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "; check the path"
        case EACCES, EPERM: "; check the permissions of the file and of its folder"
        case EROFS: "; the file system is read-only: choose another folder"
        case ENOSPC, EDQUOT: "; make room or choose another folder"
        default: ""
        }
    }
}
