import TandemBasics

/// The list of conditions by which the original work decided whether a model may go on, with what it is worth.
///
/// Every line stands beside the pool that it was measured on and whether the predictions without training pass it too: a line that
/// copying the last vector passes says nothing about a model.
struct GoNoGo {
    /// One condition.
    struct Line: Codable, Equatable {
        /// What is asked for.
        let condition: String
        /// What was found.
        let value: String
        /// Whether that is enough.
        let passes: Bool
        /// The untrained predictions that pass as well; `nil` where the condition is about the data.
        let baselines: [String]?
    }

    /// The conditions.
    let lines: [Line]
    /// Number of candidates of the hit rates.
    let pool: Int

    /// The list for a model, by its row, and those of the untrained predictions on the same pools.
    ///
    /// The hit rates are those of the sparse pool, the original's kind. Hits and cosines of the leaks cannot be other than
    /// none: training refuses to start with one.
    init(model: RetrievalRow, baselines: [RetrievalRow]) {
        func line(
            _ condition: String, atLeast least: Double, _ text: (Double) -> String,
            _ value: (RetrievalRow) -> Double
        ) -> Line {
            Line(
                condition: condition, value: text(value(model)), passes: value(model) >= least,
                baselines: baselines.filter { value($0) >= least }.map(\.name))
        }
        func cosine(_ value: Double) -> String { NumberText.fixed(value, 3) }
        let copy = baselines.first { $0.name == ContextAverage.copyName }
        let coherence = copy?.dense.meanCosine ?? .nan
        let windows = model.sparse.queries
        lines =
            [
                Line(
                    condition: "no document in two parts", value: "0", passes: true,
                    baselines: nil),
                Line(
                    condition: "neighbours' mean cosine 0.78", value: cosine(coherence),
                    passes: coherence >= 0.78, baselines: nil),
                Line(
                    condition: "1,000 windows", value: NumberText.grouped(windows),
                    passes: windows >= 1000, baselines: nil),
                line("mean cosine 0.60", atLeast: 0.6, cosine) { $0.sparse.meanCosine },
            ]
            + [(1, 0.30), (5, 0.55), (10, 0.70)].map { k, least in
                line(
                    "hit@\(k) \(NumberText.percent(least))", atLeast: least, NumberText.percent
                ) { $0.sparse.hits[k] ?? .nan }
            }
        pool = model.sparse.pool
    }

    /// The list for people.
    var text: [String] {
        var table = TextTable(["go / no-go", "found", "", "untrained predictions that pass"])
        for line in lines {
            let others = line.baselines.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
            table.append([line.condition, line.value, line.passes ? "pass" : "fail", others ?? ""])
        }
        return table.lines + [
            "The original's list; hit rates and cosine over its kind of pool, "
                + "\(NumberText.grouped(pool)) candidates at stride C / 2. What an untrained "
                + "prediction passes says nothing about a model."
        ]
    }
}
