package import TandemBasics

/// Reading tables from JSON:
/// `{"feature_names": [...], "target_name": "...", "training_data": [{"features": [...], "target": y}, ...]}`.
///
/// Members may stand in any order; other members are not read. Without `target_name` the target is
/// called `target`.
public enum JSONTable {
    /// Reads a table.
    ///
    /// With `features` given, those are read alone, in that order. Without `requiresTarget` the table has targets
    /// only when every record has one. Throws the first problem with its record, which count from 0.
    public static func read(
        _ path: String, requiresTarget: Bool, features: [String]? = nil
    ) throws(DatasetError) -> NumericTable {
        try read(
            DatasetError.bytes(of: path), name: path, requiresTarget: requiresTarget,
            features: features)
    }

    static func read(
        _ bytes: [UInt8], name: String, requiresTarget: Bool, features: [String]? = nil
    ) throws(DatasetError) -> NumericTable {
        try DatasetError.naming(name) {
            var parser = JSONTableParser(requiresTarget: requiresTarget)
            try JSONReader.read(bytes) { reader in try parser.read(&reader) }
            let table = try parser.table()
            return try features.map { names throws(TableProblem) in try table.selecting(names) }
                ?? table
        }
    }
}

/// What has been read of a table while its file is being read.
private struct JSONTableParser {
    let requiresTarget: Bool
    var featureNames: [String]?
    var targetName = "target"
    var features: [Float] = []
    var targets: [Float] = []
    var records = 0
    var width = 0

    mutating func read(_ reader: inout JSONReader) throws {
        let names = JSONNames(["feature_names", "target_name", "training_data"])
        try reader.enterObject()
        while try reader.nextName() {
            switch reader.index(in: names) {
            case 0: featureNames = try readNames(&reader)
            case 1:
                try reader.require(.string, of: "target_name")
                targetName = try reader.string()
            case 2: try readRecords(&reader)
            default: try reader.skipValue()
            }
        }
        try reader.finish()
    }

    func table() throws(TableProblem) -> NumericTable {
        guard let featureNames else {
            throw .wrongMember(
                name: "feature_names", expected: "an array of strings", found: nil)
        }
        if records == 0 { throw .noRecords(name: "training_data") }
        if featureNames.isEmpty { throw .noFeatures(columns: [targetName]) }
        if width != featureNames.count {
            throw .wrongWidth(record: 0, expected: featureNames.count, found: width)
        }
        if let name = NumericTable.duplicate(in: featureNames + [targetName]) {
            throw .duplicateColumn(name)
        }
        let hasTargets = targets.count == records
        return NumericTable(
            featureNames: featureNames, targetName: hasTargets ? targetName : "",
            features: features, targets: hasTargets ? targets : [])
    }

    private func readNames(_ reader: inout JSONReader) throws -> [String] {
        try reader.require(.array, of: "feature_names")
        var names: [String] = []
        try reader.enterArray()
        while try reader.nextElement() {
            try reader.require(.string, of: "feature_names[\(names.count)]")
            names.append(try reader.string())
        }
        return names
    }

    private mutating func readRecords(_ reader: inout JSONReader) throws {
        try reader.require(.array, of: "training_data")
        let names = JSONNames(["features", "target"])
        try reader.enterArray()
        while try reader.nextElement() {
            try reader.require(.object, of: "training_data[\(records)]")
            let start = (features.count, targets.count)
            try reader.enterObject()
            while try reader.nextName() {
                switch reader.index(in: names) {
                case 0: try readFeatures(&reader)
                case 1: try readTarget(&reader)
                default: try reader.skipValue()
                }
            }
            let found = features.count - start.0
            if records == 0 { width = found }
            if found != width {
                throw TableProblem.wrongWidth(record: records, expected: width, found: found)
            }
            if requiresTarget, targets.count == start.1 {
                throw TableProblem.missingValue(.record(records, name: "target"))
            }
            records += 1
        }
    }

    private mutating func readFeatures(_ reader: inout JSONReader) throws {
        let kind = try reader.kind()
        if kind != .array {
            throw TableProblem.wrongKind(
                .record(records, name: "features"), expected: "an array of numbers",
                found: kind.rawValue)
        }
        var count = 0
        try reader.enterArray()
        while try reader.nextElement() {
            let place = TablePlace.record(records, name: "features[\(count)]")
            features.append(Float(try reader.number(at: place)))
            count += 1
        }
    }

    private mutating func readTarget(_ reader: inout JSONReader) throws {
        if !requiresTarget, try reader.kind() == .null { return try reader.null() }
        targets.append(Float(try reader.number(at: .record(records, name: "target"))))
    }
}

extension JSONReader {
    /// Throws unless the next value, the member `name`, is of a kind; `text` says which when its own name does not.
    package mutating func require(
        _ expected: JSONKind, _ text: String? = nil, of name: @autoclosure () -> String
    ) throws {
        let kind = try self.kind()
        if kind != expected {
            throw TableProblem.wrongMember(
                name: name(), expected: text ?? expected.rawValue, found: kind.rawValue)
        }
    }

    /// Reads a number of a table; whatever else stands there is a problem at `place`.
    ///
    /// The number is finite in 32 bits too. Throws ``TableProblem`` with `place`, the record and the name of the
    /// value, for anything else, also for `NaN` and `Infinity`, which are not JSON but which some programs write;
    /// ``JSONProblem`` when the text ends.
    public mutating func number(at place: @autoclosure () -> TablePlace) throws -> Double {
        skipSpaces()
        let start = position
        do throws(JSONProblem) {
            let value = try number()
            if Float(value).isFinite { return value }
        } catch {
            if case .unexpectedEnd = error { throw error }
            throw TableProblem.notANumber(place(), found: excerpt(from: start))
        }
        throw TableProblem.tooLarge(place(), found: excerpt(from: start))
    }

    /// Reads a number of a table, or nil for `null`; else as ``number(at:)``.
    public mutating func optionalNumber(
        at place: @autoclosure () -> TablePlace
    ) throws -> Double? {
        skipSpaces()
        if position < bytes.count, bytes[position] == UInt8(ascii: "n") {
            try null()
            return nil
        }
        return try number(at: place())
    }

    /// The bytes from `start` up to a comma, bracket or space, at most 40 of them, for messages.
    private func excerpt(from start: Int) -> String {
        let rest = bytes[start...].prefix(40)
        return String(decoding: rest.prefix { !",]} \t\r\n".utf8.contains($0) }, as: UTF8.self)
    }
}
