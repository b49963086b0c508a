public import TandemDevices
public import TandemNetworks
public import TandemTensors

/// A block of cells that take in the coordinates of a vector and exchange states with their neighbours.
///
/// With the vector x of length D, V cells of g coordinates (`V * g = D`), states of C numbers and H hidden units:
///
///     u = sqrt(D) P_in x,  s_v = L u_v + p_v
///     K times:  z_v = [s_v | s of the neighbours | u_v],  s_v = s_v + stepSize * tanh(W2 gelu(W1 z_v + b1) + b2)
///     y = x + P_out [R s_v] / sqrt(D)
///
/// All cells share the rule; their positions p let them specialise. All cells take a step at once, and no state outlives
/// a call. R is zero at first. There are `2D^2` (with placement) `+ 2gC + VC + ((n + 1)C + g)H + H + HC + C` parameters, the
/// rule's as often as there are rules.
public final class LatticeCore: DialogueCore {
    /// The rule of a step: `tanh(second(activation(first(z))))`.
    private final class Rule: Module {
        let first: Linear
        let second: Linear

        init(inputs: Int, _ configuration: DialogueModelConfiguration) {
            let usesGelu = configuration.rule == .residual && configuration.activation == .gelu
            let isHistoric = configuration.rule == .historic
            first = Linear(
                inputs, configuration.hidden, activation: usesGelu ? .gelu : .tanh,
                initializer: .xavierUniform(), biasInitializer: .constant(0))
            second = Linear(
                configuration.hidden, configuration.channels, activation: .tanh,
                initializer: isHistoric ? .xavierUniform() : .normal(deviation: 0.05),
                biasInitializer: .constant(0))
        }

        var submodules: [(name: String, module: any Module)] {
            [("first", first), ("second", second)]
        }
    }

    /// Which coordinate belongs where: an orthogonal matrix and its transpose, which training may change.
    private final class Placement: Module {
        private let learned: (input: Parameter, output: Parameter)?
        private let fixed: (input: Buffer, output: Buffer)?

        init(features: Int, isLearned: Bool) {
            let shape: Shape = [features, features]
            learned =
                isLearned
                ? (Parameter(shape, .orthogonal()), Parameter(shape, .orthogonal())) : nil
            fixed =
                isLearned
                ? nil : (Buffer(shape, .orthogonal()), Buffer(shape, .orthogonal()))
        }

        var parameters: [(name: String, parameter: Parameter)] {
            learned.map { [("input", $0.input), ("output", $0.output)] } ?? []
        }

        var buffers: [(name: String, buffer: Buffer)] {
            fixed.map { [("input", $0.input), ("output", $0.output)] } ?? []
        }

        /// Makes the output the transpose of the input.
        func initialize() throws {
            if let learned {
                let values = try learned.input.value.transposed(0, 1)
                let count = values.count
                try values.device.copy(
                    Region(values.slice, rowStride: count),
                    to: Region(try learned.output.value.slice, rowStride: count), rows: 1,
                    columns: count, accumulate: false)
            }
            if let fixed { try fixed.output.replace(with: fixed.input.value.transposed(0, 1)) }
        }

        /// `x input^T`.
        func placed(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
            try x.linear(weight: weight(learned?.input, fixed?.input, pass), bias: nil)
        }

        /// `x output^T`.
        func replaced(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
            try x.linear(weight: weight(learned?.output, fixed?.output, pass), bias: nil)
        }

        private func weight(
            _ parameter: Parameter?, _ buffer: Buffer?, _ pass: ForwardContext
        ) throws -> Tensor {
            if let parameter { return try pass.tensor(parameter) }
            guard let buffer else {
                throw NetworkError.invalidArgument(where: "Placement", detail: "it has no matrices")
            }
            return try pass.tensor(buffer)
        }
    }

    private let configuration: DialogueModelConfiguration
    private let neighbours: NeighbourCache
    private let placement: Placement?
    private let lift: Linear
    private let position: Parameter
    private let rules: [Rule]
    private let read: Linear
    /// What is left of a state after a step, `[V, 1]`; with absorbing faces only.
    private let remains: Buffer?

