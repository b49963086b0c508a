public import TandemDatasets
import TandemDevices
public import TandemTensors

/// A prediction that no network makes, to stand beside every model's.
public struct RetrievalBaseline {
    /// Name in tables.
    public let name: String
    /// Predictions of unit length `[B, d]` for time-major contexts `[C, B, d]`.
    public let predict: (Tensor) throws -> Tensor

    /// A prediction with a name.
    public init(name: String, predict: @escaping (Tensor) throws -> Tensor) {
        self.name = name
        self.predict = predict
    }

    /// The untrained averages of the context, then those predictions that know the `training` windows of `table`: the moving
    /// average less half the mean of all training targets, that mean by itself, and ridge regression.
    public static func all(table: Tensor, training: ChainWindows) throws -> [RetrievalBaseline] {
        let windows = TrainingWindows(table: table, windows: training)
        let mean = try windows.meanTarget()
        let average = ContextAverage.movingAverage(0.6)
        let less = RetrievalBaseline(name: "\(average.name) - mean / 2") { context in
            try (try average.predict(context) - mean * 0.5).l2Normalized()
        }
        let constant = RetrievalBaseline(name: "mean of training targets") { context in
            let rows = context.shape[at: 1]
            return try Tensor.ones([rows, 1], on: context.device).matmul(mean).l2Normalized()
        }
        let ridge = try ContextRidge(windows, regularization: 30)
        return ContextAverage.baselines.map { average in
            RetrievalBaseline(name: average.name, predict: average.predict)
        } + [less, constant, RetrievalBaseline(name: "ridge regression", predict: ridge.predict)]
    }
}

/// Windows whose vectors are gathered in batches.
struct TrainingWindows {
    let table: Tensor
    let windows: ChainWindows

    /// Windows gathered at once.
    private static let batch = 1024
    /// Windows that are looked at; more would change no digit.
    private static let most = 1 << 16

    /// Calls `body` with contexts `[C, B, d]` and targets `[B, d]` of all windows, of very many with evenly spread ones.
    func forEachBatch(_ body: (_ contexts: Tensor, _ targets: Tensor) throws -> Void) throws {
        let step = max(1, (windows.count + Self.most - 1) / Self.most)
        let chosen = stride(from: 0, to: windows.count, by: step).map { windows.firstRows[$0] }
        for range in ScoreBlocks.ranges(chosen.count, size: Self.batch) {
            let first = chosen[range]
            let length = Int32(windows.contextLength)
            let rows = (0..<length).flatMap { step in first.map { $0 + step } }
            try body(
                try table.gather(
                    try IndexTensor(
                        rows, shape: [windows.contextLength, first.count], on: table.device)),
                try table.gather(
                    try IndexTensor(
                        first.map { $0 + length }, shape: [first.count], on: table.device)))
        }
    }

    /// The mean of all targets, `[1, d]`.
    func meanTarget() throws -> Tensor {
        var sum: Tensor?
        var count = 0
        try forEachBatch { _, targets in
            let part = try targets.sumOverFirstAxis()
            sum = try sum.map { try $0 + part } ?? part
            count += targets.shape[at: 0]
        }
        guard let sum else { throw SequenceVectorsError.noTrainingWindows }
        return try (sum * (1 / Float(count))).reshaped([1, -1])
    }
}

/// Ridge regression of the next vector on `[c, x_(C-1), mean of the last 4, mean of the last 16, 1]`, in closed form:
/// `W = (FᵀF + lambda I)⁻¹ FᵀT` with the features F and the targets T of the training windows.
public struct ContextRidge {
    /// W, `[4 d + 1, d]`.
    private let weights: Tensor

    /// Fits the regression to `training` windows of `table`; the strength of the penalty lies above 0.
    public init(table: Tensor, training: ChainWindows, regularization: Double) throws {
        try self.init(
            TrainingWindows(table: table, windows: training), regularization: regularization)
    }

    init(_ windows: TrainingWindows, regularization: Double) throws {
        var sums: (gram: Tensor, cross: Tensor)?
        try windows.forEachBatch { contexts, targets in
            let features = try Self.features(contexts)
            let part = (
                gram: try features.matmul(features, transposeLeft: true),
                cross: try features.matmul(targets, transposeLeft: true)
            )
            sums = try sums.map { (try $0.gram + part.gram, try $0.cross + part.cross) } ?? part
        }
        guard let sums else { throw SequenceVectorsError.noTrainingWindows }
        let (size, width) = (sums.cross.shape[at: 0], sums.cross.shape[at: 1])
        var gram = try sums.gram.values().map { Double($0) }
        for place in 0..<size { gram[place * size + place] += regularization }
        let factor = try CholeskyFactor(HostMatrix(gram, rows: size, columns: size))
        let solution = factor.solve(HostMatrix(try sums.cross.values(), columns: width))
        weights = try Tensor(
            solution.values.map { Float($0) }, shape: [size, width], on: sums.cross.device)
    }

    /// Predictions of unit length `[B, d]` for time-major contexts `[C, B, d]`.
    public func predict(_ context: Tensor) throws -> Tensor {
        try Self.features(context).matmul(weights).l2Normalized()
    }

    /// `[B, 4 d + 1]`.
    private static func features(_ context: Tensor) throws -> Tensor {
        let length = context.shape[at: 0]
        return try Tensor.concatenate(
            [
                try context.select(axis: 0, length - 1),
                try context.select(axis: 0, max(length - 2, 0)),
                try ContextAverage.mean(of: 4).average(context),
                try ContextAverage.mean(of: 16).average(context),
                try Tensor.ones([context.shape[at: 1], 1], on: context.device),
            ], axis: 1)
    }
}
