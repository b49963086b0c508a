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
        for name in try Folder.names(in: folder) {
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
}

/// The sentences of one file.
struct TextDocument: Sendable {
    let sentences: [String]
    let wordCount: Int
    /// Bytes that were not UTF-8, each run replaced by one U+FFFD.
    let repairs: Int
    /// A hash of the sentences: equal documents have equal fingerprints.
    let fingerprint: UInt64

    /// Reads a file; returns nil if it is not text.
    static func read(
        _ path: String, format: TextFormat, splitter: SentenceSplitter
    ) throws(FileError) -> TextDocument? {
        TextDocument(try WholeFile.read(path), format: format, splitter: splitter)
    }

    /// Cuts a file's bytes into sentences; returns nil if they are not text.
    init?(_ bytes: [UInt8], format: TextFormat, splitter: SentenceSplitter) {
        guard !bytes.contains(0) else { return nil }
        let isValid = String(validating: bytes, as: UTF8.self) != nil
        let text = Scalars(String(decoding: bytes, as: UTF8.self).unicodeScalars)
        let replacement: Unicode.Scalar = "\u{FFFD}"
        repairs =
            isValid
            ? 0 : text.count { $0 == replacement } - Self.replacementCount(in: bytes)
        let paragraphs = TextCleaner.scalarParagraphs(of: text, format: format)
        let sentences = splitter.sentences(of: paragraphs)
        self.sentences = sentences.map(String.init(scalars:))
        wordCount = sentences.reduce(0) {
            $0 + SentenceSplitter.wordCount($1.split(separator: " "))
        }
        var hash = StableHash()
        for sentence in sentences {
            for scalar in sentence {
                hash.combine(scalar.value)
            }
            hash.combine(UInt32.max)
        }
        fingerprint = hash.value
    }

    /// How often the file itself holds an encoded U+FFFD.
    private static func replacementCount(in bytes: [UInt8]) -> Int {
        guard bytes.count >= 3 else { return 0 }
        return (0..<bytes.count - 2).count { position in
            bytes[position] == 0xEF && bytes[position + 1] == 0xBF && bytes[position + 2] == 0xBD
        }
    }
}
