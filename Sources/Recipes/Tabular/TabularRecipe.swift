import TandemDatasets
public import TandemDevices
public import TandemNetworks
public import TandemTensors
public import TandemTraining

/// A table as a training recipe: all rows lie on the device, a batch is a list of row numbers.
public final class TabularRecipe: TrainingRecipe {
    /// Row numbers within the training part.
    public typealias Batch = ArraySlice<Int32>

    /// The network that is trained.
    public let network: FeedForwardNetwork
    /// Mean squared error, or binary cross-entropy.
    public let lossTerms: [LossTerm]
    /// A hash of the data and the split.
    public let dataIdentity: String?

    private let configuration: TabularConfiguration
    private let data: TabularData
    private let device: any Device
    private let sampler: BatchSampler
    private let features: Tensor
    private let targets: Tensor
    private let rows: IndexBuffer
    private let rowsPerPass = 4096

    /// A recipe over `data`, with its network on `device`.
    public init(_ configuration: TabularConfiguration, data: TabularData, device: any Device)
        throws
    {
        self.configuration = configuration
        self.data = data
        self.device = device
        let width = data.table.width
        let usesSigmoid = configuration.task == .regression && data.output == .sigmoid
        network = FeedForwardNetwork(
            features: width, hidden: configuration.model.hidden,
            dropout: Float(configuration.model.dropout),
            outputActivation: usesSigmoid ? .sigmoid : .identity)
        lossTerms = [
            LossTerm(
                configuration.task == .regression ? "meanSquaredError" : "binaryCrossEntropy",
                weight: 1)
        ]
        dataIdentity = data.identity
        sampler = try BatchSampler(
            exampleCount: data.training.count, batchSize: configuration.training.batchSize,
            seed: configuration.seed, remainder: .keep)
        features = try Tensor(
            data.training.features, shape: [data.training.count, width], on: device)
        targets = try Tensor(
            data.training.targets, shape: [data.training.count, 1], on: device)
        rows = try IndexBuffer(
            capacity: min(configuration.training.batchSize, data.training.count),
            bound: data.training.count, on: device)
    }

    /// The model that the trainer updates.
    public var model: any Module { network }

    /// Examples in every full batch.
    public var batchSize: Int { configuration.training.batchSize }

    /// Number of batches in every epoch; the last may be short.
    public var batchesPerEpoch: Int { sampler.batchesPerEpoch }

    /// The training rows in a fresh order every epoch.
    public func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Batch? {
        let order = sampler.order(epoch: epoch)
        let sampler = sampler
        var next = batch
        return {
            let range = sampler.range(ofBatch: next)
            next += 1
            return range.isEmpty ? nil : order[range]
        }
    }

    /// Puts the row numbers where `loss` reads them; batches of one size are of one kind.
    public func stage(_ batch: Batch) throws -> Int? {
        try rows.replace(with: batch)
        return batch.count
    }

    /// The loss of the staged training rows.
    public func loss(_ batch: Batch, _ context: ForwardContext) throws -> BatchLoss {
        let rows = try rows.tensor(count: batch.count)
        let output = try network(try features.gather(rows), context)
        let wanted = try targets.gather(rows)
        let value =
            configuration.task == .regression
            ? try Loss.meanSquaredError(output, wanted)
            : try Loss.binaryCrossEntropyWithLogits(
                output, wanted, positiveWeight: Float(data.positiveWeight))
        return BatchLoss([value], examples: batch.count)
    }

    /// The metrics on the validation rows, dropout off; throws when the loss is not finite.
    public func evaluate() throws -> [Metric] {
        let figures = try measure(data.validation)
        guard figures.loss.isFinite else {
            throw TabularError.lossNotFinite(part: "validation", value: "\(figures.loss)")
        }
        return figures.metrics
    }

    /// The network's figures on one part, dropout off.
    public func measure(_ part: TabularData.Part) throws -> TabularMetrics {
        let outputs = try outputs(part.features, count: part.count)
        guard configuration.task == .regression else {
            return TabularMetrics(
                logits: outputs, labels: part.targets, positiveWeight: data.positiveWeight)
        }
        return TabularMetrics(outputs: outputs, targets: part.targets, scale: data.labelScale)
    }

    /// What the network's last layer gives for standardised features `[count, F]`: `[count]`.
    func outputs(_ features: [Float], count: Int) throws -> [Float] {
        var outputs: [Float] = []
        outputs.reserveCapacity(count)
        let width = data.table.width
        for start in stride(from: 0, to: count, by: rowsPerPass) {
            let end = min(start + rowsPerPass, count)
            let rows = try Tensor(
                Array(features[start * width..<end * width]), shape: [end - start, width],
                on: device)
            outputs += try network(rows, .evaluation()).values()
        }
        return outputs
    }
}

/// Linear, ReLU and dropout, once per hidden layer, then a linear layer to one output: `[B, F]` to `[B, 1]`.
///
/// Layers bear the numbers they would have in PyTorch's `nn.Sequential` of Linear, ReLU and Dropout: `model.0`, `model.3`, ...
public final class FeedForwardNetwork: Module {
    /// The linear layers, from the input on.
    let layers: [Linear]
    private let dropout: Dropout

    /// A network over `features` inputs.
    ///
    /// With `outputActivation` identity the output is the pre-activation, which stable losses want.
    public init(
        features: Int, hidden: [Int], dropout: Float, outputActivation: MatmulActivation
    ) {
        let sizes = [features] + hidden
        layers =
            zip(sizes, hidden).map { Linear($0, $1, activation: .relu) }
            + [Linear(sizes[sizes.count - 1], 1, activation: outputActivation)]
        self.dropout = Dropout(dropout)
    }

    /// `model.0`, `model.3`, ...
    public var submodules: [(name: String, module: any Module)] {
        layers.enumerated().map { (Self.name(ofLayer: $0), $1) }
    }

    /// The name of linear layer number `index`.
    static func name(ofLayer index: Int) -> String { "model.\(3 * index)" }

    /// Applies the network to x `[B, F]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        var x = x
        for layer in layers.dropLast() { x = try dropout(try layer(x, context), context) }
        return try layers[layers.count - 1](x, context)
    }
}
