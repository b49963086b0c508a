/// What training windows share with held-out windows: the evidence for or against a leak.
public struct SplitReport: Sendable, Equatable {
    /// What the training windows share with the windows of one held-out part.
    public struct Comparison: Sendable, Equatable {
        /// The held-out part.
        public let part: SplitPart
        /// The number of its windows.
        public let windowCount: Int
        /// The number of documents that have rows in windows of both.
        public let sharedDocuments: Int
        /// The number of rows, context or target, that windows of both use.
        public let sharedRows: Int
        /// The number of its targets that equal a row used in training (cosine above 0.9999),
        /// apart from rows that are shared outright.
        public let duplicateTargets: Int
        /// The first of those targets, with the training row that each equals.
        public let examples: [Duplicate]
    }

    /// A held-out target that equals a training row.
    public struct Duplicate: Sendable, Equatable {
        /// The row of the held-out target.
        public let targetRow: Int
        /// The row used in training.
        public let trainingRow: Int
        /// Their cosine.
        public let cosine: Double
    }

    /// The number of training windows.
    public let trainingWindowCount: Int
    /// One comparison per held-out part.
    public let comparisons: [Comparison]

    /// Whether nothing at all is shared: the only ground for claiming that there is no leak.
    public var isLeakFree: Bool {
        comparisons.allSatisfy {
            $0.sharedDocuments == 0 && $0.sharedRows == 0 && $0.duplicateTargets == 0
        }
    }

    /// Cosines above this count as duplicates.
    public static let duplicateCosine = 0.9999
    static let exampleLimit = 5
}

extension SplitReport: CustomStringConvertible {
    /// One line per held-out part, for people.
    public var description: String {
        let lines = comparisons.map { comparison in
            "\(comparison.part): \(comparison.windowCount) windows against \(trainingWindowCount) "
                + "for training: shared documents \(comparison.sharedDocuments), shared rows "
                + "\(comparison.sharedRows), targets equal to a training row "
                + "\(comparison.duplicateTargets)"
        }
        return lines.joined(separator: "\n")
    }
}

extension DocumentChains {
    /// Looks for everything that training windows share with held-out windows.
    ///
    /// Documents and rows are counted from the rows that the windows really use, not from the
    /// split's own claims. Duplicates are found exactly; see `DuplicateSearch`.
    ///
    /// - Parameters:
    ///   - training: the windows to be trained on.
    ///   - heldOut: the windows of every held-out part.
    /// - Returns: the counts, and some examples of duplicates.
    /// - Throws: `windowOutside` for windows of another, longer table.
    public func verifySplit(
        training: ChainWindows, heldOut: [(part: SplitPart, windows: ChainWindows)]
    ) throws(ChainsProblem) -> SplitReport {
        for windows in [training] + heldOut.map(\.windows) {
            try windows.check(rowCount: vectors.count)
        }
        let trainingRows = usedRows(of: training)
        let trainingDocuments = usedDocuments(of: trainingRows)
        let search = DuplicateSearch(
            rows: trainingRows.indices.lazy.filter { trainingRows[$0] }, of: vectors,
            threshold: SplitReport.duplicateCosine)
        let comparisons = heldOut.map { part, windows in
            let rows = usedRows(of: windows)
            let documents = usedDocuments(of: rows)
            var duplicates: [SplitReport.Duplicate] = []
            for target in Set(windows.targetRows).sorted() where !trainingRows[Int(target)] {
                guard let partner = search.partner(of: Int(target)) else { continue }
                duplicates.append(
                    SplitReport.Duplicate(
                        targetRow: Int(target), trainingRow: partner.row,
                        cosine: partner.cosine))
            }
            return SplitReport.Comparison(
                part: part, windowCount: windows.count,
                sharedDocuments: zip(trainingDocuments, documents).count { $0 && $1 },
                sharedRows: zip(trainingRows, rows).count { $0 && $1 },
                duplicateTargets: duplicates.count,
                examples: Array(duplicates.prefix(SplitReport.exampleLimit)))
        }
        return SplitReport(trainingWindowCount: training.count, comparisons: comparisons)
    }

    private func usedRows(of windows: ChainWindows) -> [Bool] {
        var used = [Bool](repeating: false, count: vectors.count)
        for index in 0..<windows.count {
            for row in windows.contextRows(of: index) { used[row] = true }
            used[windows.targetRow(of: index)] = true
        }
        return used
    }

    private func usedDocuments(of rows: [Bool]) -> [Bool] {
        documents.map { $0.contains { rows[$0] } }
    }
}
