public import TandemDevices
public import TandemNetworks
public import TandemTensors

/// `x + output(gelu(hidden(norm(x))))`, the output zero at first.
public final class ResidualPerceptron: DialogueCore {
    private let norm: LayerNorm
    private let hidden: Linear
    private let output: Linear

    /// A block for vectors of `features` coordinates with `hidden` units.
    public init(features: Int, hidden: Int) {
        norm = LayerNorm(features)
        self.hidden = Linear(features, hidden, activation: .gelu)
        output = Linear(hidden, features, initializer: .constant(0))
    }

    /// `norm`, `hidden` and `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("norm", norm), ("hidden", hidden), ("output", output)]
    }

    /// Predictions for x `[B, D]`.
    public func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try x + output(hidden(norm(x, pass), pass), pass)
    }
}

/// `x + 0.15 tanh(x)`, the published processor: it has nothing to train.
public final class ScaledCopy: DialogueCore {
    /// The one there is.
    public init() {}

    /// Predictions for x `[B, D]`.
    public func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try x + x.tanh() * 0.15
    }
}

/// Convolutions of 3 x 3 x 3 cells over a block of coordinates: `x + output(h)`, the output zero at first, where
/// `h = gelu(input(x))` and three times `h = h + second(gelu(first(h)))`.
///
/// The weight of a convolution is a matrix `[O, 27 * I]`: the cell itself, then its 26 neighbours in lexicographic order, channels
/// innermost. Beyond the faces lie zeros.
public final class ConvolutionCore: DialogueCore {
    /// A convolution's two matrices of a residual pair.
    private final class Pair: Module {
        let first: Linear
        let second: Linear

        init(channels: Int) {
            first = Linear(27 * channels, channels, activation: .gelu)
            second = Linear(27 * channels, channels)
        }

        var submodules: [(name: String, module: any Module)] {
            [("first", first), ("second", second)]
        }
    }

    private let neighbours: NeighbourCache
    private let input: Linear
    private let pairs: [Pair]
    private let output: Linear

    /// A core over the cells of `configuration`, one coordinate each.
    public init(_ configuration: DialogueModelConfiguration) {
        let channels = configuration.channels
        neighbours = NeighbourCache(configuration.grid)
        input = Linear(27, channels, activation: .gelu)
        pairs = (0..<3).map { _ in Pair(channels: channels) }
        output = Linear(27 * channels, 1, initializer: .constant(0))
    }

    /// `input`, `blocks.0` to `blocks.2`, each with `first` and `second`, and `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("input", input)] + pairs.enumerated().map { ("blocks.\($0)", $1) } + [("output", output)]
    }

    /// Puts the table of neighbours on `device`.
    public func prepare(on device: any Device) throws { _ = try neighbours.table(on: device) }

    /// Predictions for x `[B, D]`.
    public func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let table = try neighbours.table(on: x.device)
        func convolved(_ x: Tensor, _ layer: Linear) throws -> Tensor {
            try layer(try x.withNeighbours(table), pass)
        }
        let batch = x.shape.dimensions[0]
        var h = try convolved(x.reshaped([batch, table.cells, 1]), input)
        for pair in pairs { h = try h + convolved(convolved(h, pair.first), pair.second) }
        return try x + convolved(h, output).reshaped(x.shape)
    }
}
