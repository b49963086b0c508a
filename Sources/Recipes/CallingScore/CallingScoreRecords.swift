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
    /// Throws when the file is not there or not JSON, has no records or fewer than are needed, or a value is not
    /// what it must be, with the record's index from 0 and the value's name.
    public static func read(
        _ path: String, options: CallingScoreOptions
    ) throws(DatasetError) -> CallingScoreTable {
        try read(DatasetError.bytes(of: path), name: path, options: options)
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

/// Collects what is unusual about calling-score records and puts it into words.
struct CallingScoreFindings {
    private var outside = 0
    private var firstOutside: (place: TablePlace, value: Double)?
    private var fromFormula = 0
    private var unlabelled = 0
    private var unreadInRecord = 0
    private var mostUnread = 0
    private var unreadTexts: [String] = []
    private var unreadNames = JSONNames([])
    private static let unreadLimit = 64

    /// Begins to count for another record.
    mutating func beginRecord() {
        unreadInRecord = 0
    }

    /// Notes a name that no model reads, the one that the reader is at.
    mutating func noteUnread(_ reader: borrowing JSONReader) {
        unreadInRecord += 1
        mostUnread = max(mostUnread, unreadInRecord)
        if unreadTexts.count < Self.unreadLimit, reader.index(in: unreadNames) == nil {
            unreadTexts.append(reader.name)
            unreadNames = JSONNames(unreadTexts)
        }
    }

    /// Notes a feature outside [0, 1].
    mutating func noteOutside(_ value: Double, at place: TablePlace) {
        if outside == 0 { firstOutside = (place, value) }
        outside += 1
    }

    /// Notes a record without outcome, whose label is something else.
    mutating func noteFallback(hasFormula: Bool) {
        if hasFormula { fromFormula += 1 } else { unlabelled += 1 }
    }

    /// A sentence for everything unusual about `count` records, of which `users` name a user.
    func warnings(count: Int, users: Int, options: CallingScoreOptions) -> [String] {
        var warnings: [String] = []
        if options.requiresLabels, count < CallingScoreRecords.advisableCount {
            warnings.append(
                "only \(count) records; \(CallingScoreRecords.advisableCount) or more are advisable"
            )
        }
        if let firstOutside {
            warnings.append(
                "\(outside) feature value\(outside == 1 ? "" : "s") outside [0, 1], the first one "
                    + "\(firstOutside.value) in \(firstOutside.place)")
        }
        if fromFormula > 0 {
            warnings.append(
                "\(fromFormula) of \(count) records have no outcome_score; their label is "
                    + "formula_calling_score")
        }
        if unlabelled > 0 {
            let label = options.kind == .score ? "0.5" : "0 (not positive)"
            warnings.append(
                "\(unlabelled) of \(count) records have no label; they count as \(label)")
        }
        if mostUnread > 0 {
            let names = unreadTexts.prefix(8).joined(separator: ", ")
            let more = unreadTexts.count > 8 ? ", ..." : ""
            warnings.append(
                "\(mostUnread) name\(mostUnread == 1 ? "" : "s") per record that no model reads: "
                    + names + more)
        }
        if users > 0, users < count {
            warnings.append(
                "\(count - users) of \(count) records have no user_id; a split by user is impossible"
            )
        }
        return warnings
    }
}
