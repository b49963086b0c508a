import TandemBasics
import TandemDatasets
import Glibc

/// A file of text inside a folder.
struct TextFile: Sendable, Equatable {
    /// The path below the folder, which names the document.
    let name: String
    let format: TextFormat
}

/// Finds the text files below a folder.
///
/// Symbolic links are followed. Every folder and every file is taken once, whatever links lead to
/// it, so loops end. Names that begin with a dot are left out.
struct TextFolder {
    private struct Identity: Hashable {
        let device: UInt
        let number: UInt
    }

    private let root: String
    private var seen: Set<Identity> = []
    private(set) var files: [TextFile] = []
    private(set) var unusableLinks = 0

    /// Lists the files below `root`, sorted by name.
    init(_ root: String) throws(FileError) {
        self.root = root
        try read("")
        files.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private mutating func read(_ prefix: String) throws(FileError) {
        let folder = prefix.isEmpty ? root : "\(root)/\(prefix)"
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw .system(operation: "looking up", path: folder, code: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw .notAFolder(path: folder) }
        guard notice(status) else { return }
        for name in try Self.names(in: folder) {
            guard let name else {
                unusableLinks += 1
                continue
            }
            if !name.hasPrefix(".") {
                try take(prefix.isEmpty ? name : "\(prefix)/\(name)")
            }
        }
    }

    private mutating func take(_ name: String) throws(FileError) {
        var status = stat()
        guard stat("\(root)/\(name)", &status) == 0 else {
            // A link to nothing, a loop of links, or a file that has just been removed.
            guard [ENOENT, ELOOP, ENOTDIR].contains(errno) else {
                throw .system(operation: "looking up", path: "\(root)/\(name)", code: errno)
            }
            unusableLinks += TextFormat(fileName: name) == nil ? 0 : 1
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            try read(name)
        case S_IFREG:
            guard let format = TextFormat(fileName: name) else { return }
            if notice(status) {
                files.append(TextFile(name: name, format: format))
            } else {
                unusableLinks += 1
            }
        default:
            break
        }
    }

    /// Remembers a file or folder; returns false if it was seen before.
    private mutating func notice(_ status: stat) -> Bool {
        seen.insert(Identity(device: UInt(status.st_dev), number: UInt(status.st_ino))).inserted
    }

    /// The names in a folder, sorted, without `.` and `..`; nil for a name that is not UTF-8.
    static func names(in folder: String) throws(FileError) -> [String?] {
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
}
