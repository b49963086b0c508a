import TandemBasics
public import TandemDatasets

/// A table made of calling-score records.
public struct CallingScoreTable: Sendable, Equatable {
    /// The features in the order of ``CallingScoreFeatures/names(of:)``, the labels, and each record's user.
    public var table: NumericTable
    /// What is unusual about the file, one sentence each.
    public var warnings: [String]
    /// The SHA-256 of the file in hexadecimal digits.
    public var sha256: String
}

/// Reading calling-score records: `{"metadata": {...}, "training_data": [record, ...]}`.
///
/// A record has the objects `user_vibe_dimensions`, `spot_vibe_dimensions`, `context_features`,
/// `timing_features` and `history_features`, each of which may be missing or null, as may every
/// number in them: then the default counts. The label of a score model is `outcome_score`, else
/// `formula_calling_score`, else 0.5; that of an outcome model is 1 when `outcome_type` is
/// `positive` or `outcome_score` is at least 0.7. The groups of the table are `user_id`, if every
/// record has one.
public enum CallingScoreRecords {
    /// The smallest number of records that is trained on.
    public static let minimumCount = 100
    /// The number of records below which there is a warning.
    public static let advisableCount = 1_000

    /// Reads the records of a file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - options: what the table is for.
    /// - Returns: the table, with warnings.
    /// - Throws: when the file is not there or not JSON, has no records or fewer than are needed,
    ///   or a value is not what it must be, with the record's index from 0 and the value's name.
    public static func read(
        _ path: String, options: CallingScoreOptions
    ) throws(DatasetError) -> CallingScoreTable {
        let bytes: [UInt8]
        do throws(FileError) { bytes = try WholeFile.read(path) } catch { throw .file(error) }
        return try read(bytes, name: path, options: options)
    }

    static func read(
        _ bytes: [UInt8], name: String, options: CallingScoreOptions
    ) throws(DatasetError) -> CallingScoreTable {
        try DatasetError.naming(name) {
            var parser = CallingScoreParser(options)
            try JSONReader.read(bytes) { reader in try parser.read(&reader) }
            if parser.count == 0 { throw TableProblem.noRecords(name: "training_data") }
            if options.requiresLabels, parser.count < minimumCount {
                throw TableProblem.tooFewRecords(count: parser.count, minimum: minimumCount)
            }
            return CallingScoreTable(
                table: parser.table, warnings: parser.warnings,
                sha256: SHA256.hexadecimal(SHA256.hash(bytes)))
        }
    }
}

/// What a model on calling-score records predicts.
public enum CallingScoreKind: String, Sendable, Codable, CaseIterable {
    /// The outcome score in [0, 1], from 39 features.
    case score
    /// Whether the outcome is positive, 1 or 0, from the same features and six of the user's history.
    case outcome
}

/// How calling-score records become a table.
public struct CallingScoreOptions: Sendable, Equatable {
    /// What is predicted.
    public var kind: CallingScoreKind
    /// Whether the five features that follow from others are computed where a record lacks them.
    public var derivesFeatures: Bool
    /// Whether labels are read, of at least 100 records; without them the table has no targets.
    public var requiresLabels: Bool

    /// Makes options; the defaults are those of training a score model.
    public init(
        kind: CallingScoreKind = .score, derivesFeatures: Bool = false, requiresLabels: Bool = true
    ) {
        self.kind = kind
        self.derivesFeatures = derivesFeatures
        self.requiresLabels = requiresLabels
    }
}
