public import TandemTraining

/// How well predictions find the true next vector among candidates.
public struct RetrievalReport: Sendable, Equatable, Codable {
    /// Number of queries.
    public let queries: Int
    /// Number of candidates.
    public let pool: Int
    /// Shares of the queries whose true target is among the first 1, 5, 10; NaN when the pool is smaller.
    public let hits: [Int: Double]
    /// Mean of `1 / rank`.
    public let meanReciprocalRank: Double
    /// Mean cosine of prediction and target.
    public let meanCosine: Double

    /// The values of k that are reported.
    public static let ks = [1, 5, 10]

    /// The share that guessing hits: `k / pool`.
    public func chance(_ k: Int) -> Double { k > pool ? .nan : Double(k) / Double(pool) }

    /// The standard error of a share of hits when the queries are independent: `sqrt(p (1 - p) / n)`.
    public func standardError(_ k: Int) -> Double {
        guard let share = hits[k] else { return .nan }
        return (share * (1 - share) / Double(max(1, queries))).squareRoot()
    }
}

/// The rank and the cosine of every query's true target, from which all figures are made.
public struct RetrievalScores: Sendable, Equatable {
    /// Number of candidates.
    public let pool: Int
    /// The document of every query.
    public let documents: [Int32]
    /// The ranks that count, filtered where the evaluation is.
    public private(set) var ranks: [Int32] = []
    /// The ranks among all candidates.
    public private(set) var rawRanks: [Int32] = []
    /// The cosine of prediction and true target.
    public private(set) var cosines: [Float] = []

    init(pool: Int, documents: [Int32]) {
        self.pool = pool
        self.documents = documents
    }

    mutating func append(ranks: [Int32], rawRanks: [Int32], cosines: [Float]) {
        self.ranks += ranks
        self.rawRanks += rawRanks
        self.cosines += cosines
    }

    /// The figures.
    public var report: RetrievalReport { report(ranks) }

    /// The figures with nothing left out.
    public var rawReport: RetrievalReport { report(rawRanks) }

    private func report(_ ranks: [Int32]) -> RetrievalReport {
        let count = Double(max(1, ranks.count))
        let shares = RetrievalReport.ks.map { k in
            (k, k > pool ? .nan : Double(ranks.count { $0 <= k }) / count)
        }
        return RetrievalReport(
            queries: ranks.count, pool: pool, hits: Dictionary(uniqueKeysWithValues: shares),
            meanReciprocalRank: ranks.reduce(0) { $0 + 1 / Double($1) } / count,
            meanCosine: cosines.reduce(0) { $0 + Double($1) } / count)
    }

    /// The standard error of the share of hits when documents, not queries, are independent.
    ///
    /// `sqrt(D / (D - 1) * sum_d (h_d - p n_d)^2) / n` with the hits h and the queries n of every document: windows of one document share
    /// most of their context, so queries by themselves count too much. (Cochran, "Sampling Techniques", 1977: ratio estimate.)
    /// NaN for fewer than two documents.
    public func clusteredError(_ k: Int) -> Double {
        let list = hitsByDocument(k)
        guard list.count > 1 else { return .nan }
        let share = Double(ranks.count { $0 <= k }) / Double(ranks.count)
        let squares = list.reduce(0) { sum, entry in
            let difference = Double(entry.hits) - share * Double(entry.queries)
            return sum + difference * difference
        }
        let factor = Double(list.count) / Double(list.count - 1)
        return (factor * squares).squareRoot() / Double(ranks.count)
    }

    /// How many more queries of every document than with `other` predictions have their true target among the first k: what
    /// `GainEstimate` makes an interval of, by a paired bootstrap over documents.
    ///
    /// Throws `RetrievalError.otherQueries` when the scores are not of the same queries among as many candidates.
    public func gain(over other: RetrievalScores, named name: String, k: Int = 5) throws
        -> GroupedGain
    {
        guard documents == other.documents, pool == other.pool else {
            throw RetrievalError.otherQueries(
                count: ranks.count, expected: other.ranks.count)
        }
        let (own, others) = (hitsByDocument(k), other.hitsByDocument(k))
        return GroupedGain(
            name: "hit@\(k) over \(name)", groups: own.map(\.document), counts: own.map(\.queries),
            sums: zip(own, others).map { Double($0.hits - $1.hits) })
    }

    /// How many queries of every document have their true target among the first k; documents by number.
    public func hitsByDocument(_ k: Int) -> [DocumentHits] {
        var counts: [Int32: (queries: Int, hits: Int)] = [:]
        for (document, rank) in zip(documents, ranks) {
            let before = counts[document] ?? (0, 0)
            counts[document] = (before.queries + 1, before.hits + (rank <= k ? 1 : 0))
        }
        return counts.keys.sorted().map { document in
            let count = counts[document] ?? (0, 0)
            return DocumentHits(
                document: Int(document), queries: count.queries, hits: count.hits)
        }
    }
}

/// How many queries of one document find their true target.
public struct DocumentHits: Codable, Sendable, Equatable {
    /// The number of the document.
    public let document: Int
    /// Its queries.
    public let queries: Int
    /// Those of them whose true target is among the first.
    public let hits: Int
}