    /// A lattice for vectors of `features` coordinates.
    public init(features: Int, _ configuration: DialogueModelConfiguration) {
        self.configuration = configuration
        let (width, channels) = (configuration.cellWidth, configuration.channels)
        let grid = configuration.grid
        neighbours = NeighbourCache(grid)
        placement =
            configuration.placement == .none
            ? nil
            : Placement(features: features, isLearned: configuration.placement == .learned)
        lift = Linear(width, channels, bias: false)
        position = Parameter([grid.count, channels], .normal(deviation: 0.1))
        let inputs = (grid.neighbourhood.offsets.count + 1) * channels + width
        rules = (0..<(configuration.perStep ? configuration.steps : 1)).map { _ in
            Rule(inputs: inputs, configuration)
        }
        read = Linear(channels, width, bias: false, initializer: .constant(0))
        remains =
            grid.boundary == .absorbing
            ? Buffer(
                [grid.count, 1],
                .values(grid.isAtFace.map { $0 ? 1 - Float(configuration.absorption) : 1 }),
                isStored: false) : nil
    }

    /// `position`.
    public var parameters: [(name: String, parameter: Parameter)] { [("position", position)] }

    /// What absorbing faces leave.
    public var buffers: [(name: String, buffer: Buffer)] { remains.map { [("remains", $0)] } ?? [] }

    /// `placement`, `lift`, `rules.0`, ..., `read`.
    public var submodules: [(name: String, module: any Module)] {
        (placement.map { [("placement", $0)] } ?? []) + [("lift", lift)]
            + rules.enumerated().map { ("rules.\($0)", $1) } + [("read", read)]
    }

    /// Puts the table of neighbours on `device`.
    public func prepare(on device: any Device) throws { _ = try neighbours.table(on: device) }

    /// Makes the matrix of the way back the transpose of that of the way in.
    public func initialize() throws { try placement?.initialize() }

    /// Predictions for x `[B, D]`.
    public func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let (batch, features) = (x.shape.dimensions[0], x.shape.dimensions[1])
        let table = try neighbours.table(on: x.device)
        let scale = Float(features).squareRoot()
        let placed = try placement?.placed(x, pass)
        let u = try ((placed ?? x) * scale).reshaped([batch, table.cells, configuration.cellWidth])
        var state = try lift(u, pass) + pass.tensor(position)
        for step in 0..<configuration.steps {
            let rule = rules[configuration.perStep ? step : 0]
            let z = try state.withNeighbours(table, extra: u)
            state = try next(state, rule.second(rule.first(z, pass), pass), pass)
        }
        let change = try read(state, pass).reshaped(x.shape)
        let output = try placement?.replaced(change, pass)
        return try x + (output ?? change) * (1 / scale)
    }

    /// The states `[B, V, C]` after a step, from those before and what the rule says.
    private func next(_ state: Tensor, _ change: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let isResidual = configuration.rule == .residual
        let mask = try updates(state, pass)
        var result = change
        if isResidual || mask != nil {
            var step = isResidual ? change : try change - state
            let factor = isResidual ? Float(configuration.stepSize) : 1
            if let mask { step = try step * (mask * factor) } else { step = try step * factor }
            result = try state + step
        }
        return try remains.map { try result * pass.tensor($0) } ?? result
    }

    /// 1 for cells that take part in a step, else 0: `[B, V, 1]`; `nil` when all do.
    private func updates(_ state: Tensor, _ pass: ForwardContext) throws -> Tensor? {
        let probability = Float(configuration.updateProbability)
        guard pass.isTraining, probability < 1 else { return nil }
        let shape: Shape = [state.shape.dimensions[0], state.shape.dimensions[1], 1]
        // Dropout scales what it keeps up; here it stays as it is.
        return try Tensor.ones(shape, on: state.device)
            .dropout(probability: 1 - probability, stream: pass.nextDropoutStream()) * probability
    }
}
