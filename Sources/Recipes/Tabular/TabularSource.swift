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

    init(
        table: NumericTable, description: String, hash: String, warnings: [String],
        kind: TabularModelKind
    ) {
        self.table = table
        self.description = description
        self.hash = hash
        self.warnings = warnings
        self.kind = kind
    }

    private init(_ table: NumericTable, _ path: String) throws {
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
