import TandemBasics
import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemTraining

/// Times training steps of a small network, by the trainer itself: rows gathered on the device, forward, backward, Adam.
struct StepBenchmark {
    /// The sizes of the network and of a batch.
    struct Size {
        let features: Int
        let hidden: [Int]
        let batch: Int

        /// Features, hidden sizes and the output joined by `x`, then the batch: `39x128x64x1-b32`.
        var description: String {
            ([features] + hidden + [1]).map(String.init).joined(separator: "x") + "-b\(batch)"
        }

        /// Floating-point operations of one step: the products alone; the rows of the table need no gradient.
        var operations: Double {
            let inputs = [features] + hidden
            let products = zip(inputs, hidden + [1]).map { Double($0 * $1) }
            return Double(batch) * (6 * products.reduce(0, +) - 2 * products[0])
        }
    }

    let device: any Device
    let stopwatch: Stopwatch
    /// Steps that are timed together, so that neither the clock nor waiting for the device at the end counts.
    private let stepsPerRun = 200

    /// The row of one size.
    func row(_ size: Size) throws -> BenchReport.Row {
        var configuration = TabularConfiguration()
        configuration.model.hidden = size.hidden
        configuration.training.batchSize = size.batch
        configuration.training.epochs = 1_000_000
        configuration.training.logEverySteps = stepsPerRun
        configuration.training.earlyStopping = nil
        let experiment = try TabularExperiment(
            configuration, data: try data(size, configuration), device: device)
        let times = RunTimes(stopwatch)
        let run = try TrainingRun(
            experiment, adding: [times], isInterrupted: { times.areEnough })
        _ = try run.train()
        let seconds = times.sorted.map { $0 / Double(stepsPerRun) }
        return BenchReport.Row(
            size.description, on: device, times: seconds, operations: size.operations)
    }

    /// Random rows: as many to train on as the steps of an epoch take, and one each to validate and test.
    ///
    /// There is something to learn, as in real data: a network trained on noise loses most of its units, and zeros are quick.
    private func data(_ size: Size, _ configuration: TabularConfiguration) throws -> TabularData {
        let count = stepsPerRun * size.batch
        var random = Philox(RandomStream(seed: 1, identifier: 0))
        var features: [Float] = []
        var targets: [Float] = []
        for _ in 0..<count + 2 {
            let row = (0..<size.features).map { _ in random.nextUniform() }
            let signal = row.reduce(0, +) / Float(size.features)
            features += row
            targets.append(0.8 * signal + 0.2 * random.nextUniform())
        }
        let table = NumericTable(
            featureNames: (0..<size.features).map { "feature_\($0)" }, targetName: "target",
            features: features, targets: targets)
        let split = DataSplit(
            training: (0..<count).map(Int32.init), validation: [Int32(count)],
            test: [Int32(count + 1)])
        return try TabularData(configuration, table: table, split: split, source: "random rows")
    }
}

/// Collects the trainer's own times of its epochs, after two to warm up, until there are enough.
final class RunTimes: TrainingPolicy {
    private let wanted: Stopwatch
    private var seconds: [Double] = []
    private var warmUps = 0

    init(_ wanted: Stopwatch) {
        self.wanted = wanted
    }

    var sorted: [Double] { seconds.sorted() }

    private(set) var areEnough = false

    func didFinishEpoch(_ record: EpochRecord, _ run: TrainingContext) {
        guard warmUps == 2 else {
            warmUps += 1
            return
        }
        seconds.append(record.trainingSeconds)
        areEnough = seconds.count >= wanted.runs && seconds.reduce(0, +) >= wanted.seconds
    }
}
