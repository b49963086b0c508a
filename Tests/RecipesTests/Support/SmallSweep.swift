import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemRecipes

@testable import TandemTraining

/// A sweep of four variants over a table of 60 rows; 3 epochs of 3 steps each.
struct SmallSweep {
    /// Holds the table and the folders of sweeps.
    let folder: String
    let configuration: SweepConfiguration<TabularExperiment>

    /// Calls `body` with a sweep whose folder is removed afterwards.
    static func with<Result>(
        _ table: NumericTable = TabularTables.means(rows: 60), _ body: (SmallSweep) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            var configuration = SweepConfiguration<TabularExperiment>()
            configuration.base = .small(try table.write(into: folder))
            configuration.base.model.hidden = [4]
            configuration.base.training.epochs = 3
            configuration.variants = [
                ("base", nil), ("slow", "training.optimizer.learningRate=0.001"),
                ("wide", "model.hidden=[9]"), ("batch", "training.batchSize=8"),
            ].map { name, set in
                var variant = SweepVariantConfiguration<TabularExperiment>()
                variant.name = name
                variant.description = "Text of \(name)"
                variant.set = set
                return variant
            }
            return try body(SmallSweep(folder: folder, configuration: configuration))
        }
    }

    /// Runs a sweep in a new folder.
    func run(
        _ other: SweepConfiguration<TabularExperiment>? = nil, jobs: Int = 2,
        into name: String = "sweep",
        givenBaseline: SweepBaseline? = nil,
        openDevice: @escaping @Sendable () throws -> any Device = { try CPUDevice(threads: 1) },
        report: @escaping @Sendable (SweepRunner<TabularExperiment>.Event) -> Void = { _ in },
        isInterrupted: @escaping @Sendable () -> Bool = { false }
    ) throws -> SweepResults<TabularExperiment>? {
        let configuration = other ?? configuration
        return try SweepRunner<TabularExperiment>(
            configuration, data: try TabularData(configuration.base),
            folder: try SweepFolder(creating: "\(folder)/\(name)", configuration: configuration),
            jobs: jobs, givenBaseline: givenBaseline, openDevice: openDevice, report: report
        ).run(isInterrupted: isInterrupted)
    }

    /// Goes on with the sweep in a folder.
    func resume(
        _ other: SweepConfiguration<TabularExperiment>? = nil, into name: String = "sweep",
        report: @escaping @Sendable (SweepRunner<TabularExperiment>.Event) -> Void = { _ in }
    ) throws -> SweepResults<TabularExperiment>? {
        let configuration = other ?? configuration
        return try SweepRunner<TabularExperiment>(
            configuration, data: try TabularData(configuration.base),
            folder: try SweepFolder(opening: "\(folder)/\(name)"), jobs: 2, givenBaseline: nil,
            openDevice: { try CPUDevice(threads: 1) }, report: report
        ).run(isInterrupted: { false })
    }

    /// The text of the results file.
    func file(_ name: String = "sweep") throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)/optimization_results.json", encoding: .utf8)
    }

    /// The results file.
    func json(_ name: String = "sweep") throws -> JSONValue {
        try JSONValue.parse(Array(try file(name).utf8))
    }

    /// A result without times and paths.
    static func figures(_ result: SweepResult<TabularExperiment>) -> SweepResult<TabularExperiment>
    {
        var result = result
        result.modelPath = nil
        // The size depends on the number of digits in the metadata's moment.
        result.modelBytes = nil
        for index in result.seeds.indices {
            (result.seeds[index].stepSeconds, result.seeds[index].seconds) = (0, 0)
        }
        return result
    }
}
