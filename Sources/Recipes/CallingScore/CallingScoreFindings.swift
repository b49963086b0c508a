import TandemBasics
import TandemDatasets

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
