public import TandemBasics
public import TandemTensors

/// How the values of a parameter start; drawn on the host, so they are the same on every device.
///
/// The fans of a shape are PyTorch's: of a weight `[O, I, ..]` the outputs are `O` and the inputs `I`, both times the product
/// of the axes that follow.
public enum Initializer: Sendable, Hashable {
    /// Every element the same.
    case constant(Float)
    /// Uniform in `[-bound, bound)`.
    case uniform(bound: Float)
    /// Normal with mean 0.
    case normal(deviation: Float)
    /// Normal with mean 0, of which only what lies between `lower` and `upper` deviations is drawn.
    ///
    /// `deviation` is that of the whole normal distribution, as in PyTorch's `trunc_normal_`, whose bounds `a` and `b` are
    /// `lower` and `upper` times the deviation.
    case truncatedNormal(deviation: Float, lower: Float = -2, upper: Float = 2)
    /// A matrix with orthogonal rows or columns of length `gain`, drawn uniformly among them.
    ///
    /// A shape of more axes counts as a matrix of its first axis against the others, PyTorch's `orthogonal_`.
    /// (Saxe et al. 2013.)
    case orthogonal(gain: Float = 1)
    /// Uniform within `gain * sqrt(6 / (inputs + outputs))`, PyTorch's `xavier_uniform_`. (Glorot and Bengio 2010.)
    case xavierUniform(gain: Float = 1)
    /// Normal with deviation `gain * sqrt(2 / (inputs + outputs))`, PyTorch's `xavier_normal_`.
    case xavierNormal(gain: Float = 1)
    /// Uniform within `gain * sqrt(3 / fan)`, PyTorch's `kaiming_uniform_`; the gain of a rectifier is the root of 2.
    ///
    /// (He et al. 2015.)
    case kaimingUniform(gain: Float = Float(2).squareRoot(), fan: Fan = .inputs)
    /// Normal with deviation `gain / sqrt(fan)`, PyTorch's `kaiming_normal_`.
    case kaimingNormal(gain: Float = Float(2).squareRoot(), fan: Fan = .inputs)
    /// Values given in row-major order.
    case values([Float])

    /// The side of a weight whose size keeps the variance: inputs in the forward pass, outputs in the backward pass.
    public enum Fan: Sendable, Hashable {
        /// Keep the variance of the outputs.
        case inputs
        /// Keep the variance of the gradients.
        case outputs
    }

    /// PyTorch's default for linear and recurrent layers: uniform within `1 / sqrt(fan)`.
    public static func inverseSquareRoot(of fan: Int) -> Initializer {
        .uniform(bound: 1 / Float(max(fan, 1)).squareRoot())
    }

    /// The values of an array of `shape` from `stream`, in row-major order; meaningful when `problem(for:)` is `nil`.
    public func makeValues(_ shape: Shape, stream: RandomStream) -> [Float] {
        let count = shape.count
        let (inputs, outputs) = Self.fans(shape)
        var generator = Philox(stream)
        let plain: Initializer
        switch self {
        case .constant(let value):
            return [Float](repeating: value, count: count)
        case .uniform(let bound):
            return (0..<count).map { _ in (2 * generator.nextUniform() - 1) * bound }
        case .normal(let deviation):
            return generator.nextNormals(count).map { Float($0) * deviation }
        case .truncatedNormal(let deviation, let lower, let upper):
            let normal = TruncatedNormal(lower: Double(lower), upper: Double(upper))
            return (0..<count).map { _ in
                Float(normal.value(at: generator.nextFraction()) * Double(deviation))
            }
        case .orthogonal(let gain):
            let rows = max(1, shape.dimensions.first ?? 1)
            return OrthogonalMatrix.values(
                rows: rows, columns: count / rows, gain: Double(gain), &generator)
        case .xavierUniform(let gain):
            plain = .uniform(bound: gain * (6 / (inputs + outputs)).squareRoot())
        case .xavierNormal(let gain):
            plain = .normal(deviation: gain * (2 / (inputs + outputs)).squareRoot())
        case .kaimingUniform(let gain, let fan):
            plain = .uniform(bound: gain * (3 / (fan == .inputs ? inputs : outputs)).squareRoot())
        case .kaimingNormal(let gain, let fan):
            plain = .normal(deviation: gain / (fan == .inputs ? inputs : outputs).squareRoot())
        case .values(let values):
            return values
        }
        return plain.makeValues(shape, stream: stream)
    }

    /// What prevents values for an array of `shape`, or `nil`.
    public func problem(for shape: Shape) -> String? {
        switch self {
        case .values(let values):
            return values.count == shape.count
                ? nil : "\(values.count) initial values for \(shape.count) elements"
        case .truncatedNormal(let deviation, let lower, let upper):
            guard Self.isFinite(deviation), lower < upper else {
                return "a normal distribution of deviation \(deviation) cannot be cut at \(lower) "
                    + "and \(upper) deviations; the lower bound must be below the upper one"
            }
            return nil
        case .constant: return nil
        case .uniform(let spread), .normal(let spread):
            return Self.isFinite(spread)
                ? nil : "the spread \(spread) of its initial values is not a finite number"
        case .orthogonal(let gain), .xavierUniform(let gain), .xavierNormal(let gain),
            .kaimingUniform(let gain, _), .kaimingNormal(let gain, _):
            guard Self.isFinite(gain) else { return "the gain \(gain) is not a finite number" }
            return shape.rank >= 2
                ? nil : "its initial values depend on inputs and outputs, which takes two axes"
        }
    }

    /// Whether it works on arrays of at least two axes only.
    var needsMatrix: Bool {
        switch self {
        case .constant, .uniform, .normal, .truncatedNormal, .values: false
        default: true
        }
    }

    private static func isFinite(_ number: Float) -> Bool { number.isFinite && number >= 0 }

    private static func fans(_ shape: Shape) -> (inputs: Float, outputs: Float) {
        let sizes = shape.dimensions
        guard sizes.count >= 2 else { return (1, 1) }
        let field = sizes[2...].reduce(1, *)
        return (Float(max(1, sizes[1] * field)), Float(max(1, sizes[0] * field)))
    }
}

extension Philox {
    /// A number uniform in (0, 1) with 32 random bits.
    mutating func nextFraction() -> Double { (Double(nextWord()) + 0.5) * 0x1p-32 }
}
