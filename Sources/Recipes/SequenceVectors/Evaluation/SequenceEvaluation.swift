import TandemBasics
import TandemDatasets
import TandemTensors
import TandemTraining

import FoundationEssentials

/// Everything that is measured at the end of a run, for `evaluation.json`.
struct SequenceEvaluation: Codable {
    /// C.
    let contextLength: Int
    /// Test windows whose true target has an exact duplicate among the candidates.
    let duplicateTargets: Int
    /// The model, then the predictions without one.
    let predictions: [Prediction]
    /// The original's list of conditions.
    let goNoGo: [GoNoGo.Line]

    /// The figures of one prediction.
    struct Prediction: Codable {
        let name: String
        /// All windows of the test documents, candidates of the query's own context left out.
        let dense: RetrievalReport
        /// The same with nothing left out.
        let denseRaw: RetrievalReport
        /// Windows at stride C / 2, nothing left out.
        let sparse: RetrievalReport
        /// Against all rows of the table but the query's own context; for the model, the copy and the yardstick.
        let allRows: RetrievalReport?
        /// Standard errors of the dense hits between documents, for k = 1, 5, 10.
        let standardErrors: [Int: Double]
        /// What the dense Hit@5 gains over the yardstick.
        let gain: GainEstimate?
        /// Dense hits among the first five by document.
        let documents: [DocumentHits]
    }

    /// Writes the file; figures that are no numbers, such as Hit@10 among 5 candidates, are written as words.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        try AtomicFile.write(
            String(decoding: try encoder.encode(self), as: UTF8.self) + "\n", to: path)
    }
}

/// Measures predictions of the test windows.
struct SequenceMeasurement {
    let table: Tensor
    let data: SequenceVectorsData

    /// The figures of `model` and of every baseline.
    func rows(_ model: @escaping (Tensor) throws -> Tensor) throws -> [RetrievalRow] {
        try measured(model).map(\.row)
    }

    /// All that is measured, against all rows of the table too.
    func evaluation(_ model: @escaping (Tensor) throws -> Tensor) throws -> (
        rows: [RetrievalRow], evaluation: SequenceEvaluation
    ) {
        let measured = try measured(model)
        let rows = measured.map(\.row)
        let every = RetrievalEvaluation(
            table: table, windows: data.test, isFiltered: true,
            otherRows: 0..<data.chains.vectors.count)
        let hardest = [RetrievalRow.model, ContextAverage.copyName, RetrievalRow.yardstick]
        let yardstick = measured.first { $0.row.name == RetrievalRow.yardstick }
        let predictions = try measured.map { entry in
            let name = entry.row.name
            return SequenceEvaluation.Prediction(
                name: name, dense: entry.row.dense, denseRaw: entry.dense.rawReport,
                sparse: entry.row.sparse,
                allRows: hardest.contains(name) ? try every.report(entry.predict) : nil,
                standardErrors: Dictionary(
                    uniqueKeysWithValues: RetrievalReport.ks.map {
                        ($0, entry.dense.clusteredError($0))
                    }),
                gain: try yardstick.flatMap { GainEstimate([try gain(of: entry, over: $0)]) },
                documents: entry.dense.hitsByDocument(5))
        }
        return (
            rows,
            SequenceEvaluation(
                contextLength: data.test.contextLength,
                duplicateTargets: try dense.duplicateTargets(), predictions: predictions,
                goNoGo: GoNoGo(model: rows[0], baselines: Array(rows.dropFirst())).lines)
        )
    }

    private struct Measured {
        var row: RetrievalRow
        let dense: RetrievalScores
        let predict: (Tensor) throws -> Tensor
    }

    private func gain(of entry: Measured, over yardstick: Measured) throws -> GroupedGain {
        try entry.dense.gain(over: yardstick.dense, named: yardstick.row.name)
    }

    private var dense: RetrievalEvaluation {
        RetrievalEvaluation(table: table, windows: data.test, isFiltered: true)
    }

    private func measured(_ model: @escaping (Tensor) throws -> Tensor) throws -> [Measured] {
        let sparse = RetrievalEvaluation(
            table: table, windows: data.sparseTest, isFiltered: false)
        let predictions =
            [RetrievalBaseline(name: RetrievalRow.model, predict: model)]
            + (try RetrievalBaseline.all(table: table, training: data.training))
        var measured = try predictions.map { prediction in
            let scores = try dense.scores(prediction.predict)
            return Measured(
                row: RetrievalRow(
                    name: prediction.name, dense: scores,
                    sparse: try sparse.scores(prediction.predict)),
                dense: scores, predict: prediction.predict)
        }
        if let yardstick = measured.first(where: { $0.row.name == RetrievalRow.yardstick }) {
            measured[0].row.gain = try gain(of: measured[0], over: yardstick)
        }
        return measured
    }
}
