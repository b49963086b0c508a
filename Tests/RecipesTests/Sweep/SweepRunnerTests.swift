import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemInterchange
import Synchronization
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Sweeps over a small table, from the first variant to the results file.
@Suite struct SweepRunnerTests {
    @Test func everyVariantIsTrainedAndExported() throws {
        try SmallSweep.with { sweep in
            let results = try #require(try sweep.run())
            #expect(results.results.map(\.variant.name) == ["base", "slow", "wide", "batch"])
            #expect(results.failures.isEmpty)
            #expect(results.environment.device == "cpu")
            #expect(results.environment.data.count == 60)
            #expect(results.environment.data.split == [42, 9, 9])
            #expect(results.environment.finishedAt != nil)
            // 4 inputs, 4 or 9 hidden units.
            #expect(results.results.map(\.parameterCount) == [25, 25, 55, 25])
            #expect(results.baseline?.source == .measured)
            for result in results.results {
                let path = try #require(result.modelPath)
                #expect(path == "\(sweep.folder)/sweep/model_\(result.variant.name).onnx")
                let metadata = try ONNXModel.read(path).metadata
                #expect(metadata["val_loss"].flatMap(Double.init) == result.validationLoss)
                #expect(metadata["test_loss"].flatMap(Double.init) == result.testLoss)
                #expect(try WholeFile.read(path).count == result.modelBytes)
                #expect(result.curves?.validation.count == result.best?.epochsRun)
                #expect(result.curves?.validation.min() == result.validationLoss)
            }
            #expect(try sweep.file() == results.text() + "\n")
            let best = try #require(results.best)
            #expect(best.validationLoss == results.results.compactMap(\.validationLoss).min())
        }
    }

