import TandemBasics

extension DataSplit {
    /// Reads a split from a JSON file `{"train": [...], "val": [...], "test": [...]}` of row numbers from 0.
    ///
    /// Other members are allowed and not read. The order of the rows is kept; rows may be left out.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - count: the number of rows of the table that is split.
    /// - Returns: the split.
    /// - Throws: when the file cannot be read, or a part is missing or empty, or names a row that
    ///   does not exist or that has been named before.
    public static func read(_ path: String, count: Int) throws(DatasetError) -> DataSplit {
        let bytes = try wrapping(DatasetError.file) { () throws(FileError) in
            try WholeFile.read(path)
        }
        return try read(bytes, name: path, count: count)
    }

    static func read(
        _ bytes: [UInt8], name: String, count: Int
    ) throws(DatasetError) -> DataSplit {
        try DatasetError.naming(name) {
            let parts = try JSONReader.read(bytes) { reader in
                try readParts(&reader, count: count)
            }
            var owners: [Int32: String] = [:]
            for (part, rows) in zip(partNames, parts) {
                guard let rows else {
                    throw TableProblem.wrongMember(
                        name: part, expected: "an array of row numbers", found: nil)
                }
                if rows.isEmpty { throw SplitProblem.emptyPart(part) }
                for row in rows {
                    if let first = owners.updateValue(part, forKey: row) {
                        throw SplitProblem.rowTwice(row: Int(row), first: first, second: part)
                    }
                }
            }
            return DataSplit(
                training: parts[0] ?? [], validation: parts[1] ?? [], test: parts[2] ?? [])
        }
    }

    private static let partNames = ["train", "val", "test"]

    private static func readParts(
        _ reader: inout JSONReader, count: Int
    ) throws -> [[Int32]?] {
        var parts: [[Int32]?] = [nil, nil, nil]
        let names = JSONNames(partNames)
        try reader.enterObject()
        while try reader.nextName() {
            guard let index = reader.index(in: names) else {
                try reader.skipValue()
                continue
            }
            let kind = try reader.kind()
            if kind != .array {
                throw TableProblem.wrongMember(
                    name: partNames[index], expected: "an array of row numbers",
                    found: kind.rawValue)
            }
            var rows: [Int32] = []
            try reader.enterArray()
            while try reader.nextElement() {
                let value = try reader.value()
                guard case .integer(let row) = value, row >= 0, row < count,
                    let row = Int32(exactly: row)
                else {
                    throw SplitProblem.rowOutside(
                        part: partNames[index], row: (try? value.text()) ?? "?", count: count)
                }
                rows.append(row)
            }
            parts[index] = rows
        }
        try reader.finish()
        return parts
    }
}
