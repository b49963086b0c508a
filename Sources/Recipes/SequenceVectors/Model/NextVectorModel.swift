public import TandemConfiguration
public import TandemNetworks
public import TandemTensors

import Glibc

/// Predicts the next vector of a chain: a network's raw step, added to an anchor and brought to unit length.
public final class NextVectorModel: Module {
    private let network: any StepNetwork
    private let kind: PredictionConfiguration.Kind
    /// Logarithms of the context's weights in the anchor, `[C]`; present in anchored form only.
    private let anchor: Parameter?

    /// A model for contexts of `contextLength` vectors of `features` elements.
    public init(
        features: Int, contextLength: Int, model: SequenceModelConfiguration,
        prediction: PredictionConfiguration
    ) {
        kind = prediction.kind
        network = model.makeNetwork(
            features: features, contextLength: contextLength,
            startsAtZero: prediction.kind == .anchored)
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

    /// The network's step alone `[B, d]`, of any length, for a time-major batch of contexts `[C, B, d]`.
    func step(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        try network(context, pass)
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

/// A network that looks at a context and gives a raw step, from which ``NextVectorModel`` makes a prediction.
public protocol StepNetwork: Module {
    /// The raw step `[B, d]` after each context of a time-major batch `[C, B, d]`.
    func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor
}
