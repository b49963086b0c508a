import Foundation
import TandemConfiguration
import TandemDevices
import TandemNetworks
import TandemTraining
import Testing

/// A system of one's own gets the machinery of the library's: runs, resuming, sweeps.
@Suite("Experiments of one's own")
struct ExperimentTests {
    private let options = RunOptions(device: "cpu", threads: 1)

    @Test("A run leaves configuration, checkpoints, history, summary and report")
    func run() throws {
        try withTemporaryFolder { folder in
            let experiment = try LineExperiment(LineConfiguration(), options)
            let run = try TrainingRun(experiment, creating: folder + "/run") { false }
            let result = try #require(try run.train())
            #expect(result.test.testLoss < 0.02 && result.lastEpoch == 5)
            #expect(result.validation["validationLoss"] != nil)
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/run")
            #expect(
                names.sorted() == [
                    "best.safetensors", "config.json", "history.jsonl", "last.safetensors",
                    "report.html", "summary.json",
                ])
            let opened = try LineExperiment(
                opening: try RunDirectory(opening: folder + "/run"), options)
            #expect(try opened.measure() == result.test)
        }
    }

    @Test("A run that was interrupted goes on to the same figures")
    func resume() throws {
        try withTemporaryFolder { folder in
            let expected = try #require(
                try TrainingRun(try LineExperiment(LineConfiguration(), options)) { false }
                    .train())
            try interruptedRun(folder + "/parts")
            let directory = try RunDirectory(opening: folder + "/parts")
            let configuration = try LineExperiment.configuration(resuming: directory)
            let second = try TrainingRun(
                try LineExperiment(configuration, options), resuming: directory
            ) { false }
            #expect(try #require(try second.train()).test == expected.test)
        }
    }

    private func interruptedRun(_ path: String) throws {
        var asked = 0
        let run = try TrainingRun(
            try LineExperiment(LineConfiguration(), options), creating: path
        ) {
            asked += 1
            return asked > 7
        }
        #expect(try run.train() == nil)
    }

    @Test("Other data cannot be brought into a run by an override")
    func changedSettings() throws {
        try withTemporaryFolder { folder in
            try interruptedRun(folder + "/run")
            let directory = try RunDirectory(opening: folder + "/run")
            #expect(throws: TrainingError.self) {
                try LineExperiment.configuration(
                    resuming: directory, overrides: [try ConfigurationOverride("data.slope=2")])
            }
            let longer = try LineExperiment.configuration(
                resuming: directory, overrides: [try ConfigurationOverride("training.epochs=9")])
            #expect(longer.training.epochs == 9)
        }
    }

    private func sweep(_ folder: String, folds: Int, jobs: Int) throws
        -> SweepResults<LineExperiment>?
    {
        var configuration = SweepConfiguration<LineExperiment>()
        configuration.repeats = 2
        configuration.folds = folds
        configuration.variants = [
            ("base", nil), ("slow", "training.optimizer.learningRate=0.001"),
            ("short", "training.epochs=1"),
        ].map { name, set in
            var variant = SweepVariantConfiguration<LineExperiment>()
            (variant.name, variant.description, variant.set) = (name, name, set)
            return variant
        }
        return try SweepRunner(
            configuration, data: try LineExperiment.prepare(configuration.base),
            folder: try SweepFolder(creating: folder, configuration: configuration), jobs: jobs,
            givenBaseline: nil, openDevice: { try CPUDevice(threads: 1) }, report: { _ in }
        ).run { false }
    }

    @Test("A sweep trains every variant with every seed on every fold", arguments: [0, 3])
    func sweeps(folds: Int) throws {
        try withTemporaryFolder { folder in
            let results = try #require(try sweep(folder + "/two", folds: folds, jobs: 2))
            #expect(results.results.map(\.variant.name) == ["base", "slow", "short"])
            for result in results.results {
                #expect(result.seeds.count == 2 * max(1, folds))
                #expect(Set(result.seeds.map(\.fold)).count == max(1, folds))
                // Every repetition has folds of its own, all variants the same.
                let points = result.seeds.compactMap { $0.figures?["test points"] }
                #expect(Set(points).count == (folds == 0 ? 1 : 2 * folds))
                #expect(
                    points == results.results[0].seeds.compactMap { $0.figures?["test points"] })
            }
            let (base, slow) = (results.results[0], results.results[1])
            let comparison = try #require(slow.comparison(with: base))
            #expect(comparison.pairs == 2 * max(1, folds) && comparison.meanDifference > 0)
            if folds > 0 { #expect(try #require(comparison.standardErrors) > 2) }
            #expect(results.best?.variant.name == "base")
            // The files of the sweep, and its results as values that can be kept.
            let coded = try JSONDecoder().decode(
                SweepResults<LineExperiment>.self, from: try JSONEncoder().encode(results))
            #expect(coded.ranking.map(\.variant.name) == results.ranking.map(\.variant.name))
            #expect(FileManager.default.fileExists(atPath: folder + "/two/model_base.safetensors"))
            let alone = try #require(try sweep(folder + "/one", folds: folds, jobs: 1))
            #expect(
                alone.results.map { $0.seeds.map(\.validationLoss) }
                    == results.results.map { $0.seeds.map(\.validationLoss) })
        }
    }

    @Test("A variant that ends without a validation loss has failed, and is not ranked")
    func withoutValidationLoss() throws {
        try withTemporaryFolder { folder in
            var configuration = SweepConfiguration<LineExperiment>()
            configuration.base.training.earlyStopping = nil
            configuration.base.training.clipNorm = 0
            configuration.base.training.evaluateEveryEpochs = 5
            configuration.base.training.health.divergence = 3
            configuration.base.training.health.stops = true
            configuration.variants = [
                ("far", "training.optimizer.learningRate=1.2"), ("base", nil),
            ].map { name, set in
                var variant = SweepVariantConfiguration<LineExperiment>()
                (variant.name, variant.set) = (name, set)
                return variant
            }
            let results = try #require(
                try SweepRunner(
                    configuration, data: try LineExperiment.prepare(configuration.base),
                    folder: try SweepFolder(
                        creating: folder + "/sweep", configuration: configuration), jobs: 1,
                    givenBaseline: nil, openDevice: { try CPUDevice(threads: 1) },
                    report: { _ in }
                ).run { false })
            #expect(results.ranking.map(\.variant.name) == ["base"])
            #expect(results.failures.first?.error?.contains("validation loss") == true)
        }
    }
}
