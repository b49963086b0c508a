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

    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func baselines() throws {
        let device = try CPUDevice()
        let chains = try DocumentChains.load(folder: Self.folder, splitSeed: 0)
        let windows = try chains.windows(in: .test, contextLength: 16)
        #expect(windows.count == 3_029)
        let evaluation = RetrievalEvaluation(
            table: try Tensor(
                chains.vectors.values,
                shape: [chains.vectors.count, chains.vectors.dimension], on: device),
            windows: windows, isFiltered: true)
        let expected: [(ContextAverage, percent: Double, cosine: Double)] = [
            (.mean(of: 1), 27.7, 0.331), (.mean(of: 4), 30.0, 0.417),
            (.movingAverage(0.6), 32.6, 0.43),
        ]
        for (average, percent, cosine) in expected {
            let report = try evaluation.report(average.predict)
            let hits = 100 * (report.hits[5] ?? .nan)
            #expect(abs(hits - percent) <= 0.1, "\(average.name): \(hits)")
            #expect(abs(report.meanCosine - cosine) <= 0.006, "\(average.name)")
        }
    }
}
