import TandemAllocationCounter
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// Same seed, same bits, interrupted or not; other devices, the same curve; steps that ask for no memory.
@Suite(.exclusiveDevices) struct DialogueReproducibilityTests {
    typealias Trace = DialogueCase.Trace

    /// Everything that draws random numbers, and batches of two sizes.
    private func configuration(accumulation: Int = 1) -> DialogueConfiguration {
        var core = DialogueModelTests.Core("").configuration
        core.updateProbability = 0.7
        return DialogueCase.configuration(core) {
            ($0.data.noise, $0.data.leading, $0.data.mixing) = (0.5, 1, 0.2)
            ($0.data.balancedSources, $0.data.curriculumEpochs) = (true, 2)
            ($0.loss.infoNCE, $0.loss.triplet) = (0.1, 0.1)
            $0.training.accumulation = accumulation
            $0.training.optimizer.learningRate = 5e-3
        }
    }

    /// 36 training pairs: four batches of 8 and one of 4.
    private func data() throws -> DialogueData {
        try DialogueCase.data(56, heldOut: 20, source: { $0 % 3 == 0 ? "a" : "b" })
    }

    private func trace(
        _ configuration: DialogueConfiguration, _ data: DialogueData, on device: any Device
    ) throws -> Trace {
        let experiment = try configuration.experiment(data, on: device)
        let trainer = try experiment.makeTrainer(run: nil, isInterrupted: { false })
        #expect(try trainer.run() == .finished(.finishedEpochs))
        return try Trace(experiment, trainer.state)
    }

    @Test(arguments: TestDevices.all)
    func sameSeedGivesTheSameBits(_ target: TestDevice) throws {
        let data = try data()
        let configuration = configuration()
        let first = try trace(configuration, data, on: target.device)
        #expect(first.history.map(\.step) == [5, 10])
        #expect(try trace(configuration, data, on: target.device) == first)
        var other = configuration
        other.seed += 1
        let second = try trace(other, data, on: target.device)
        #expect(second.weights != first.weights)
        #expect(second.history.map(\.loss) != first.history.map(\.loss))
    }

    /// The losses of every epoch, first and last, follow those of one thread.
    @Test(arguments: TestDevices.all)
    func devicesAgree(_ target: TestDevice) throws {
        let data = try data()
        for configuration in [configuration(), DialogueCase.configuration()] {
            let expected = try trace(configuration, data, on: CPUDevice(threads: 1)).history
            let found = try trace(configuration, data, on: target.device).history
            #expect(found.count == 2)
            for (a, b) in zip(found, expected) {
                #expect((a.loss - b.loss).magnitude <= 1e-4 * b.loss, "epoch \(b.epoch)")
                for name in ["validationLoss", "cosine"] {
                    let (one, other) = (a.metrics[name] ?? .nan, b.metrics[name] ?? .nan)
                    #expect((one - other).magnitude <= 1e-4 * other, "\(name), epoch \(b.epoch)")
                }
            }
        }
    }

