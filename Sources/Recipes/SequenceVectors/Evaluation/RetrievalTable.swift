import TandemBasics

/// The test figures of a model beside the untrained averages, as a table and as JSON.
struct RetrievalTable {
    let rows: [RetrievalRow]

    /// Hit@1/5/10 in percent over the dense and the sparse pool.
    var table: TextTable {
        var table = TextTable([
            "prediction", "hit@1", "hit@5", "hit@10", "mean cosine", "sparse hit@1", "hit@5",
            "hit@10",
        ])
        for row in rows {
            table.append(
                [row.name] + hits(row.dense) + [NumberText.fixed(row.dense.meanCosine, 3)]
                    + hits(row.sparse))
        }
        return table
    }

    /// What the figures were measured on.
    var note: String {
        guard let row = rows.first else { return "" }
        let chance = 100 * 5 / Double(max(1, row.dense.pool))
        return "Test documents, percent. Dense: \(NumberText.grouped(row.dense.queries)) windows, "
            + "as many candidates less the query's own context; chance hit@5 "
            + "\(NumberText.fixed(chance, 2)). "
            + "Sparse: \(NumberText.grouped(row.sparse.queries)) windows."
    }

    private func hits(_ report: RetrievalReport) -> [String] {
        RetrievalReport.ks.map { NumberText.fixed(100 * (report.hits[$0] ?? .nan), 1) }
    }
}

/// One line of the table of test figures.
public struct RetrievalRow: Sendable, Equatable, Codable {
    /// The model or the untrained average.
    public let name: String
    /// All windows of the test documents, candidates of the query's own context left out.
    public let dense: RetrievalReport
    /// Windows at stride C / 2, nothing left out.
    public let sparse: RetrievalReport
}
