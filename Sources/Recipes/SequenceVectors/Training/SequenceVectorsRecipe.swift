public import TandemDatasets
public import TandemDevices
public import TandemNetworks
import TandemTensors
public import TandemTraining

/// Next-vector prediction as a training recipe.
public final class SequenceVectorsRecipe: TrainingRecipe {
    /// The network with its anchor.
    public let predictor: NextVectorModel
    /// The model that the trainer updates: the predictor, and what the loss learns besides.
    public let model: any Module
    /// The loss terms with a weight above 0.
    public let lossTerms: [LossTerm]
    /// A hash of the vectors and of the training and validation windows.
    public private(set) lazy var dataIdentity: String? = data.identity

    /// All vectors `[N, d]` on the device.
    let table: Tensor
    private let data: SequenceVectorsData
    private let device: any Device
    let configuration: SequenceVectorsConfiguration
    private let sampler: BatchSampler
    private let builder: WindowBatchBuilder
    private var classes: [Int: IndexTensor] = [:]
    private let sequenceLoss: SequenceLoss
    private let extraNegatives: ExtraNegatives

    /// A recipe over `data`, with its model on `device`.
    public init(
        _ configuration: SequenceVectorsConfiguration, data: SequenceVectorsData,
        device: any Device
    ) throws {
        self.configuration = configuration
        self.data = data
        self.device = device
        predictor = NextVectorModel(
            features: data.chains.vectors.dimension,
            contextLength: configuration.data.contextLength, model: configuration.model,
            prediction: configuration.prediction)
        let vectors = data.chains.vectors
        table = try Tensor(vectors.values, shape: [vectors.count, vectors.dimension], on: device)
        sequenceLoss = SequenceLoss(configuration.loss)
        model = ModelWithLoss(predictor, sequenceLoss)
        lossTerms = configuration.loss.terms
        extraNegatives = ExtraNegatives(
            configuration.loss.extraNegatives, of: data.training, seed: configuration.seed)
        sampler = try BatchSampler(
            exampleCount: data.training.count, batchSize: configuration.training.batchSize,
            seed: configuration.seed)
        builder = try WindowBatchBuilder(vectors: data.chains.vectors, windows: data.training)
    }

    /// Examples in every full batch.
    public var batchSize: Int { configuration.training.batchSize }

    /// Number of batches in every epoch.
    public var batchesPerEpoch: Int { sampler.batchesPerEpoch }

    /// Batches of one epoch, prepared in the background.
    public func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> WindowBatch? {
        let prefetcher = try BatchPrefetcher(
            builder: builder, sampler: sampler, start: BatchPosition(epoch: epoch, batch: batch),
            endEpoch: epoch + 1)
        return { try prefetcher.next()?.batch }
    }

    /// The loss terms of one batch.
    public func loss(_ batch: WindowBatch, _ context: ForwardContext) throws -> BatchLoss {
        let count = batch.count
        let contexts = try upload(
            batch.context, shape: [batch.contextLength, count, batch.dimension])
        let targets = try upload(batch.targets, shape: [count, batch.dimension])
        let further = extraNegatives.rows(beside: batch.targetRows)
        let mask =
            configuration.loss.maskOwnContext || !further.isEmpty
            ? try Tensor(
                OwnContextMask.values(
                    of: batch, further: further, own: configuration.loss.maskOwnContext),
                shape: [count, count + further.count], on: device)
            : nil
        let candidates = SequenceLoss.Candidates(
            negatives: further.isEmpty
                ? nil
                : try table.gather(
                    try IndexTensor(further, shape: [further.count], on: device)),
            mask: mask, classes: try classNumbers(count))
        let values = try sequenceLoss(
            try compared(contexts, context), try compared(targets, with: contexts), candidates,
            context)
        return BatchLoss(values, examples: count)
    }

    private func classNumbers(_ count: Int) throws -> IndexTensor {
        if let known = classes[count] { return known }
        let numbers = try IndexTensor(upTo: count, on: device)
        classes[count] = numbers
        return numbers
    }

    private func upload(_ values: UnsafeBufferPointer<Float>, shape: Shape) throws -> Tensor {
        let tensor = try Tensor(uninitialized: shape, on: device)
        try device.upload(UnsafeRawBufferPointer(values), to: tensor.slice)
        return tensor
    }

    /// Hit@1/5/10, mean reciprocal rank and mean cosine on the validation documents (dense pool, filtered).
    public func evaluate() throws -> [Metric] {
        try Self.metrics(report(on: data.validation, isFiltered: true)) + references.get()
    }

    /// The Hit@5 of two predictions without a network on the same windows, to be seen beside every epoch's.
    private lazy var references = Result {
        let evaluation = RetrievalEvaluation(
            table: table, windows: data.validation, isFiltered: true)
        return try zip(Self.referenceNames, ContextAverage.references).map { name, average in
            Metric(name, try evaluation.report(average.predict).hits[5] ?? .nan)
        }
    }

    /// The model's retrieval figures over some windows.
    public func report(on windows: ChainWindows, isFiltered: Bool) throws -> RetrievalReport {
        let evaluation = RetrievalEvaluation(
            table: table, windows: windows, isFiltered: isFiltered)
        return try evaluation.report { try predictor($0, .evaluation()) }
    }

    /// How the model's memory is read after at most 256 contexts, spread over the windows; `nil` of a model without one.
    func memoryStatistics(_ windows: ChainWindows) throws -> MemoryStatistics? {
        guard configuration.model.kind == .memoryGRU else { return nil }
        let starts = stride(
            from: 0, to: windows.count, by: max(1, (windows.count + 255) / 256)
        ).map { windows.firstRows[$0] }
        let rows = (0..<windows.contextLength).flatMap { step in starts.map { $0 + Int32(step) } }
        let context = try table.gather(
            try IndexTensor(rows, shape: [windows.contextLength, starts.count], on: device))
        return try predictor.memoryStatistics(context)
    }

    /// The names of the metrics that `evaluate` gives.
    static let metricNames =
        RetrievalReport.ks.map { "hit@\($0)" } + ["mrr", "cosine"] + referenceNames
    private static let referenceNames = ["hit@5@copy", "hit@5@average"]

    /// A report as named metrics.
    public static func metrics(_ report: RetrievalReport) -> [Metric] {
        RetrievalReport.ks.map { Metric("hit@\($0)", report.hits[$0] ?? .nan) } + [
            Metric("mrr", report.meanReciprocalRank), Metric("cosine", report.meanCosine),
        ]
    }
}
