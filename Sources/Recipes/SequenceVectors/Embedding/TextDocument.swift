import TandemBasics
import TandemDatasets

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
