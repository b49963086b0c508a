import TandemBasics
import TandemDatasets
import TandemDevices

/// A table as it comes from a file or the generator, whatever the format.
struct TabularSource {
    let table: NumericTable
    let description: String
    let hash: String
    let warnings: [String]
    let kind: TabularModelKind

    /// Reads the table with labels that `configuration` describes, whose path is used as it stands.
    static func read(_ configuration: TabularConfiguration) throws -> TabularSource {
        let data = configuration.data
        let kind: TabularModelKind =
            configuration.task == .classification ? .outcome : .callingScore
        let options = CallingScoreOptions(
            kind: kind == .outcome ? .outcome : .score, derivesFeatures: data.deriveFeatures,
            requiresLabels: true)
        guard let path = data.path else {
            try checkChoices(data, .callingScore)
            let records = try CallingScoreGenerator.table(
                rows: data.generatedRows, seed: data.generatedSeed, options: options)
            return TabularSource(
                table: records.table,
                description: "generated calling-score records, seed \(data.generatedSeed) "
                    + "(data.path names your own)",
                hash: records.sha256, warnings: records.warnings, kind: kind)
        }
        let format = try data.format.resolved(for: path)
        try checkChoices(data, format)
        switch format {
        case .csv, .auto:
            let table = try CSVTable.read(
                path, target: data.target, requiresTarget: true, groups: data.splitBy)
            guard table.targetName != data.splitBy else {
                throw TabularError.labelIsGroup(column: table.targetName)
            }
            return try TabularSource(table, path)
        case .json:
            return try TabularSource(try JSONTable.read(path, requiresTarget: true), path)
        case .callingScore:
            let records = try CallingScoreRecords.read(path, options: options)
            return TabularSource(
                table: records.table, description: path, hash: records.sha256,
                warnings: records.warnings, kind: kind)
        }
    }

    /// Refuses settings that data of this format would not look at.
    private static func checkChoices(
        _ data: TabularDataConfiguration, _ format: TabularDataConfiguration.Format
    ) throws {
        if let target = data.target, format != .csv {
            throw TabularError.noChoice(
                setting: "data.target", value: target,
                advice: "a column is chosen in CSV files only; leave it out")
        }
        if data.deriveFeatures, format != .callingScore {
            throw TabularError.noChoice(
                setting: "data.deriveFeatures", value: "true",
                advice: "only calling-score records have features that follow from others")
        }
        if let name = data.splitBy, format == .callingScore, name != "user_id" {
            throw TabularError.noGroups
        }
    }

    /// Reads rows to predict; a table's columns are found by name when `featureNames` are given.
    static func readFeatures(
        _ path: String, format: TabularDataConfiguration.Format, kind: TabularModelKind,
        derivesFeatures: Bool, featureNames: [String]?
    ) throws -> NumericTable {
        switch try format.resolved(for: path) {
        case .csv, .auto:
            return try CSVTable.read(
                path, target: nil, requiresTarget: false, features: featureNames)
        case .json:
            return try JSONTable.read(path, requiresTarget: false, features: featureNames)
        case .callingScore:
            return try CallingScoreRecords.read(
                path,
                options: CallingScoreOptions(
                    kind: kind == .outcome ? .outcome : .score, derivesFeatures: derivesFeatures,
                    requiresLabels: false)
            ).table
        }
    }
}

extension TabularSource {
    fileprivate init(_ table: NumericTable, _ path: String) throws {
        self.init(
            table: table, description: path,
            hash: SHA256.hexadecimal(SHA256.hash(try WholeFile.read(path))), warnings: [],
            kind: .tabular)
    }

    /// A table in memory, with a hash of its numbers.
    init(_ table: NumericTable, description: String) {
        var hasher = SHA256()
        for values in [table.features, table.targets] {
            values.withUnsafeBytes { hasher.update($0) }
        }
        self.init(
            table: table, description: description, hash: SHA256.hexadecimal(hasher.digest),
            warnings: [], kind: .tabular)
    }
}

extension TabularDataConfiguration.Format {
    /// The format that a person calls `name`; throws when there is none.
    static func named(_ name: String) throws -> Self {
        guard let format = Self(rawValue: name) else {
            throw TabularError.unknownFormat(name, known: allCases.map(\.rawValue))
        }
        return format
    }

    /// The format of the file at `path`: `auto` by its extension, of JSON by what is in it.
    ///
    /// JSON that cannot be read counts as records; their reader says what is wrong.
    func resolved(for path: String) throws -> Self {
        guard self == .auto else { return self }
        guard path.hasSuffix(".json") else { return .csv }
        let bytes = try WholeFile.read(path)
        let isTable = try? JSONReader.read(bytes) { reader throws(JSONProblem) in
            try Self.isTable(&reader)
        }
        return isTable == true ? .json : .callingScore
    }

    /// Whether the outer object names features, or the first record has them in a list; reads no further than needed.
    private static func isTable(_ reader: inout JSONReader) throws(JSONProblem) -> Bool {
        try reader.enterObject()
        while try reader.nextName() {
            if reader.name == "feature_names" { return true }
            if reader.name == "training_data" { return try isFirstRecordOfTable(&reader) }
            try reader.skipValue()
        }
        return false
    }

    private static func isFirstRecordOfTable(
        _ reader: inout JSONReader
    ) throws(JSONProblem) -> Bool {
        try reader.enterArray()
        guard try reader.nextElement() else { return false }
        try reader.enterObject()
        while try reader.nextName() {
            if reader.name == "features" { return true }
            try reader.skipValue()
        }
        return false
    }
}
