import TandemBasics
import TandemDatasets
public import TandemDevices
public import TandemNetworks
import TandemTensors
public import TandemTraining

/// Questions to answers as a training recipe: pairs in batches, noise on questions alone.
public final class DialogueRecipe: TrainingRecipe {
    /// Pairs of a batch, on the host.
    public struct Batch {
        let contents: DialogueBatch
    }

    /// A batch on the device.
    private struct Staged {
        let rows: IndexTensor
        let partners: IndexTensor?
        let shares: Tensor?
        let negatives: IndexTensor?
        let mask: Tensor?
        let others: Tensor?
    }

    /// The terms with a weight above 0.
    public let lossTerms: [LossTerm]
    /// A hash of the vectors and of the division.
    public let dataIdentity: String?

    let dialogue: DialogueModel
    let data: DialogueData
    let loss: DialogueLoss
    private let configuration: DialogueConfiguration
    private let batches: DialogueBatches
    private let questions: Tensor
    private let answers: Tensor
    /// A number for every pair; pairs of one group, and those with the same answer, have the same one.
    private let answerGroups: [Int32]
    private let rowMemory: IndexBuffer
    private let partnerMemory: IndexBuffer
    private let negativeMemory: IndexBuffer
    private let matrices: FloatStage
    private let copyFigures: DialogueMetrics?
    private var classes: [Int: IndexTensor] = [:]
    private var staged: Staged?
    /// What was staged before for batches of a size, in the same memory.
    private var known: [Int: Staged] = [:]

    /// A recipe over `data`, with its model on `device`.
    public init(
        _ configuration: DialogueConfiguration, data: DialogueData, device: any Device
    ) throws {
        self.configuration = configuration
        self.data = data
        dialogue = DialogueModel(features: data.dimension, configuration.model)
        try dialogue.prepare(on: device)
        loss = DialogueLoss(configuration: configuration.loss)
        lossTerms = configuration.loss.terms
        dataIdentity = data.identity
        let capacity = configuration.training.batchSize
        batches = try DialogueBatches(
            data, configuration.data, batchSize: capacity,
            extraNegatives: configuration.loss.extraNegatives, seed: configuration.seed)
        let shape: Shape = [data.pairs.count, data.dimension]
        questions = try Tensor(data.questions, shape: shape, on: device)
        answers = try Tensor(data.answers, shape: shape, on: device)
        answerGroups = Self.answerGroups(data)
        rowMemory = try IndexBuffer(capacity: capacity, bound: data.pairs.count, on: device)
        partnerMemory = try IndexBuffer(
            capacity: capacity, bound: data.pairs.count, on: device)
        let extra = configuration.loss.extraNegatives
        negativeMemory = try IndexBuffer(capacity: extra, bound: data.pairs.count, on: device)
        matrices = try FloatStage(
            rows: capacity, widths: [1, capacity + extra, capacity], on: device)
        let validation = data.split.validation
        copyFigures =
            validation.isEmpty
            ? nil
            : DialogueMetrics(
                try DialogueScores(
                    predictions: data.questions(validation), answers: data.answers(validation),
                    dimension: data.dimension))
    }

    /// The model that the trainer updates.
    public var model: any Module { dialogue }
    /// Pairs in every full batch.
    public var batchSize: Int { configuration.training.batchSize }
    /// Batches of every epoch.
    public var batchesPerEpoch: Int { batches.batchesPerEpoch }

    /// The pairs of an epoch in their order.
    public func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Batch? {
        let order = batches.order(epoch: epoch)
        var next = batch
        return { [batches] in
            guard next < batches.batchesPerEpoch else { return nil }
            defer { next += 1 }
            return Batch(contents: batches.batch(next, of: order, epoch: epoch))
        }
    }

