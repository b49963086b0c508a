import TandemAllocationCounter
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemTraining

/// What a steady training step of a small network must not cost: heap memory and other threads.
@Suite("Cost of a step")
struct StepCostTests {
    /// Reads counters after two of the steps.
    private final class Counters: TrainingPolicy {
        let device: CPUDevice
        let steps: ClosedRange<Int>
        var allocations: [UInt64] = []
        var requests: [Int] = []
        var handOffs: [Int] = []
        private var step = 0

        init(_ device: CPUDevice, _ steps: ClosedRange<Int>) {
            self.device = device
            self.steps = steps
            allocations.reserveCapacity(2)
            requests.reserveCapacity(2)
            handOffs.reserveCapacity(2)
        }

        func didFinishStep(_ event: StepEvent, _ run: TrainingContext) {
            step += 1
            guard step == steps.lowerBound || step == steps.upperBound else { return }
            requests.append(device.poolStatistics.requests)
            handOffs.append(device.handOffs)
            allocations.append(tandem_allocation_count())
        }
    }

    private func train(
        on processor: CPUDevice, counting steps: ClosedRange<Int>,
        _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> Counters {
        var configuration = TrainingConfiguration()
        configuration.epochs = 1
        configuration.batchSize = 32
        configuration.clipNorm = 0
        configuration.logEverySteps = 10_000
        configuration.optimizer.kind = .adam
        change(&configuration)
        let recipe = try TableRecipe(
            on: processor, stages: true, count: 260 * 32 + 8, features: 39, hiddenSizes: [128, 64],
            batchSize: 32)
        let arena = try ParameterArena(recipe.model, device: processor, seed: 3)
        let counters = Counters(processor, steps)
        let trainer = try Trainer(
            recipe, arena: arena, configuration: configuration, seed: 3, adding: [counters],
            isInterrupted: { false })
        _ = try trainer.run()
        return counters
    }

    @Test("The counter sees allocations of Swift", .enabled(if: tandem_counts_allocations()))
    func counterCounts() {
        final class Object {}
        let before = tandem_allocation_count()
        let object = Object()
        #expect(tandem_allocation_count() > before)
        withExtendedLifetime(object) {}
    }

    @Test(
        "200 steps after the first allocate nothing", .enabled(if: tandem_counts_allocations()),
        arguments: [0, 0.5])
    func allocatesNothing(clipNorm: Double) throws {
        let counters = try train(on: CPUDevice(threads: 1), counting: 50...250) {
            $0.clipNorm = clipNorm
        }
        #expect(counters.allocations.count == 2)
        #expect(counters.allocations.first == counters.allocations.last)
        #expect(counters.requests.first == counters.requests.last)
    }

    @Test("Steps of a small network stay on their thread")
    func handsNothingOff() throws {
        let counters = try train(on: CPUDevice(threads: 2), counting: 1...250)
        #expect(counters.handOffs == [0, 0])
    }

    @Test("The counter of hand-offs sees large operations")
    func handOffsAreCounted() throws {
        let device = try CPUDevice(threads: 2)
        let large = try device.allocate(1 << 20)
        try device.fill(large.slice, value: 1)
        #expect(device.handOffs == 1)
    }
}
