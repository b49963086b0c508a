import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite(.exclusiveDevices) struct SequenceLossTests {
    /// The values of the loss terms for the first batch of an epoch, without dropout, by name.
    private func terms(
        _ configuration: SequenceVectorsConfiguration, _ folder: String, on device: any Device
    ) throws -> (values: [String: Double], rows: Int) {
        let experiment = try configuration.experiment(folder, on: device)
        let next = try experiment.recipe.batches(epoch: 0, startingAt: 0)
        let batch = try #require(try next())
        let loss = try experiment.recipe.loss(batch, .evaluation())
        #expect(loss.examples == batch.count)
        let values = try loss.values.map { Double(try $0.item()) }
        return (
            Dictionary(uniqueKeysWithValues: zip(experiment.recipe.lossTerms.map(\.name), values)),
            batch.count
        )
    }

    private var allTerms: SequenceVectorsConfiguration {
        var configuration = SequenceVectorsConfiguration.small
        configuration.loss.meanSquaredError = 1
        configuration.loss.cosine = 0.5
        configuration.loss.infoNCE = 0.25
        configuration.loss.maskOwnContext = false
        return configuration
    }

    @Test(arguments: TestDevices.all)
    func squaredErrorOfUnitRowsIsTwiceTheCosineLossByDimension(_ target: TestDevice) throws {
        try ChainFolder.withRandomWalks { folder in
            let (values, _) = try terms(allTerms, folder, on: target.device)
            let cosine = try #require(values["cosine"])
            let squared = try #require(values["meanSquaredError"])
            #expect(cosine > 0.01)
            #expect(abs(squared - 2 * cosine / 12) <= 1e-5 * squared)
        }
    }

    @Test(arguments: TestDevices.all)
    func contrastOfIdenticalRowsIsTheLogarithmOfTheirNumber(_ target: TestDevice) throws {
        let row: [Float] = [1, 2, -1, 0.5]
        let values = [[Float]](repeating: row, count: 60).flatMap { $0 }
        try ChainFolder.with(
            values, dimension: 4, lengths: [40, 10, 10], parts: [.training, .validation, .test]
        ) { folder in
            let (values, rows) = try terms(allTerms, folder, on: target.device)
            let contrast = try #require(values["infoNCE"])
            #expect(rows == 16)
            #expect(abs(contrast - log(16)) <= 1e-5 * contrast)
        }
    }

    @Test func termsWithoutWeightAreNotComputed() throws {
        try ChainFolder.withRandomWalks { folder in
            let experiment = try SequenceVectorsConfiguration.small.experiment(
                folder, on: TestDevices.makePlain())
            #expect(experiment.recipe.lossTerms.map(\.name) == ["infoNCE"])
            let all = try allTerms.experiment(folder, on: TestDevices.makePlain())
            #expect(all.recipe.lossTerms.map(\.name) == ["meanSquaredError", "cosine", "infoNCE"])
            #expect(all.recipe.lossTerms.map(\.weight) == [1, 0.5, 0.25])
        }
    }

    /// Against the definition, over windows in any order and from several documents.
    @Test func maskSilencesTargetsInTheOwnContext() throws {
        try ChainFolder.withRandomWalks { folder in
            let experiment = try SequenceVectorsConfiguration.small.experiment(
                folder, on: TestDevices.makePlain())
            let windows = experiment.data.training
            let builder = try WindowBatchBuilder(
                vectors: experiment.data.chains.vectors, windows: windows)
            let examples: [Int32] = [3, 0, 2, 90, 5, 16, 17, 4, 1, 15, 95, 7]
            let batch = try builder.makeBatch(capacity: examples.count)
            try builder.fill(batch, with: examples[...])
            let mask = OwnContextMask.values(of: batch)
            var silenced = 0
            for (i, example) in examples.enumerated() {
                for (j, other) in examples.enumerated() {
                    let isOwn = windows.contextRows(of: Int(example)).contains(
                        windows.targetRow(of: Int(other)))
                    #expect(mask[i * examples.count + j] == (isOwn ? -1e4 : 0), "\(i), \(j)")
                    silenced += isOwn ? 1 : 0
                }
            }
            #expect(silenced > 0)
        }
    }

    @Test func maskLowersTheLoss() throws {
        try ChainFolder.withRandomWalks { folder in
            let device = TestDevices.makePlain()
            var masked = allTerms
            masked.loss.maskOwnContext = true
            // One batch of all 96 windows, so that targets in the own context are among the negatives.
            masked.training.batchSize = 96
            var plain = masked
            plain.loss.maskOwnContext = false
            let lower = try #require(try terms(masked, folder, on: device).values["infoNCE"])
            let higher = try #require(try terms(plain, folder, on: device).values["infoNCE"])
            #expect(lower < higher)
        }
    }
}
