import Glibc

/// Folder operations that the data sets need.
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
