public import TandemNetworks
public import TandemTensors

/// A small transformer applied again and again to two states, of which one looks at the inputs and the other at the first.
///
/// (Jolicoeur-Martineau, "Less is More: Recursive Reasoning with Tiny Networks", 2025.) One segment repeats `highCycles` times:
/// `lowCycles` times `low = f(low, high + inputs)`, then `high = f(high, low)`. `f` adds its second argument to the first
/// and applies the blocks, whose weights serve both states. All cycles but the last run without gradient.
public final class RecursiveCore: Module {
    /// The sizes of a core.
    public struct Sizes: Sendable {
        /// Numbers of tokens.
        public var vocabulary = 1000
        /// Tokens of an input.
        public var positions = 50
        /// Width of states and tokens.
        public var features = 512
        /// Blocks in a pass.
        public var layers = 3
        /// Heads of the attention.
        public var heads = 8
        /// Width of the feed-forward part.
        public var hidden = 768
        /// Updates of the high state in a segment.
        public var highCycles = 2
        /// Updates of the low state for each of the high one.
        public var lowCycles = 3

        /// The published sizes.
        public init() {}
    }

    /// The two states between segments, each `[B, T, C]`, without gradient.
    public struct Carry {
        /// The state that the answers are read from.
        public var high: Tensor
        /// The state that looks at the inputs.
        public var low: Tensor
        /// Segments so far.
        public var steps = 0
        /// 1 where a sequence has halted and keeps its states, `[B, 1, 1]`; `nil` when none has.
        public var halted: Tensor?
    }

    private let sizes: Sizes
    private let tokens: Embedding
    private let blocks: [RecursiveBlock]
    private let tokenHead: Linear
    private let haltingHead: Linear
    private let initialHigh: Buffer
    private let initialLow: Buffer

    /// A core of the given sizes.
    public init(_ sizes: Sizes = Sizes()) {
        self.sizes = sizes
        let initial = Initializer.trimmedNormal(fan: sizes.features)
        tokens = Embedding(sizes.vocabulary, sizes.features, initializer: initial)
        // Positions have no parameters: one table serves all blocks.
        let positions = RotaryPositions(
            features: sizes.features / max(1, sizes.heads), maximumSteps: sizes.positions)
        blocks = (0..<sizes.layers).map { _ in RecursiveBlock(sizes, positions) }
        tokenHead = Linear(sizes.features, sizes.vocabulary, bias: false, initializer: initial)
        haltingHead = Linear(
            sizes.features, 2, initializer: .constant(0), biasInitializer: .constant(-5))
        initialHigh = Buffer([sizes.features], .trimmedNormal(fan: 1))
        initialLow = Buffer([sizes.features], .trimmedNormal(fan: 1))
    }

    /// `embed_tokens`, `lm_head`, `q_head` and `blocks.N`.
    public var submodules: [(name: String, module: any Module)] {
        [("embed_tokens", tokens), ("lm_head", tokenHead), ("q_head", haltingHead)]
            + blocks.enumerated().map { ("blocks.\($0.offset)", $0.element) }
    }

    /// `initial_high` and `initial_low`, drawn once and never trained.
    public var buffers: [(name: String, buffer: Buffer)] {
        [("initial_high", initialHigh), ("initial_low", initialLow)]
    }

    /// Vectors of `indices` `[B, T]`, scaled by the root of the width: `[B, T, C]`.
    public func embed(_ indices: IndexTensor, _ context: ForwardContext) throws -> Tensor {
        try tokens(indices, context) * Float(sizes.features).squareRoot()
    }

    /// The states before the first segment over `batch` sequences.
    public func start(batch: Int, steps: Int, _ context: ForwardContext) throws -> Carry {
        func states(_ buffer: Buffer) throws -> Tensor {
            try context.tensor(buffer).expanded(to: [batch, steps, sizes.features])
        }
        return Carry(high: try states(initialHigh), low: try states(initialLow))
    }

