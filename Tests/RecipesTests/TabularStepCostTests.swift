import TandemAllocationCounter
import TandemDatasets
import TandemDevices
import TandemRecipes
import Testing
import TandemTraining

/// The baseline of the calling score trains without heap memory once it is under way.
@Suite("Cost of a step of the calling score")
struct TabularStepCostTests {
    private final class Counter: TrainingPolicy {
        var counts: [UInt64] = []
        private var step = 0

        init() {
            counts.reserveCapacity(2)
        }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) {
            step += 1
            if step == 10 || step == 200 { counts.append(tandem_allocation_count()) }
        }
    }

    @Test(
        "190 steps allocate nothing", .enabled(if: tandem_counts_allocations()),
        arguments: [TabularConfiguration.Task.regression, .classification])
    func allocatesNothing(_ task: TabularConfiguration.Task) throws {
        var configuration = TabularConfiguration()
        configuration.task = task
        configuration.training.epochs = 1
        let data = try TabularData(configuration)
        let experiment = try TabularExperiment(
            configuration, data: data, device: try CPUDevice(threads: 1))
        let counter = Counter()
        _ = try experiment.makeTrainer(
            run: nil, adding: [counter], isInterrupted: { false }
        ).run()
        #expect(data.training.count == 7_000)
        #expect(counter.counts.count == 2)
        #expect(counter.counts.first == counter.counts.last)
    }
}
