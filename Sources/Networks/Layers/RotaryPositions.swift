import Glibc
public import TandemTensors

/// Positions as rotations of pairs of features, so that products of queries and keys depend on distances alone.
///
/// Pair `i` of `D` features at position `t` is turned by the angle `t * base^(-2 i / D)`. It has no parameters; its tables are
/// buffers that are not stored. (Su et al. 2021.)
public final class RotaryPositions: Module {
    /// Which features form a pair.
    public enum Convention: Sendable, Hashable {
        /// Feature `i` and feature `i + D / 2`: Hugging Face's `rotate_half`, the usual form of Llama's weights.
        case halves
        /// Neighbours `2 i` and `2 i + 1`: the paper's form, complex numbers in Meta's own Llama code.
        case pairs
    }

    /// Which features form a pair.
    public let convention: Convention
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    private let features: Int
    private let maximumSteps: Int
    /// Cosines and sines `[maximumSteps, D]` in the order of the features, the sine below 0 where a pair's first stands.
    private let cosines: Buffer
    private let sines: Buffer

    /// Tables for positions `0 ..< maximumSteps` of heads of `features` features, an even number.
    public init(
        features: Int, maximumSteps: Int, base: Double = 10_000, convention: Convention = .halves
    ) {
        var settings = LayerSettings()
        let half = settings.size(features, "features", atLeast: 2) / 2
        let steps = settings.size(maximumSteps, "maximumSteps")
        settings.require(features % 2 == 0, "features is \(features), expected an even number")
        settings.require(
            base.isFinite && base > 0, "base is \(base), expected a finite number above 0")
        problems = settings.problems
        self.features = 2 * half
        self.maximumSteps = steps
        self.convention = convention
        let isPossible = settings.problems.isEmpty
        func table(_ value: (_ angle: Double, _ isFirst: Bool) -> Double) -> Buffer {
            guard isPossible else { return Buffer([1]) }
            var values: [Float] = []
            values.reserveCapacity(steps * 2 * half)
            for step in 0..<steps {
                for feature in 0..<2 * half {
                    let pair = convention == .halves ? feature % half : feature / 2
                    let isFirst = convention == .halves ? feature < half : feature % 2 == 0
                    let angle = Double(step) * pow(base, -Double(pair) / Double(half))
                    values.append(Float(value(angle, isFirst)))
                }
            }
            return Buffer([steps, 2 * half], .values(values), isStored: false)
        }
        cosines = table { angle, _ in cos(angle) }
        sines = table { angle, isFirst in isFirst ? -sin(angle) : sin(angle) }
    }

    /// The tables.
    public var buffers: [(name: String, buffer: Buffer)] {
        [("cosines", cosines), ("sines", sines)]
    }

    /// Turns x `[B, T, heads, D]`, whose steps stand at the positions `first ..< first + T`.
    ///
    /// Throws when the shape does not fit or a position is beyond the tables.
    public func callAsFunction(_ x: Tensor, first: Int = 0, _ context: ForwardContext) throws
        -> Tensor
    {
        let sizes = x.shape.dimensions
        guard sizes.count == 4, sizes[3] == features else {
            throw TensorError.shapeMismatch(
                operation: "RotaryPositions", shapes: [x.shape],
                advice: "expected [B, T, heads, \(features)]")
        }
        guard first >= 0, first <= maximumSteps - sizes[1] else {
            throw NetworkError.invalidArgument(
                where: "RotaryPositions",
                detail: "\(sizes[1]) steps from position \(first) on for tables of \(maximumSteps) "
                    + "positions; make them with a larger maximumSteps")
        }
        func rows(_ buffer: Buffer) throws -> Tensor {
            try context.tensor(buffer).slice(axis: 0, first..<first + sizes[1])
                .reshaped([sizes[1], 1, features])
        }
        let isHalves = convention == .halves
        let pairs = Shape(
            sizes.dropLast() + (isHalves ? [2, features / 2] : [features / 2, 2]))
        let partners = try x.reshaped(pairs).flipped(axis: isHalves ? 3 : 4).reshaped(x.shape)
        return try x * rows(cosines) + partners * rows(sines)
    }
}
