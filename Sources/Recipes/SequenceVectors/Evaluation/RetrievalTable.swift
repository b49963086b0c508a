import TandemBasics
public import TandemTraining

/// The test figures of a model beside the predictions without a network, as a table and as JSON.
struct RetrievalTable {
    let rows: [RetrievalRow]

    /// Hit@1/5/10 in percent over the dense and the sparse pool, the first with its standard error.
    var table: TextTable {
        var table = TextTable([
            "prediction", "hit@1", "hit@5", "+-", "hit@10", "mrr", "mean cosine",
            "sparse hit@1", "hit@5", "hit@10",
        ])
        for row in rows { table.append(cells(row.name, row.dense, row.sparse)) }
        if let row = rows.first {
            table.append(
                ["chance"]
                    + RetrievalReport.ks.flatMap { k in
                        [percent(row.dense.chance(k))] + (k == 5 ? [""] : [])
                    } + ["", ""] + RetrievalReport.ks.map { percent(row.sparse.chance($0)) })
        }
        return table
    }

    /// What the figures were measured on, and how far the model is from the average of the context.
    var notes: [String] {
        guard let row = rows.first else { return [] }
        let windows = NumberText.grouped(row.dense.queries)
        var notes = [
            "Test documents, percent. Dense: \(windows) windows, as many candidates less the "
                + "query's own context; +- is the standard error between documents. "
                + "Sparse: \(NumberText.grouped(row.sparse.queries)) windows, nothing left out."
        ]
        if let estimate = row.gain.flatMap({ GainEstimate([$0]) }),
            let interval = estimate.interval
        {
            notes.append(
                "Gain in \(estimate.name): \(signed(estimate.mean)) points, 95 % interval "
                    + "\(signed(interval.lowerBound)) to \(signed(interval.upperBound)) "
                    + "(\(estimate.groups) documents, paired bootstrap)")
        }
        return notes
    }

    private func cells(_ name: String, _ dense: RetrievalReport, _ sparse: RetrievalReport)
        -> [String]
    {
        let error = rows.first { $0.name == name }?.standardError ?? dense.standardError(5)
        return [name, percent(dense.hits[1]), percent(dense.hits[5]), percent(error)]
            + [percent(dense.hits[10]), percent(dense.meanReciprocalRank)]
            + [NumberText.fixed(dense.meanCosine, 3)]
            + RetrievalReport.ks.map { percent(sparse.hits[$0]) }
    }

    private func percent(_ share: Double?) -> String { NumberText.fixed(100 * (share ?? .nan), 1) }

    private func signed(_ share: Double) -> String {
        let text = NumberText.fixed(100 * share, 2)
        return text.hasPrefix("-") ? text : "+" + text
    }
}

/// One line of the table of test figures.
public struct RetrievalRow: Sendable, Equatable, Codable {
    /// The model or the prediction without one.
    public let name: String
    /// All windows of the test documents, candidates of the query's own context left out.
    public let dense: RetrievalReport
    /// Windows at stride C / 2, nothing left out.
    public let sparse: RetrievalReport
    /// The standard error of the dense Hit@5 between documents, whose windows share most of their context.
    public var standardError: Double?
    /// What the dense Hit@5 gains over the yardstick, by document; known for a model.
    public var gain: GroupedGain?

    /// The name of a model's row.
    public static let model = "model"
    /// The prediction that a model is compared with.
    public static let yardstick = ContextAverage.movingAverage(0.6).name

    init(
        name: String, dense: RetrievalReport, sparse: RetrievalReport,
        standardError: Double? = nil, gain: GroupedGain? = nil
    ) {
        self.name = name
        self.dense = dense
        self.sparse = sparse
        self.standardError = standardError
        self.gain = gain
    }

    /// A line from the scores over both pools.
    init(name: String, dense: RetrievalScores, sparse: RetrievalScores) {
        self.init(
            name: name, dense: dense.report, sparse: sparse.report,
            standardError: dense.clusteredError(5))
    }
}
