public import TandemTensors

/// A prediction without training: a weighted average of the context, brought to unit length.
public struct ContextAverage: Sendable {
    /// Name in tables.
    public let name: String
    /// Weight by age, age 0 being the last vector; ages beyond the list have weight 0.
    private let weightOfAge: @Sendable (Int) -> Float

    /// The name of copying the last vector.
    static let copyName = "copy the last vector"

    /// The predictions that every trained model is compared with.
    public static let baselines: [ContextAverage] = [
        mean(of: 1, named: copyName), mean(of: 2), mean(of: 4), mean(of: 8),
        mean(of: .max, named: "mean of all"), movingAverage(0.6), movingAverage(0.8),
    ]

    /// Those that a model's curve is drawn beside: the copy, and the best without any training.
    static let references = [baselines[0], movingAverage(0.6)]

    /// The mean of the last `count` vectors.
    public static func mean(of count: Int, named name: String? = nil) -> ContextAverage {
        ContextAverage(name: name ?? "mean of the last \(count)") { $0 < count ? 1 : 0 }
    }

    /// The exponential moving average: weight `factor^age`.
    public static func movingAverage(_ factor: Float) -> ContextAverage {
        ContextAverage(name: "moving average \(factor)") { age in
            (0..<age).reduce(1) { weight, _ in weight * factor }
        }
    }

    /// Predictions of unit length `[B, d]` for contexts `[C, B, d]`.
    public func predict(_ context: Tensor) throws -> Tensor {
        try average(context).l2Normalized()
    }

    /// The averages themselves.
    func average(_ context: Tensor) throws -> Tensor {
        let (steps, batch, features) = (
            context.shape[at: 0], context.shape[at: 1], context.shape[at: 2]
        )
        let weights = (0..<steps).map { weightOfAge(steps - 1 - $0) }
        let total = weights.reduce(0, +)
        return try Tensor(weights.map { $0 / total }, shape: [1, steps], on: context.device)
            .matmul(try context.reshaped([steps, batch * features])).reshaped([batch, features])
    }
}