    /// The default core, an epoch of it: sums over hundreds of terms agree too.
    @Test func devicesAgreeOnTheDefaultCore() throws {
        let data = try DialogueCase.data(96, dimension: 384, heldOut: 16)
        var losses: [Double] = []
        for target in GiftGolden.devices {
            let configuration = DialogueCase.configuration(
                DialogueModelConfiguration(.blocked), epochs: 1, batchSize: 16
            ) { $0.loss.infoNCE = 0.1 }
            let found = try trace(configuration, data, on: target.device).history
            losses.append(try #require(found.first).loss)
        }
        #expect(losses.count == GiftGolden.devices.count)
        for loss in losses { #expect((loss - losses[0]).magnitude <= 1e-4 * losses[0]) }
    }

    /// Interrupted after a step of the first epoch, at its end, and inside the second, with and without accumulation.
    @Test(arguments: [(1, 1), (2, 1), (3, 1), (5, 1), (7, 1), (1, 2), (2, 2), (4, 2)])
    func interruptedAndResumedEqualsUninterrupted(_ stop: Int, _ accumulation: Int) throws {
        let folder = try TemporaryFolder()
        let configuration = configuration(accumulation: accumulation)
        let data = try data()
        let device = try CPUDevice(threads: 1)
        let whole = try trace(configuration, data, on: device)

        let run = try RunDirectory(creating: folder.path + "/run", configuration: "{}")
        var steps = 0
        let first = try configuration.experiment(data, on: device)
        let interrupted = try first.makeTrainer(run: run) {
            steps += 1
            return steps >= stop
        }
        #expect(try interrupted.run() == .interrupted)
        #expect(interrupted.state.step == stop)

        let second = try configuration.experiment(data, on: device)
        let resumed = try second.makeTrainer(run: run, isInterrupted: { false })
        try resumed.resume(run)
        #expect(resumed.state.step == stop)
        #expect(try resumed.run() == .finished(.finishedEpochs))
        #expect(try Trace(second, resumed.state) == whole)
    }

    @Test func aRunGoesOnWithItsOwnDataAlone() throws {
        let folder = try TemporaryFolder()
        let device = try CPUDevice(threads: 1)
        let run = try RunDirectory(creating: folder.path + "/run", configuration: "{}")
        let trainer = try configuration().experiment(data(), on: device).makeTrainer(
            run: run, isInterrupted: { true })
        #expect(try trainer.run() == .interrupted)
        let other = try DialogueCase.data(56, heldOut: 22, source: { $0 % 3 == 0 ? "a" : "b" })
        let changed = try configuration().experiment(other, on: device).makeTrainer(
            run: run, isInterrupted: { false })
        #expect(throws: TrainingError.changedData(checkpoint: run.lastCheckpoint)) {
            try changed.resume(run)
        }
    }

    /// Reads counters of memory after two of the steps.
    private final class Counters: TrainingPolicy {
        let steps: ClosedRange<Int>
        var heap: [UInt64] = []
        var requests: [Int] = []
        var driver: [Int] = []
        private var step = 0

        init(_ steps: ClosedRange<Int>) {
            self.steps = steps
            heap.reserveCapacity(2)
            requests.reserveCapacity(2)
            driver.reserveCapacity(2)
        }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) {
            step += 1
            guard step == steps.lowerBound || step == steps.upperBound else { return }
            requests.append(run.device.poolStatistics.requests)
            driver.append(run.device.poolStatistics.driverAllocations)
            heap.append(tandem_allocation_count())
        }
    }

    /// After the first batches of each size a step asks neither the pool nor the driver for memory.
    @Test(arguments: GiftGolden.devices, [true, false])
    func stepsNeedNoDeviceMemory(_ target: TestDevice, _ isVaried: Bool) throws {
        let counters = Counters(5...54)
        // 55 batches of 8.
        let data = try DialogueCase.data(440)
        var configuration = isVaried ? configuration() : DialogueCase.configuration()
        configuration.training.epochs = 1
        configuration.training.logEverySteps = 10_000
        let experiment = try configuration.experiment(data, on: target.device)
        _ = try experiment.makeTrainer(
            run: nil, adding: [counters], isInterrupted: { false }
        ).run()
        #expect(counters.driver.count == 2)
        #expect(counters.driver.first == counters.driver.last)
        // OpenCL's operations ask the pool for what they need in between.
        if target.device is CPUDevice {
            #expect(counters.requests.first == counters.requests.last)
        }
    }

    /// Steps without terms that compare pairs need no heap either.
    @Test(.enabled(if: tandem_counts_allocations()))
    func stepsNeedNoHeap() throws {
        let counters = Counters(5...54)
        var configuration = DialogueCase.configuration(epochs: 1)
        configuration.training.logEverySteps = 10_000
        let experiment = try configuration.experiment(
            DialogueCase.data(440), on: CPUDevice(threads: 1))
        _ = try experiment.makeTrainer(
            run: nil, adding: [counters], isInterrupted: { false }
        ).run()
        #expect(counters.heap.count == 2)
        #expect(counters.heap.first == counters.heap.last)
    }
}