    /// Copies the numbers of the pairs, and what keeps pairs apart, to the device.
    public func stage(_ batch: Batch) throws -> Int? {
        let (contents, count) = (batch.contents, batch.contents.rows.count)
        try rowMemory.replace(with: contents.rows)
        if let partners = contents.partners { try partnerMemory.replace(with: partners[...]) }
        if !contents.negatives.isEmpty { try negativeMemory.replace(with: contents.negatives[...]) }
        var parts = contents.shares.map { [$0] } ?? []
        let settings = configuration.loss
        if settings.infoNCE > 0 {
            parts.append(mask(count, Array(contents.rows) + contents.negatives, own: 0))
        }
        if settings.triplet > 0 {
            parts.append(mask(count, Array(contents.rows), own: DialogueLoss.silenced))
        }
        if parts.isEmpty, let known = known[count] {
            staged = known
            return count
        }
        var tensors = (parts.isEmpty ? [] : try matrices.replace(with: parts, rows: count))[...]
        staged = Staged(
            rows: try rowMemory.tensor(count: count),
            partners: contents.partners == nil ? nil : try partnerMemory.tensor(count: count),
            shares: contents.shares == nil ? nil : tensors.popFirst(),
            negatives: contents.negatives.isEmpty
                ? nil : try negativeMemory.tensor(count: contents.negatives.count),
            mask: settings.infoNCE > 0 ? tensors.popFirst() : nil,
            others: settings.triplet > 0 ? tensors.popFirst() : nil)
        if parts.isEmpty { known[count] = staged }
        if classes[count] == nil {
            classes[count] = try IndexTensor(upTo: count, on: questions.device)
        }
        return count
    }

    /// The terms of the staged batch.
    public func loss(_ batch: Batch, _ context: ForwardContext) throws -> BatchLoss {
        guard let staged else { throw DialogueError.notStaged }
        let count = batch.contents.rows.count
        var inputs = try questions.gather(staged.rows)
        var targets = try answers.gather(staged.rows)
        if let partners = staged.partners, let shares = staged.shares {
            inputs = try mixed(inputs, questions.gather(partners), shares)
            targets = try mixed(targets, answers.gather(partners), shares)
        }
        inputs = try withNoise(led(inputs, to: targets, context), context)
        let predictions = try dialogue.predictions(inputs, context)
        let each = try predictions.map { try terms(of: $0, targets, staged, count) }
        return BatchLoss(try sums(each), examples: count)
    }

    private func terms(
        of predictions: Tensor, _ targets: Tensor, _ staged: Staged, _ count: Int
    ) throws -> [Tensor] {
        guard let classes = classes[count] else { throw DialogueError.notStaged }
        let negatives = try staged.negatives.map { try answers.gather($0) }
        return try loss(
            predictions, targets, negatives: negatives, mask: staged.mask, others: staged.others,
            classes: classes)
    }

    /// The terms added over the cores, so that each learns as it would alone.
    private func sums(_ each: [[Tensor]]) throws -> [Tensor] {
        try lossTerms.indices.map { term in
            try each.dropFirst().reduce(each[0][term]) { try $0 + $1[term] }
        }
    }

    /// `normalise(share * x + (1 - share) * other)`; rows of length 0 stay.
    private func mixed(_ x: Tensor, _ others: Tensor, _ shares: Tensor) throws -> Tensor {
        try (x * shares + others * (1 - shares)).l2Normalized(epsilon: 1e-8)
    }

    /// `normalise(x + leading * r * a)` with r uniform in [0, 1) for each pair: points on the way from a question to its answer
    /// have that answer too.
    private func led(_ x: Tensor, to answers: Tensor, _ context: ForwardContext) throws -> Tensor {
        guard configuration.data.leading > 0 else { return x }
        let weights = try Tensor.uniform(
            [x.shape.dimensions[0], 1], to: Float(configuration.data.leading),
            stream: context.nextDropoutStream(), on: x.device)
        return try (x + answers * weights).l2Normalized(epsilon: 1e-8)
    }

    /// `normalise(x + noise * n / sqrt(D))` with n from the normal distribution (Box and Muller 1958).
    private func withNoise(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        guard configuration.data.noise > 0 else { return x }
        let device = x.device
        let radius = try Tensor.uniform(x.shape, stream: context.nextDropoutStream(), on: device)
        let angle = try Tensor.uniform(x.shape, stream: context.nextDropoutStream(), on: device)
        let normal = try ((1 - radius).logarithm() * -2).squareRoot() * (angle * (2 * .pi)).cosine()
        let scale = Float(configuration.data.noise) / Float(data.dimension).squareRoot()
        return try (x + normal * scale).l2Normalized(epsilon: 1e-8)
    }

    // MARK: Pairs that are no negatives

