import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors

@testable import TandemTraining

/// A small regression with dropout, for tests of the trainer: y = a b - 0.3 from inputs a, b.
final class CurveRecipe: TrainingRecipe {
    final class Network: Module {
        let first = Linear(2, 16, activation: .tanh)
        let dropout: Dropout
        let second = Linear(16, 1)

        init(dropout: Float) { self.dropout = Dropout(dropout) }

        var submodules: [(name: String, module: any Module)] {
            [("first", first), ("second", second)]
        }

        func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
            try second(dropout(first(x, context), context), context)
        }
    }

    let network: Network
    let device: any Device
    let lossTerms = [LossTerm("squared", weight: 1), LossTerm("absolute", weight: 0.5)]
    let inputs: [Float]
    let targets: [Float]
    let sampler: BatchSampler
    var dataIdentity: String?
    /// Called before every batch; lets a test interrupt or poison a run.
    var beforeBatch: (Int) -> Void = { _ in }
    /// Multiplies the inputs of every batch from this pass on, up to `lastPoisonedPass`.
    var poison: (pass: Int, factor: Float)?
    var lastPoisonedPass = Int.max
    /// Weights of the loss terms by epoch, in place of those that the terms have.
    var weightsOfEpoch: ((Int) -> [Float])?
    /// Number of examples that the second term is averaged over in every batch, in place of all.
    var secondTermExamples: Int?
    /// Whether evaluation gives the error a value.
    var errorIsKnown = true
    /// Whether evaluation gives the error twice, which is wrong.
    var measuresTwice = false
    private var pass = 0

    init(on device: any Device, count: Int = 70, batchSize: Int = 16, dropout: Float = 0.2) throws {
        self.device = device
        network = Network(dropout: dropout)
        var generator = TestDataGenerator(state: 7)
        inputs = (0..<count * 2).map { _ in generator.uniform() }
        var targets: [Float] = []
        for row in 0..<count { targets.append(inputs[2 * row] * inputs[2 * row + 1] - 0.3) }
        self.targets = targets
        sampler = try BatchSampler(exampleCount: count, batchSize: batchSize, seed: 5)
    }

    var model: any Module { network }

    func lossWeights(epoch: Int) -> [Float] { weightsOfEpoch?(epoch) ?? lossTerms.map(\.weight) }

    var batchSize: Int { sampler.batchSize }
    var batchesPerEpoch: Int { sampler.batchesPerEpoch }

    func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> [Int32]? {
        let order = sampler.order(epoch: epoch)
        var next = batch
        return { [self] in
            guard next < batchesPerEpoch else { return nil }
            beforeBatch(next)
            defer { next += 1 }
            return Array(order[sampler.range(ofBatch: next)])
        }
    }

    func loss(_ batch: [Int32], _ context: ForwardContext) throws -> BatchLoss {
        var x = try tensor(batch.flatMap { [inputs[2 * Int($0)], inputs[2 * Int($0) + 1]] }, 2)
        if let poison, pass >= poison.pass, pass <= lastPoisonedPass { x = try x * poison.factor }
        pass += 1
        let y = try tensor(batch.map { targets[Int($0)] }, 1)
        let output = try network(x, context)
        return BatchLoss(
            [try Loss.meanSquaredError(output, y), try Loss.l1(output, y)], examples: batch.count,
            termExamples: secondTermExamples.map { [batch.count, $0] })
    }

    func evaluate() throws -> [Metric] {
        let output = try network(try tensor(inputs, 2), .evaluation())
        let error = try Loss.meanSquaredError(output, try tensor(targets, 1)).item()
        let metric = Metric("error", errorIsKnown ? Double(error) : .nan, higherIsBetter: false)
        return measuresTwice ? [metric, metric] : [metric]
    }

    private func tensor(_ values: [Float], _ columns: Int) throws -> Tensor {
        try Tensor(values, shape: [values.count / columns, columns], on: device)
    }
}

/// A small linear congruential generator (Numerical Recipes' constants) for test data.
struct TestDataGenerator {
    var state: UInt32

    mutating func uniform() -> Float {
        state = state &* 1_664_525 &+ 1_013_904_223
        return Float(state >> 8) * 0x1p-23 - 1
    }
}
