public import TandemNetworks
public import TandemTensors

import Glibc

/// Predicts the next vector of a chain: a network's raw step, added to an anchor and brought to unit length.
public final class NextVectorModel: Module {
    private let network: any StepNetwork
    private let prediction: PredictionConfiguration
    /// Logarithms of the context's weights in the anchor, `[C]`; present in anchored form only.
    private let anchor: Parameter?

    /// A model for contexts of `contextLength` vectors of `features` elements.
    public init(
        features: Int, contextLength: Int, model: SequenceModelConfiguration,
        prediction: PredictionConfiguration
    ) {
        self.prediction = prediction
        // A step of zeros has no direction that it could be brought to unit length in.
        network = model.makeNetwork(
            features: features, contextLength: contextLength,
            startsAtZero: prediction.kind == .anchored && !prediction.normalizedStep)
        let decay = Float(log(prediction.anchorDecay))
        let logits = (0..<contextLength).map { Float(contextLength - 1 - $0) * decay }
        anchor = prediction.kind == .anchored ? Parameter([contextLength], .values(logits)) : nil
    }

    /// `anchor`, in anchored form, and the network's own.
    public var parameters: [(name: String, parameter: Parameter)] {
        (anchor.map { [("anchor", $0)] } ?? []) + network.parameters
    }

    /// The network's own.
    public var buffers: [(name: String, buffer: Buffer)] { network.buffers }

    /// What the network says about its sizes.
    public var problems: [String] { network.problems }

    /// The network's modules, under their own names.
    public var submodules: [(name: String, module: any Module)] { network.submodules }

    /// Predictions of unit length `[B, d]` for a time-major batch of contexts `[C, B, d]`.
    public func callAsFunction(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let raw = try network(context, pass)
        guard let start = try start(context, pass) else { return try raw.l2Normalized() }
        let step = prediction.normalizedStep ? try raw.l2Normalized() : raw
        return try (start + step).l2Normalized()
    }

    /// What the step is added to, `[B, d]`; `nil` when the raw output is the prediction itself.
    private func start(_ context: Tensor, _ pass: ForwardContext) throws -> Tensor? {
        switch prediction.kind {
        case .direct: nil
        case .delta: try context.select(axis: 0, -1)
        case .anchored: try anchorVector(context, pass)
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
