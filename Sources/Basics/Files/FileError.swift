import Glibc

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
