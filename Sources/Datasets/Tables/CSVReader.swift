/// A line of a CSV file: one record, which spans several lines of text if a quoted field does.
struct CSVLine {
    /// The number of its first line of text, from 1.
    var number: Int
    /// The bytes of the fields, at least one: without quotes, or without the spaces around.
    var fields: [[UInt8]]
}

/// Divides the text of a CSV file into lines and fields.
struct CSVReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var line = 1
    /// Where the empty lines and spaces at the end of the file begin.
    private let end: Int

    /// A reader at the beginning of a text, behind its byte order mark if it has one.
    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var end = bytes.count
        while end > 0, Self.isLineEnd(bytes[end - 1]) { end -= 1 }
        self.end = end
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next line; nil at the end of the text.
    mutating func next() throws(TableProblem) -> CSVLine? {
        if position >= end { return nil }
        var record = CSVLine(number: line, fields: [])
        while true {
            record.fields.append(try field())
            if position >= end { break }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                break
            }
        }
        return record
    }

    /// Reads a field; the position is then at a comma, a line feed or the end.
    private mutating func field() throws(TableProblem) -> [UInt8] {
        var start = position
        while start < end, Self.isSpace(bytes[start]) { start += 1 }
        if start < end, bytes[start] == UInt8(ascii: "\"") {
            position = start + 1
            return try quotedField()
        }
        while position < end, !Self.isSeparator(bytes[position]) { position += 1 }
        var stop = position
        if stop < end, bytes[stop] == UInt8(ascii: "\n"), stop > start,
            bytes[stop - 1] == UInt8(ascii: "\r")
        {
            stop -= 1
        }
        while stop > start, Self.isSpace(bytes[stop - 1]) { stop -= 1 }
        return Array(bytes[min(start, stop)..<stop])
    }

    private mutating func quotedField() throws(TableProblem) -> [UInt8] {
        let first = line
        var text: [UInt8] = []
        while true {
            guard position < end else { throw .openQuote(line: first) }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\n") { line += 1 }
            if byte != UInt8(ascii: "\"") {
                text.append(byte)
            } else if position < end, bytes[position] == UInt8(ascii: "\"") {
                text.append(byte)
                position += 1
            } else {
                break
            }
        }
        let start = position
        while position < end, !Self.isSeparator(bytes[position]) { position += 1 }
        let rest = bytes[start..<position]
        guard rest.allSatisfy({ Self.isSpace($0) || $0 == UInt8(ascii: "\r") }) else {
            throw .textAfterQuote(
                line: line, found: String(decoding: rest.prefix(40), as: UTF8.self))
        }
        return text
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n")
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}
