import TandemBasics
import TandemDatasets

import Glibc

/// What is to be known about the file of a registry before SQLite opens it.
enum DatabaseFile {
    /// The size of the file in bytes; nil if there is none.
    static func size(_ path: String) throws -> Int? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw FileError.system(operation: "looking up", path: path, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw FileError.notARegularFile(path: path)
        }
        // SQLite would take a file shorter than its smallest page for an empty one and write over it.
        if (1..<512).contains(status.st_size) {
            throw RegistryError.database(path: path, .notADatabase)
        }
        return Int(status.st_size)
    }

    /// Whether two paths lead to one file that is there.
    static func isSame(_ first: String, _ second: String) -> Bool {
        var (left, right) = (stat(), stat())
        return stat(first, &left) == 0 && stat(second, &right) == 0
            && left.st_dev == right.st_dev && left.st_ino == right.st_ino
    }

    /// The folder part of a path; nil for a bare name and for the root.
    static func folder(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { return nil }
        return String(path[..<slash])
    }
}
