public import TandemBasics

/// Reading and writing tables as comma-separated values (RFC 4180) with a header.
///
/// Names and numbers may be quoted; a quote inside quotes is doubled. Lines end with LF or CR LF,
/// numbers have a decimal point. Spaces around fields without quotes do not count, nor do a byte
/// order mark and empty lines at the end.
public enum CSVTable {
    /// Reads a table.
    ///
    /// Every column is a feature in the order of the header, except the target and the groups. With
    /// `features` given, those columns alone are read, in that order, and other columns may hold
    /// anything.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - target: the name of the target's column; nil for the last column when a target is
    ///     required, else for none.
    ///   - requiresTarget: whether a file without the target is an error; if not, such a file gives
    ///     a table without targets.
    ///   - features: the names of the features wanted; nil for all columns.
    ///   - groups: the name of a column of texts that group the rows; nil for none.
    /// - Returns: the table.
    /// - Throws: the first problem with its line and column.
    public static func read(
        _ path: String, target: String?, requiresTarget: Bool, features: [String]? = nil,
        groups: String? = nil
    ) throws(DatasetError) -> NumericTable {
        let bytes = try wrapping(DatasetError.file) { () throws(FileError) in
            try WholeFile.read(path)
        }
        return try read(
            bytes, name: path, target: target, requiresTarget: requiresTarget,
            features: features, groups: groups)
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
    ///
    /// - Parameters:
    ///   - table: the table; for scores, one with a single feature called `score`.
    ///   - path: the file, replaced atomically.
    /// - Throws: when the file cannot be written.
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