    /// One segment over inputs `[B, T, C]`: the high state with its gradient, and what the next segment goes on from.
    public func segment(_ carry: Carry, _ inputs: Tensor, _ context: ForwardContext) throws
        -> (high: Tensor, carry: Carry)
    {
        var (high, low) = (carry.high.detached, carry.low.detached)
        // A pass of its own without a tape: nothing of the earlier cycles is kept.
        let plain = ForwardContext.evaluation()
        for cycle in 0..<sizes.highCycles {
            let isLast = cycle == sizes.highCycles - 1
            let pass = isLast ? context : plain
            let inputs = isLast ? inputs : inputs.detached
            for _ in 0..<sizes.lowCycles { low = try apply(low, high + inputs, pass) }
            high = try apply(high, low, pass)
        }
        var next = Carry(
            high: high.detached, low: low.detached, steps: carry.steps + 1, halted: carry.halted)
        if let halted = carry.halted {
            high = try Tensor.where(halted, carry.high, high)
            next.high = try Tensor.where(halted, carry.high, next.high)
            next.low = try Tensor.where(halted, carry.low, next.low)
        }
        return (high, next)
    }

    /// `f`: one state with another added, through all blocks.
    private func apply(_ state: Tensor, _ addition: Tensor, _ context: ForwardContext) throws
        -> Tensor
    {
        try blocks.reduce(state + addition) { try $1($0, context) }
    }

    /// Logits of the tokens for states `[.., C]`: `[.., V]`.
    public func tokenLogits(_ high: Tensor, _ context: ForwardContext) throws -> Tensor {
        try tokenHead(high, context)
    }

    /// Logits of halting and of going on from the states at the first position of `[B, T, C]`: `[B, 2]`.
    public func haltingLogits(_ high: Tensor, _ context: ForwardContext) throws -> Tensor {
        try haltingHead(high.select(axis: 1, 0), context)
    }

    /// Marks the sequences that stop here in training: their logit of halting is above that of 0, and they are not among
    /// the tenth that explores 2 or 3 segments.
    public func halt(_ carry: inout Carry, _ logits: Tensor, _ context: ForwardContext) throws {
        guard context.isTraining else { return }
        let batch = logits.shape.dimensions[0]
        let wants = try logits.detached.slice(axis: 1, 0..<1) .> 0
        let draws = try Tensor.uniform(
            [batch, 2], stream: context.nextDropoutStream(), on: logits.device)
        let explores = try draws.slice(axis: 1, 0..<1) .< 0.1
        // Exploring sequences go on to their second segment, half of them to the third.
        let goesOn =
            carry.steps < 2 ? explores : try explores * (draws.slice(axis: 1, 1..<2) .< 0.5)
        let stops = try (wants * (1 - goesOn)).reshaped([batch, 1, 1])
        carry.halted = try carry.halted.map { try Tensor.maximum($0, stops) } ?? stops
    }
}

/// Attention and a gated feed-forward part, each added to its input and normalised after it.
private final class RecursiveBlock: UnaryLayer {
    private let attention: MultiHeadAttention
    private let feedForward: SwiGLU
    private let norm: RMSNorm

    init(_ sizes: RecursiveCore.Sizes, _ positions: RotaryPositions) {
        let initial = Initializer.trimmedNormal(fan: sizes.features)
        attention = MultiHeadAttention(
            sizes.features, heads: sizes.heads, bias: false, positions: positions,
            initializer: initial)
        feedForward = SwiGLU(
            sizes.features, hidden: sizes.hidden, initializer: initial,
            outputInitializer: .trimmedNormal(fan: sizes.hidden))
        norm = RMSNorm(sizes.features, isScaled: false)
    }

    var submodules: [(name: String, module: any Module)] {
        [("attention", attention), ("feed_forward", feedForward), ("norm", norm)]
    }

    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        let attended = try norm(x + attention(x, context), context)
        return try norm(attended + feedForward(attended, context), context)
    }
}

extension Initializer {
    /// A normal distribution cut at two deviations, of deviation `1 / sqrt(fan)` after the cut.
    fileprivate static func trimmedNormal(fan: Int) -> Initializer {
        // The deviation of a standard normal variable between -2 and 2.
        .truncatedNormal(deviation: 1 / Float(max(1, fan)).squareRoot() / 0.879_625_66)
    }
}
