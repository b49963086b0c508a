public import TandemConfiguration
public import TandemNetworks
public import TandemTensors

import Glibc

/// Predicts the next vector of a chain: a network's raw step, added to an anchor and brought to unit length.
public final class NextVectorModel: Module {
    private let network: BaselineGRU
    private let kind: PredictionConfiguration.Kind
    /// Logarithms of the context's weights in the anchor, `[C]`; present in anchored form only.
    private let anchor: Parameter?

    /// A model for contexts of `contextLength` vectors of `features` elements.
    public init(
        features: Int, contextLength: Int, model: BaselineGRUConfiguration,
        prediction: PredictionConfiguration
    ) {
        kind = prediction.kind
        network = BaselineGRU(
            features: features, model, startsAtZero: prediction.kind == .anchored)
        let decay = Float(log(prediction.anchorDecay))
        let logits = (0..<contextLength).map { Float(contextLength - 1 - $0) * decay }
        anchor = kind == .anchored ? Parameter([contextLength], .values(logits)) : nil
    }

    /// `anchor`, in anchored form.
    public var parameters: [(name: String, parameter: Parameter)] {
        anchor.map { [("anchor", $0)] } ?? []
    }

    /// The network's modules, under their own names.
    public var submodules: [(name: String, module: any Module)] { network.submodules }

    /// Predictions of unit length `[B, d]` for a time-major batch of contexts `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let raw = try network(context, pass)
        switch kind {
        case .direct: return try raw.l2Normalized()
        case .delta:
            return try (try context.select(axis: 0, context.shape[at: 0] - 1) + raw).l2Normalized()
        case .anchored: return try (try anchorVector(context, pass) + raw).l2Normalized()
        }
    }

    /// `n(sum_t softmax(anchor)_t x_t)`: `[B, d]`.
    private func anchorVector(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let (steps, batch, features) = (
            context.shape[at: 0], context.shape[at: 1], context.shape[at: 2]
        )
        guard let anchor, anchor.shape[at: 0] == steps else {
            throw NetworkError.invalidArgument(
                where: "NextVectorModel",
                detail: "the context has \(steps) vectors, the model was made for "
                    + "\(anchor?.shape[at: 0] ?? 0)")
        }
        let weights = try pass.tensor(anchor).softmax().reshaped([1, steps])
        return try weights.matmul(try context.reshaped([steps, batch * features]))
            .reshaped([batch, features]).l2Normalized()
    }
}

/// How the network's raw output becomes a prediction of unit length.
public struct PredictionConfiguration: Configuration, Equatable {
    /// The kinds of prediction; n(v) is v divided by its length.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// `n(e + raw)` with e a learned average of the context; training starts exactly at a moving average.
        case anchored
        /// `n(c + raw)` with c the last vector of the context.
        case delta
        /// `n(raw)`.
        case direct
    }

    /// Which prediction.
    public var kind = Kind.anchored
    /// Anchored: the average starts with weights `anchorDecay^age`, age 0 being the last vector.
    public var anchorDecay = 0.6

    /// The values used where a file says nothing.
    public static let defaults = PredictionConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            anchorDecay > 0 && anchorDecay <= 1, "anchorDecay", anchorDecay,
            mustBe: "above 0 and at most 1")
    }
}

/// A residual stack of GRU layers: context `[C, B, d]` to a raw step `[B, d]`.
///
/// `h = input(x)`; per block `h = norm(h + dropout(gru(h)))`; `raw = output(h of the last time step)`. With d features, H
/// hidden units and L blocks it has `2dH + H + d + L(6H^2 + 8H)` parameters.
public final class BaselineGRU: Module {
    private let input: Linear
    private let blocks: [ResidualGRUBlock]
    private let output: Linear

    /// A stack for vectors of `features` elements; with `startsAtZero` the raw output is zero until training moves it.
    public init(features: Int, _ configuration: BaselineGRUConfiguration, startsAtZero: Bool) {
        let hidden = configuration.hidden
        input = Linear(features, hidden)
        blocks = (0..<configuration.layers).map { _ in
            ResidualGRUBlock(hidden: hidden, dropout: Float(configuration.dropout))
        }
        output = Linear(hidden, features, initializer: startsAtZero ? .constant(0) : nil)
    }

    /// `input`, `blocks.0`, `blocks.1`, ..., `output`.
    public var submodules: [(name: String, module: any Module)] {
        [("input", input)] + blocks.enumerated().map { ("blocks.\($0)", $1) } + [("output", output)]
    }

    /// The raw step after each context of a time-major batch `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        var h = try input(context, pass)
        for block in blocks.dropLast() { h = try block(h, pass) }
        guard let last = blocks.last else { return try output(h, pass) }
        return try output(try last.lastStep(h, pass), pass)
    }
}

/// One block of the stack: a GRU layer, dropout, the residual sum and a layer norm.
final class ResidualGRUBlock: Module {
    private let gru: GRU
    private let dropout: Dropout
    private let norm: LayerNorm

    init(hidden: Int, dropout: Float) {
        gru = GRU(input: hidden, hidden: hidden)
        self.dropout = Dropout(dropout)
        norm = LayerNorm(hidden)
    }

    var submodules: [(name: String, module: any Module)] { [("gru", gru), ("norm", norm)] }

    /// h `[C, B, H]` to `[C, B, H]`.
    func callAsFunction(_ h: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try norm(try h + dropout(gru(h, pass), pass), pass)
    }

    /// The block's result at the last time step alone, `[B, H]`: all that the layer above the last block needs.
    func lastStep(_ h: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let last = h.shape[at: 0] - 1
        let state = try gru(h, pass).select(axis: 0, last)
        return try norm(try h.select(axis: 0, last) + dropout(state, pass), pass)
    }
}

/// The residual GRU stack.
public struct BaselineGRUConfiguration: Configuration, Equatable {
    /// The kinds of network.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Residual GRU blocks with post-norm.
        case baselineGRU = "baseline-gru"
    }

    /// Which network.
    public var kind = Kind.baselineGRU
    /// Hidden units, H.
    public var hidden = 256
    /// Number of residual blocks, L.
    public var layers = 2
    /// Dropout on the output of each block's GRU.
    public var dropout = 0.1

    /// The values used where a file says nothing.
    public static let defaults = BaselineGRUConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(hidden, "hidden", atMost: 1_000_000)
        checks.count(layers, "layers", atMost: 1000)
        checks.require(
            (0..<1).contains(dropout), "dropout", dropout, mustBe: "at least 0 and below 1")
    }
}
