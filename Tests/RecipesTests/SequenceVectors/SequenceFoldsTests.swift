import TandemDatasets
import TandemDevices
import Foundation
import TandemTestSupport
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Cross-validation by document.
@Suite(.exclusiveDevices) struct SequenceFoldsTests {
    @Test func everyDocumentIsTestedOnce() throws {
        try ChainFolder.withRandomWalks { folder in
            let data = try SequenceVectorsData(
                path: folder, SequenceVectorsConfiguration.small.data)
            let folds = try data.folds(5, seed: 3, SequenceVectorsConfiguration.small.data)
            #expect(folds.count == 5)
            #expect(
                folds.flatMap { $0.chains.documents(in: .test) }.sorted() == Array(0..<10))
            for fold in folds {
                #expect(fold.chains.documents(in: .test).count == 2)
                #expect(fold.chains.documents(in: .validation).count == 2)
                #expect(fold.chains.documents(in: .training).count == 6)
                #expect(fold.splitReport.isLeakFree)
                #expect(fold.training.count == 96)
                #expect(fold.test.count == 32)
            }
            #expect(Set(folds.compactMap { $0.identity }).count == 5)
            let same = try data.folds(5, seed: 3, SequenceVectorsConfiguration.small.data)
            #expect(same.map { $0.chains.parts } == folds.map { $0.chains.parts })
            let other = try data.folds(5, seed: 4, SequenceVectorsConfiguration.small.data)
            #expect(other.map { $0.chains.parts } != folds.map { $0.chains.parts })
        }
    }

    /// Variants, seeds and folds through the sweep, with figures of the model beside those of the moving average.
    @Test func aSweepIsTheCrossValidation() throws {
        try ChainFolder.withRandomWalks { folder in
            var sweep = SweepConfiguration<SequenceVectorsExperiment>()
            sweep.base = .small
            sweep.base.data.path = folder
            sweep.base.training.epochs = 2
            sweep.folds = 3
            sweep.repeats = 2
            var base = SweepVariantConfiguration<SequenceVectorsExperiment>()
            base.name = "base"
            var other = base
            (other.name, other.set) = ("delta", "prediction.kind=delta")
            sweep.variants = [base, other]
            let output = folder + "/sweep"
            let results = try #require(
                try SweepRunner<SequenceVectorsExperiment>(
                    sweep, data: try SequenceVectorsData(path: folder, sweep.base.data),
                    folder: try SweepFolder(creating: output, configuration: sweep), jobs: 2,
                    givenBaseline: nil, openDevice: { try CPUDevice(threads: 1) },
                    report: { _ in }
                ).run(isInterrupted: { false }))
            #expect(results.failures.map(\.error) == [])
            for result in results.results {
                #expect(result.seeds.map(\.fold) == [0, 1, 2, 0, 1, 2])
                #expect(result.seeds.map(\.seed) == [42, 42, 42, 43, 43, 43])
                let figures = result.figures
                let hit = try #require(figures["hit@5"]?.mean)
                let average = try #require(figures["average hit@5"]?.mean)
                let gain = try #require(figures["gain hit@5"]?.mean)
                #expect(abs(hit - average - gain) < 1e-12)
                let best = try #require(figures["untrained hit@5"]?.mean)
                #expect(best >= average)
                let loss = try #require(result.testLoss)
                #expect(abs(hit + loss - 1) < 1e-12)
            }
            // The same folds for all variants.
            let averages = results.results.map { $0.seeds.map { $0.figures?["average hit@5"] } }
            #expect(averages[0] == averages[1])
        }
    }

    @Test func tooFewDocumentsAreRefused() throws {
        try ChainFolder.withRandomWalks { folder in
            let configuration = SequenceVectorsConfiguration.small.data
            let data = try SequenceVectorsData(path: folder, configuration)
            #expect(throws: SplitProblem.self) { try data.folds(11, seed: 3, configuration) }
        }
    }
}
