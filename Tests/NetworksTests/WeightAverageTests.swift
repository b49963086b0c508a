import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// The moving average of weights.
@Suite(.exclusiveDevices) struct WeightAverageTests {
    private final class Model: Module {
        let parameters: [(name: String, parameter: Parameter)] = [
            ("weight", Parameter([7, 5], .constant(0))), ("bias", Parameter([13], .constant(0))),
        ]
    }

    private func load(_ golden: Golden, step: Int, _ arena: ParameterArena) throws {
        for entry in arena.entries {
            let all = try golden.values("weights.\(entry.name)")
            try arena.device.upload(
                Array(all[step * entry.count..<(step + 1) * entry.count]),
                to: try entry.parameter.value.slice)
        }
    }

    @Test(arguments: TestDevices.all)
    func tenUpdatesArePyTorchs(_ target: TestDevice) throws {
        let golden = try Golden("weight-average")
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        let average = try WeightAverage(arena, decay: 0.8)
        for step in 0..<10 {
            try load(golden, step: step, arena)
            try average.update()
            let trained = try arena.namedValues().map(\.values)
            try average.withAverages {
                for entry in arena.entries {
                    let all = try golden.values("averages.\(entry.name)")
                    let wanted = Array(all[step * entry.count..<(step + 1) * entry.count])
                    expectClose(
                        try entry.parameter.value.values(), wanted, .forward, "\(entry.name)")
                }
            }
            #expect(try arena.namedValues().map(\.values) == trained)
        }
        #expect(average.updateCount == 10)
    }

    @Test(arguments: TestDevices.all)
    func whatACheckpointKeepsContinuesTheAverage(_ target: TestDevice) throws {
        let golden = try Golden("weight-average")
        let arena = try ParameterArena(Model(), device: target.device, seed: 0)
        let whole = try WeightAverage(arena, decay: 0.8)
        var other = try WeightAverage(arena, decay: 0.8)
        for step in 0..<4 {
            try load(golden, step: step, arena)
            if step == 2 {
                let resumed = try WeightAverage(arena, decay: 0.8)
                let kept = try target.device.download(other.state[0].slice)
                try target.device.upload(kept, to: resumed.state[0].slice)
                resumed.updateCount = other.updateCount
                other = resumed
            }
            try whole.update()
            try other.update()
        }
        #expect(
            try target.device.download(whole.state[0].slice)
                == target.device.download(other.state[0].slice))
    }

    /// While the averages stand in the model they cannot be trained by mistake; an error puts the weights back.
    @Test func averagesInTheModelAreNotTrained() throws {
        struct Stop: Error {}
        let arena = try ParameterArena(Model(), device: TestDevices.makePlain(), seed: 0)
        let optimizer = try SGD(arena, groups: [ParameterGroup(learningRate: 1)])
        let average = try WeightAverage(arena, decay: 0.8)
        try average.update()
        try average.swap()
        #expect(throws: NetworkError.self) { try average.update() }
        #expect(throws: NetworkError.self) { try optimizer.step(factor: 1, gradientScale: nil) }
        try average.swap()
        #expect(throws: Stop.self) { try average.withAverages { throw Stop() } }
        #expect(!average.isInModel)
        try optimizer.step(factor: 1, gradientScale: nil)
        for wrong in [-0.1, 1, .nan] {
            #expect(throws: NetworkError.self) { try WeightAverage(arena, decay: wrong) }
        }
    }
}
