public import TandemBasics

/// Reading and writing tables as comma-separated values (RFC 4180) with a header.
///
/// Names and numbers may be quoted; a quote inside quotes is doubled. Lines end with LF or CR LF,
/// numbers have a decimal point. Spaces around fields without quotes do not count, nor do a byte
/// order mark and empty lines at the end.
public enum CSVTable {
    /// Reads a table.
    ///
    /// Every column is a feature in the order of the header, except the target and the groups. With `features`
    /// given, those columns alone are read, in that order, and other columns may hold anything. Without the name of
    /// a `target` the last column is, when a target is required; a file without the target gives a table without
    /// targets when it is not. `groups` names a column of texts that group the rows. Throws the first problem with
    /// its line and column.
    public static func read(
        _ path: String, target: String?, requiresTarget: Bool, features: [String]? = nil,
        groups: String? = nil
    ) throws(DatasetError) -> NumericTable {
        try read(
            DatasetError.bytes(of: path), name: path, target: target,
            requiresTarget: requiresTarget, features: features, groups: groups)
    }

    static func read(
        _ bytes: [UInt8], name: String, target: String?, requiresTarget: Bool,
        features: [String]? = nil, groups: String? = nil
    ) throws(DatasetError) -> NumericTable {
        try wrapping({ .table(file: name, $0) }) { () throws(TableProblem) in
            try bytes.withUnsafeBufferPointer { bytes throws(TableProblem) in
                var reader = CSVReader(bytes)
                guard let header = try reader.next() else { throw .noRows }
                let names = try CSVColumns.names(header)
                let columns = try CSVColumns(
                    names, target: target ?? (requiresTarget ? names.last : nil),
                    requiresTarget: requiresTarget, features: features, groups: groups)
                return try columns.table(&reader)
            }
        }
    }

    /// Writes a table with its header: features, then the target if there are targets.
    ///
    /// Numbers are written with as many digits as reading them back exactly needs.
    public static func write(_ table: NumericTable, to path: String) throws(FileError) {
        let hasTargets = !table.targets.isEmpty
        try AtomicFile.write(to: path) { writer throws(FileError) in
            let names = table.featureNames + (hasTargets ? [table.targetName] : [])
            let header = names.map(quoted).joined(separator: ",")
            try writer.write(Array("\(header)\n".utf8))
            for row in 0..<table.count {
                let start = row * table.width
                var line = table.features[start..<start + table.width]
                    .map { "\($0)" }.joined(separator: ",")
                if hasTargets { line += ",\(table.targets[row])" }
                try writer.write(Array("\(line)\n".utf8))
            }
        }
    }

    private static func quoted(_ name: String) -> String {
        let needsQuotes =
            name.utf8.contains { ",\"\r\n".utf8.contains($0) }
            || name.first == " " || name.last == " " || name.isEmpty
        if !needsQuotes { return name }
        return "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }
}

/// Which columns of a file are read as what.
private struct CSVColumns {
    let names: [String]
    let features: [Int]
    let target: Int?
    let groups: Int?

    static func names(_ header: CSVLine) throws(TableProblem) -> [String] {
        var names: [String] = []
        for (index, field) in header.fields.enumerated() {
            if field.isEmpty { throw .unnamedColumn(index + 1) }
            guard let name = String(validating: field, as: UTF8.self) else {
                throw .invalidUTF8(line: header.number)
            }
            names.append(name)
        }
        if let name = NumericTable.duplicate(in: names) { throw .duplicateColumn(name) }
        return names
    }

    init(
        _ names: [String], target: String?, requiresTarget: Bool, features wanted: [String]?,
        groups: String?
    ) throws(TableProblem) {
        self.names = names
        self.target = target.flatMap { names.firstIndex(of: $0) }
        self.groups = groups.flatMap { names.firstIndex(of: $0) }
        let needed = [requiresTarget ? target : nil, groups].compactMap { $0 }
        _ = try NumericTable.columns(needed, among: names)
        let others = [self.target, self.groups]
        if let wanted {
            features = try NumericTable.columns(wanted, among: names)
            if let name = NumericTable.duplicate(in: wanted) { throw .duplicateColumn(name) }
            if let column = features.first(where: { others.contains($0) }) {
                throw .isAlsoFeature(names[column])
            }
        } else {
            features = names.indices.filter { !others.contains($0) }
        }
        if features.isEmpty { throw .noFeatures(columns: names) }
    }

    func table(_ reader: inout CSVReader) throws(TableProblem) -> NumericTable {
        var table = NumericTable(
            featureNames: features.map { names[$0] }, targetName: target.map { names[$0] } ?? "",
            features: [], targets: [], groups: groups == nil ? nil : [])
        var rows = 0
        while let line = try reader.next() {
            guard line.fields.count == names.count else {
                throw .raggedRow(
                    line: line.number, expected: names.count, found: line.fields.count)
            }
            for column in features { table.features.append(try number(line, column)) }
            if let target { table.targets.append(try number(line, target)) }
            if let groups {
                guard let group = String(validating: line.fields[groups], as: UTF8.self) else {
                    throw .invalidUTF8(line: line.number)
                }
                table.groups?.append(group)
            }
            rows += 1
        }
        if rows == 0 { throw .noRows }
        return table
    }

    private func number(_ line: CSVLine, _ column: Int) throws(TableProblem) -> Float {
        let field = line.fields[column]
        func place() -> TablePlace { .line(line.number, column: names[column]) }
        func text() -> String { String(decoding: field.prefix(40), as: UTF8.self) }
        let value = field.withUnsafeBufferPointer { bytes -> Double? in
            let number = DecimalNumber(bytes, at: 0)
            let isWhole = number.isDecimal && number.range.upperBound == bytes.count
            return isWhole ? number.value(in: bytes) : nil
        }
        guard let value, value.isFinite else { throw .notANumber(place(), found: text()) }
        guard Float(value).isFinite else { throw .tooLarge(place(), found: text()) }
        return Float(value)
    }
}

/// A line of a CSV file: one record, which spans several lines of text if a quoted field does.
package struct CSVLine {
    /// The number of its first line of text, from 1.
    package var number: Int
    /// The bytes of the fields, at least one: without quotes, or without the spaces around.
    package var fields: [[UInt8]]
}

/// Divides the text of a CSV file into lines and fields.
package struct CSVReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var line = 1
    /// Where the empty lines and spaces at the end of the file begin.
    private let end: Int

    /// A reader at the beginning of a text, behind its byte order mark if it has one.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        var end = bytes.count
        while end > 0, Self.isLineEnd(bytes[end - 1]) { end -= 1 }
        self.end = end
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next line; nil at the end of the text.
    package mutating func next() throws(TableProblem) -> CSVLine? {
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
