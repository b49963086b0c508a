import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors

@testable import TandemTraining

/// Regression on the rows of a table that lies on the device: linear layers with dropout, a sigmoid, squared error.
final class TableRecipe: TrainingRecipe {
    final class Network: Module {
        let hidden: [Linear]
        let output: Linear
        let dropout: Dropout

        init(inputs: Int, hiddenSizes: [Int], dropout: Float) {
            let sizes = [inputs] + hiddenSizes
            hidden = zip(sizes, hiddenSizes).map { Linear($0, $1, activation: .relu) }
            output = Linear(sizes[sizes.count - 1], 1, activation: .sigmoid)
            self.dropout = Dropout(dropout)
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

    let network: Network
    let lossTerms = [LossTerm("squared", weight: 1)]
    /// Whether the trainer may record steps.
    let stages: Bool
    /// Whether batches of every size are staged under the same key, which is wrong.
    private let stagesUnderOneKey: Bool
    /// Calls of `loss` so far.
    private(set) var lossCalls = 0

    private let features: Tensor
    private let targets: Tensor
    private let rows: IndexBuffer
    private let sampler: BatchSampler
    private var order: [Int32] = []

    init(
        on device: any Device, stages: Bool, count: Int = 70, features width: Int = 5,
        hiddenSizes: [Int] = [16, 8], dropout: Float = 0.2, batchSize: Int = 16,
        stagesUnderOneKey: Bool = false
    ) throws {
        self.stagesUnderOneKey = stagesUnderOneKey
        self.stages = stages
        network = Network(inputs: width, hiddenSizes: hiddenSizes, dropout: dropout)
        var generator = TestDataGenerator(state: 11)
        let values = (0..<count * width).map { _ in generator.uniform() }
        features = try Tensor(values, shape: [count, width], on: device)
        targets = try Tensor(
            (0..<count).map { abs(values[$0 * width] * values[$0 * width + 1]) },
            shape: [count, 1], on: device)
        rows = try IndexBuffer(capacity: batchSize, bound: count, on: device)
        sampler = try BatchSampler(
            exampleCount: count, batchSize: batchSize, seed: 5, remainder: .keep)
    }

    var model: any Module { network }
    var batchSize: Int { sampler.batchSize }
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
        return stages ? (stagesUnderOneKey ? 0 : batch.count) : nil
    }

    func loss(_ batch: Range<Int>, _ context: ForwardContext) throws -> BatchLoss {
        lossCalls += 1
        let chosen = try rows.tensor(count: batch.count)
        let output = try network(try features.gather(chosen), context)
        let loss = try Loss.meanSquaredError(output, try targets.gather(chosen))
        return BatchLoss([loss], examples: batch.count)
    }

    func evaluate() throws -> [Metric] {
        let output = try network(features, .evaluation())
        let error = try Loss.meanSquaredError(output, targets).item()
        return [Metric("error", Double(error), higherIsBetter: false)]
    }
}
