public import TandemBasics
public import TandemDevices

/// How the values of a parameter start; drawn on the host, so they are the same on every device.
public enum Initializer: Sendable, Hashable {
    /// Every element the same.
    case constant(Float)
    /// Uniform in `[-bound, bound)`.
    case uniform(bound: Float)
    /// Normal with mean 0.
    case normal(deviation: Float)
    /// Values given in row-major order.
    case values([Float])

    /// PyTorch's default for linear and recurrent layers: uniform within `1 / sqrt(fan)`.
    public static func inverseSquareRoot(of fan: Int) -> Initializer {
        .uniform(bound: 1 / Float(max(fan, 1)).squareRoot())
    }

    /// The first `count` values from `stream`.
    public func makeValues(_ count: Int, stream: RandomStream) -> [Float] {
        var generator = Philox(stream)
        switch self {
        case .constant(let value):
            return [Float](repeating: value, count: count)
        case .uniform(let bound):
            return (0..<count).map { _ in (2 * generator.nextUniform() - 1) * bound }
        case .normal(let deviation):
            var values: [Float] = []
            values.reserveCapacity(count + 1)
            while values.count < count {
                let pair = generator.nextNormalPair()
                values.append(Float(pair.0) * deviation)
                values.append(Float(pair.1) * deviation)
            }
            return Array(values.prefix(count))
        case .values(let values):
            return values
        }
    }
}
