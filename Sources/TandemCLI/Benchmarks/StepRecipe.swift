import Datasets
import Devices
import Networks
import Tensors
import Training

/// Regression of random targets on random rows of a table on the device: what the step benchmark trains.
final class StepRecipe: TrainingRecipe {
    /// Linear layers with ReLU and dropout, then one sigmoid unit.
    private final class Network: Module {
        private let hidden: [Linear]
        private let output: Linear
        private let dropout = Dropout(0.2)

        init(_ size: StepBenchmark.Size) {
            let inputs = [size.features] + size.hidden
            hidden = zip(inputs, size.hidden).map { Linear($0, $1, activation: .relu) }
            output = Linear(inputs[inputs.count - 1], 1, activation: .sigmoid)
        }

        var submodules: [(name: String, module: any Module)] {
            hidden.enumerated().map { ("hidden.\($0)", $1) } + [("output", output)]
        }

        func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
            var x = x
            for layer in hidden { x = try dropout(layer(x, context), context) }
            return try output(x, context)
        }
    }

    private let network: Network
    private let sampler: BatchSampler
    private let features: Tensor
    private let targets: Tensor
    private let rows: IndexBuffer
    private var order: [Int32] = []

    let lossTerms = [LossTerm("squared", weight: 1)]

    init(_ size: StepBenchmark.Size, stepsPerEpoch: Int, on device: any Device) throws {
        network = Network(size)
        let count = stepsPerEpoch * size.batch
        sampler = try BatchSampler(exampleCount: count, batchSize: size.batch, seed: 1)
        features = try Tensor(uninitialized: [count, size.features], on: device)
        targets = try Tensor(uninitialized: [count, 1], on: device)
        for (call, tensor) in [features, targets].enumerated() {
            try device.randomUniform(
                tensor.slice, stream: PassStream(seed: 1, call: call).stream(pass: 0))
        }
        rows = try IndexBuffer(capacity: size.batch, bound: count, on: device)
    }

    var model: any Module { network }
    var batchesPerEpoch: Int { sampler.batchesPerEpoch }

    func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Range<Int>? {
        order = sampler.order(epoch: epoch)
        var next = batch
        return { [sampler] in
            guard next < sampler.batchesPerEpoch else { return nil }
            defer { next += 1 }
            return sampler.range(ofBatch: next)
        }
    }

    func stage(_ batch: Range<Int>) throws -> Int? {
        try rows.replace(with: order[batch])
        return batch.count
    }

    func loss(_ batch: Range<Int>, _ context: ForwardContext) throws -> BatchLoss {
        let chosen = try rows.tensor(count: batch.count)
        let output = try network(try features.gather(chosen), context)
        let loss = try Loss.meanSquaredError(output, try targets.gather(chosen))
        return BatchLoss([loss], examples: batch.count)
    }

    func evaluate() throws -> [Metric] { [] }
}
