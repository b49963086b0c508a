import TandemDatasets
import TandemDevices
import Foundation
import TandemRecipes
import TandemTensors
import TandemTestSupport
import Testing

/// The untrained predictions on the news vectors: figures that were measured with another implementation.
@Suite struct NewsVectorsTests {
    private static let folder = DataLocation.resolve("news-vectors")
    private static let isPresent = FileManager.default.fileExists(atPath: folder + "/vectors.npy")

    /// Hit@1/5/10 over the sparse and the dense pool, and the mean cosine over the latter.
    private static let figures: [(String, sparse: [Double], dense: [Double], cosine: Double?)] = [
        ("copy the last vector", [27.0, 56.8, 64.9], [11.1, 27.7, 36.7], 0.331),
        ("mean of the last 2", [30.8, 63.6, 73.0], [11.9, 31.0, 41.3], 0.381),
        ("mean of the last 4", [30.1, 64.1, 78.5], [10.8, 30.0, 42.3], 0.417),
        ("mean of the last 8", [13.4, 59.1, 77.0], [7.6, 25.7, 36.7], 0.433),
        ("mean of all", [9.6, 51.8, 72.0], [4.9, 17.5, 29.1], 0.433),
        ("moving average 0.6", [29.8, 67.4, 78.8], [11.9, 32.6, 44.4], nil),
        ("moving average 0.8", [25.3, 65.7, 79.8], [9.5, 28.7, 41.3], 0.452),
        ("moving average 0.6 - mean / 2", [30.6, 68.7, 79.6], [12.1, 33.1, 44.9], nil),
        ("mean of training targets", [0.3, 1.3, 2.5], [0.0, 0.2, 0.3], 0.216),
        ("ridge regression", [26.0, 58.8, 71.5], [7.7, 22.5, 33.5], 0.437),
    ]

    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func baselines() throws {
        let device = try CPUDevice()
        let chains = try DocumentChains.load(folder: Self.folder, splitSeed: 0)
        let table = try Tensor(
            chains.vectors.values, shape: [chains.vectors.count, chains.vectors.dimension],
            on: device)
        let windows = try chains.windows(in: .test, contextLength: 16)
        let sparse = try chains.windows(in: .test, contextLength: 16, stride: 8)
        #expect(windows.count == 3_029)
        #expect(sparse.count == 396)
        let dense = RetrievalEvaluation(table: table, windows: windows, isFiltered: true)
        let easy = RetrievalEvaluation(table: table, windows: sparse, isFiltered: false)
        let baselines = try RetrievalBaseline.all(
            table: table, training: try chains.windows(in: .training, contextLength: 16))
        #expect(baselines.map(\.name) == Self.figures.map(\.0))
        // One window, and the rounding of the figures.
        func compare(_ report: RetrievalReport, _ expected: [Double], _ name: String) {
            let window = 100 / Double(report.queries) + 0.06
            for (k, percent) in zip(RetrievalReport.ks, expected) {
                let hits = 100 * (report.hits[k] ?? .nan)
                #expect(abs(hits - percent) <= window, "\(name), \(k): \(hits)")
            }
        }
        for (baseline, expected) in zip(baselines, Self.figures) {
            let report = try dense.report(baseline.predict)
            compare(report, expected.dense, baseline.name)
            compare(try easy.report(baseline.predict), expected.sparse, baseline.name)
            if let cosine = expected.cosine {
                #expect(abs(report.meanCosine - cosine) <= 1e-3, "\(baseline.name)")
            }
        }
        let average = ContextAverage.movingAverage(0.6)
        let every = RetrievalEvaluation(
            table: table, windows: windows, isFiltered: true, otherRows: 0..<chains.vectors.count)
        compare(try every.report(average.predict), [9.0, 23.4, 31.3], "all rows")
        let raw = try dense.scores(ContextAverage.mean(of: 1).predict).rawReport
        compare(raw, [0.2, 20.5], "raw")
    }
}