    /// Row-major, a row for each of the first `rows` candidates, which are the pairs of the batch, and a column for every
    /// candidate: `silenced` where the two share group or answer, `own` where a pair meets itself at its own place, else 0.
    private func mask(_ rows: Int, _ candidates: [Int32], own: Float) -> [Float] {
        let groups = candidates.map { answerGroups[Int($0)] }
        var mask = [Float](repeating: 0, count: rows * candidates.count)
        for i in 0..<rows {
            for (j, other) in groups.enumerated() where groups[i] == other {
                mask[i * candidates.count + j] = i == j ? own : DialogueLoss.silenced
            }
        }
        return mask
    }

    /// Numbers that pairs share which are connected by groups and equal answers, over other pairs too.
    private static func answerGroups(_ data: DialogueData) -> [Int32] {
        var parents = Array(Int32(0)..<Int32(data.pairs.count))
        func root(_ row: Int32) -> Int32 {
            var row = row
            while parents[Int(row)] != row { row = parents[Int(row)] }
            return row
        }
        var byGroup: [String: Int32] = [:]
        var byAnswer: [[Float]: Int32] = [:]
        for (row, pair) in data.pairs.enumerated() {
            let answer = data.answers([Int32(row)])
            for other in [byGroup[pair.group], byAnswer[answer]].compactMap({ $0 }) {
                let (one, two) = (root(Int32(row)), root(other))
                parents[Int(max(one, two))] = min(one, two)
            }
            byGroup[pair.group] = Int32(row)
            byAnswer[answer] = Int32(row)
        }
        return parents.indices.map { root(Int32($0)) }
    }

    // MARK: Measuring

    /// The names of the metrics that training may watch.
    static let metricNames = [
        "cosine", "mrr", "hit@1", "hit@5", "medianRank", "validationLoss", "cosine@copy",
        "cosine@goal", "mrr@copy", "cosineGain", "mrrGain", "progress",
    ]

    /// The figures of the validation pairs, candidates their own answers; none without validation pairs.
    ///
    /// Beside them stand what copying the question gives, the gains over that, the historic goal of 0.80 and the cosine's share
    /// of it.
    public func evaluate() throws -> [Metric] {
        guard let copyFigures else { return [] }
        let rows = data.split.validation
        let figures = DialogueMetrics(
            try DialogueScores(
                predictions: try predict(rows), answers: data.answers(rows),
                dimension: data.dimension))
        return figures.metrics + [
            Metric("validationLoss", try heldOutLoss(rows), higherIsBetter: false),
            Metric("cosine@copy", copyFigures.meanCosine),
            Metric("cosine@goal", DialogueProgress.goal),
            Metric("mrr@copy", copyFigures.meanReciprocalRank),
            Metric("cosineGain", figures.meanCosine - copyFigures.meanCosine),
            Metric(
                "mrrGain", figures.meanReciprocalRank - copyFigures.meanReciprocalRank),
            Metric("progress", figures.meanCosine / DialogueProgress.goal),
        ]
    }

    /// Predictions of unit length for pairs by their numbers, row-major.
    func predict(_ rows: [Int32]) throws -> [Float] {
        try predict(data.questions(rows))
    }

    /// Predictions of unit length for questions `[n, D]` of unit length, row-major.
    func predict(_ questions: [Float]) throws -> [Float] {
        let dimension = data.dimension
        let count = questions.count / dimension
        var results: [Float] = []
        for start in stride(from: 0, to: count, by: 1024) {
            let end = min(start + 1024, count)
            let block = try Tensor(
                Array(questions[start * dimension..<end * dimension]),
                shape: [end - start, dimension], on: self.questions.device)
            results += try dialogue(block, .evaluation()).values()
        }
        return results
    }

    /// The training loss on held-out pairs, without noise, mixing and further negatives, in batches of the training's size.
    private func heldOutLoss(_ rows: [Int32]) throws -> Double {
        var sum = 0.0
        for start in stride(from: 0, to: rows.count, by: batchSize) {
            let part = rows[start..<min(start + batchSize, rows.count)]
            let batch = Batch(
                contents: DialogueBatch(
                    rows: part, partners: nil, shares: nil, negatives: []))
            guard try stage(batch) != nil, let staged else { continue }
            let predictions = try dialogue.predictions(
                questions.gather(staged.rows), .evaluation())
            let targets = try answers.gather(staged.rows)
            for prediction in predictions {
                let values = try terms(of: prediction, targets, staged, part.count)
                for (term, value) in zip(lossTerms, values) {
                    sum += Double(term.weight) * Double(try value.item()) * Double(part.count)
                }
            }
        }
        return sum / Double(max(1, rows.count))
    }
}