    /// One job, and three on two variants each.
    @Test func resultsDoNotDependOnTheNumberOfJobs() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.repeats = 2
            configuration.combine = true
            let one = try #require(try sweep.run(configuration, jobs: 1, into: "one"))
            let three = try #require(try sweep.run(configuration, jobs: 3, into: "three"))
            #expect(three.results.map(SmallSweep.figures) == one.results.map(SmallSweep.figures))
            #expect(one.results.map(\.variant.name).last == "combined")
            for name in ["base", "combined"] {
                let models = try ["one", "three"].map {
                    try ONNXModel.read("\(sweep.folder)/\($0)/model_\(name).onnx")
                }
                var other = models[1]
                other.metadata = models[0].metadata
                #expect(other == models[0])
                #expect(models[1].metadata["seed"] == models[0].metadata["seed"])
            }
        }
    }

    /// Three seeds, each as a sweep of its own would train it; the model is the best one's.
    @Test func repeatsDifferInTheirSeeds() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.only = ["base"]
            configuration.repeats = 3
            let result = try #require(try sweep.run(configuration, into: "three")?.results.first)
            #expect(result.seeds.map(\.seed) == [42, 43, 44])
            let losses = result.seeds.map(\.validationLoss)
            #expect(Set(losses).count == 3)
            let mean = losses.reduce(0, +) / 3
            let squares = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            #expect((try #require(result.validationLoss) - mean).magnitude < 1e-15)
            #expect(
                (try #require(result.validationDeviation) - (squares / 2).squareRoot()).magnitude
                    < 1e-15)
            configuration.repeats = 1
            // The sweep's own split, whatever the variant's seed.
            configuration.variants[0].set = "seed=44"
            let third = try #require(try sweep.run(configuration, into: "one")?.results.first)
            #expect(third.seeds.first?.validationLoss == losses[2])
            let best = try #require(result.best)
            let metadata = try ONNXModel.read("\(sweep.folder)/three/model_base.onnx").metadata
            #expect(metadata["seed"] == "\(best.seed)")
            #expect(metadata["val_loss"].flatMap(Double.init) == best.validationLoss)
        }
    }

    // MARK: - Failures

    @Test func aVariantThatDivergesDoesNotStopTheOthers() throws {
        try SmallSweep.with(TabularTables.prices(rows: 60)) { sweep in
            var configuration = sweep.configuration
            configuration.variants[1].set = "training.optimizer.learningRate=1e30"
            configuration.combine = true
            let results = try #require(try sweep.run(configuration))
            #expect(results.results.count == 5)
            let failed = results.results[1]
            #expect(!failed.isSuccess)
            #expect(try #require(failed.error).contains("epoch 1, step"))
            #expect(failed.validationLoss == nil)
            #expect(failed.modelPath == nil)
            #expect(results.failures.count == 1)
            #expect(results.best != nil)
            let json = try sweep.json()
            guard case .array(let variants)? = json["variants"] else { return }
            #expect(variants[1]["success"] == .bool(false))
            #expect(variants[1]["test_loss"] == .null)
            #expect(json["summary"]?["failed"] == .integer(1))
            #expect(json["summary"]?["successful"] == .integer(4))
        }
    }

    @Test func allVariantsCanFail() throws {
        try SmallSweep.with(TabularTables.prices(rows: 60)) { sweep in
            var configuration = sweep.configuration
            configuration.base.training.optimizer.learningRate = 1e30
            configuration.variants = [configuration.variants[0], configuration.variants[2]]
            configuration.combine = true
            let results = try #require(try sweep.run(configuration))
            #expect(results.results.map(\.isSuccess) == [false, false])
            #expect(results.best == nil)
            #expect(try sweep.json()["summary"]?["best_variant"] == .null)
        }
    }

    @Test func variantsThatTakeTooLongAreGivenUp() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.timeout = 1e-6
            let results = try #require(try sweep.run(configuration))
            #expect(results.failures.count == 4)
            #expect(results.failures.allSatisfy { $0.error == "timed out after 1e-06 s" })
            #expect(results.environment.finishedAt != nil)
        }
    }

    /// The second of three seeds takes too long: the first one's model does not stay, the third is not trained.
    @Test func oneFailedSeedFailsTheVariant() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.only = ["base"]
            configuration.repeats = 3
            configuration.timeout = 1
            let model = sweep.folder + "/sweep/model_base.onnx"
            let steps = Mutex(0)
            let results = try #require(
                try sweep.run(
                    configuration, jobs: 1,
                    isInterrupted: {
                        guard FileManager.default.fileExists(atPath: model) else { return false }
                        steps.withLock { $0 += 1 }
                        if steps.withLock({ $0 }) == 4 { Thread.sleep(forTimeInterval: 1) }
                        return false
                    }))
            #expect(results.results.map(\.isSuccess) == [false])
            #expect(results.results[0].seeds.isEmpty)
            #expect(results.results[0].error == "timed out after 1.0 s")
            let names = try FileManager.default.contentsOfDirectory(atPath: sweep.folder + "/sweep")
            #expect(names.filter { $0.contains("model_") } == [])
            // With the model gone nobody counts any more; a third seed would have left its own.
            #expect((4...6).contains(steps.withLock { $0 }))
        }
    }

    // MARK: - Files that cannot be written

    @Test func resultsThatCannotBeWrittenEndTheSweep() throws {
        try SmallSweep.with { sweep in
            let reported = Mutex<[String]>([])
            #expect(throws: FileError.self) {
                try sweep.run(
                    jobs: 1,
                    report: { event in
                        guard case .finished(let result, _, _, _) = event else { return }
                        reported.withLock { $0.append(result.variant.name) }
                        try? FileManager.default.removeItem(atPath: sweep.folder + "/sweep")
                    })
            }
            // The one before the folder went, and the one whose results could not be written.
            #expect(reported.withLock { $0.count } == 2)
        }
    }

    // MARK: - Baselines from elsewhere

    @Test func aNamedFileIsTheBaseline() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.only = ["base", "slow"]
            configuration.publishedBaseline = PublishedBaseline.defaults
            configuration.publishedBaseline?.testLoss = 0.5
            configuration.publishedBaseline?.validationLoss = 0.5
            let own = try #require(try sweep.run(configuration, into: "own"))
            #expect(own.baseline?.source == .measured)
            for name in ["model_slow.onnx", "model_slow.meta.json"] {
                let file = try SweepBaseline(file: "\(sweep.folder)/own/\(name)")
                #expect(file.testLoss == own.results[1].testLoss)
                #expect(file.validationLoss == own.results[1].validationLoss)
                let results = try #require(
                    try sweep.run(configuration, into: name, givenBaseline: file))
                #expect(results.baseline == file)
                #expect(results.improvement(results.results[1]) == 0)
                #expect(try sweep.json(name)["baseline"]?["source"] == .string("file"))
            }
            configuration.only = ["slow"]
            let published = try #require(try sweep.run(configuration, into: "published"))
            #expect(published.baseline?.source == .published)
            #expect(published.baseline?.testLoss == 0.5)
        }
    }

    @Test func aSweepWithoutVariantsIsRefused() throws {
        try SmallSweep.with { sweep in
            var configuration = sweep.configuration
            configuration.only = ["combined"]
            configuration.combine = true
            #expect(throws: SweepError.noVariants) { try sweep.run(configuration) }
        }
    }
}
