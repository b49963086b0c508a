import TandemBasics
import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTraining

/// The points of one experiment on the host.
struct LinePoints: Sendable {
    let x: [Float]
    let y: [Float]
    let split: DataSplit

    init(_ configuration: LineDataConfiguration) throws {
        var random = Philox(RandomStream(seed: 3, identifier: 0))
        let x = (0..<configuration.count).map { _ in 2 * random.nextUniform() - 1 }
        self.x = x
        y = x.map {
            Float(configuration.slope) * $0
                + Float(configuration.noise) * (2 * random.nextUniform() - 1)
        }
        split = try DataSplit(try SplitExamples(count: configuration.count), seed: 3)
    }

    init(_ points: LinePoints, _ split: DataSplit) {
        (x, y) = (points.x, points.y)
        self.split = split
    }

    /// Tensors `[n, 1]` of some points.
    func tensors(_ rows: some Collection<Int32>, on device: any Device) throws -> (Tensor, Tensor) {
        (
            try Tensor(rows.map { x[Int($0)] }, shape: [rows.count, 1], on: device),
            try Tensor(rows.map { y[Int($0)] }, shape: [rows.count, 1], on: device)
        )
    }
}

/// One linear unit, squared error.
final class LineRecipe: TrainingRecipe {
    let line = Linear(1, 1)
    let lossTerms = [LossTerm("squared")]
    let batchSize: Int
    let points: LinePoints
    private let device: any Device
    private let sampler: BatchSampler

    init(_ configuration: LineConfiguration, _ points: LinePoints, on device: any Device) throws {
        self.points = points
        self.device = device
        batchSize = configuration.training.batchSize
        sampler = try BatchSampler(
            exampleCount: points.split.training.count, batchSize: batchSize,
            seed: configuration.seed, remainder: .keep)
    }

    var model: any Module { line }
    var batchesPerEpoch: Int { sampler.batchesPerEpoch }

    func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> [Int32]? {
        let order = sampler.order(epoch: epoch)
        var next = batch
        return { [sampler, points] in
            guard next < sampler.batchesPerEpoch else { return nil }
            defer { next += 1 }
            return order[sampler.range(ofBatch: next)].map { points.split.training[Int($0)] }
        }
    }

    func loss(_ batch: [Int32], _ context: ForwardContext) throws -> BatchLoss {
        let (x, y) = try points.tensors(batch, on: device)
        return BatchLoss(
            [try Loss.meanSquaredError(try line(x, context), y)], examples: batch.count)
    }

    func evaluate() throws -> [Metric] {
        [Metric("validationLoss", try error(points.split.validation), higherIsBetter: false)]
    }

    /// The mean squared error over some points.
    func error(_ rows: [Int32]) throws -> Double {
        let (x, y) = try points.tensors(rows, on: device)
        return Double(try Loss.meanSquaredError(try line(x, .evaluation()), y).item())
    }
}
