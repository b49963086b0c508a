import TandemDevices
import TandemNetworks
import TandemTensors

/// Turns batches into gradients and gradients into optimiser steps: the part of training that runs thousands of times a
/// second.
///
/// The operations of a staged batch are recorded for the first batch of each kind, compared with those of the second, and issued
/// again for the others: no tensors, no tape, no memory from the heap. All ways give the same bits.
final class StepEngine<Recipe: TrainingRecipe> {
    /// Batches of one kind run exactly the same operations.
    private struct Kind: Hashable {
        /// What the recipe says about it.
        let staged: Int
        /// Number of batches that one optimiser step averages.
        let group: Int
        let isFirst: Bool
    }

    private struct RecordedBatch {
        let kind: Kind
        let operations: DeviceRecording
        let reach: GradientReach
        let examples: ExampleCounts
        /// Whether a second batch has run the same operations.
        var isVerified = false
    }

    /// The weights of the loss terms in the current epoch.
    private(set) var weights: [Float]
    let meter: LossMeter
    let optimizer: any Optimizer

    private let recipe: Recipe
    private let arena: ParameterArena
    private let clipping: GradientClipping
    private let clips: Bool
    private let monitor: GradientMonitor
    private let hasGroups: Bool
    private let seed: UInt64
    private var recorded: [Kind: RecordedBatch] = [:]

    /// An engine for the recipe's model in `arena`; throws when an optimiser setting is impossible.
    init(
        _ recipe: Recipe, arena: ParameterArena, configuration: TrainingConfiguration, seed: UInt64
    ) throws {
        guard !arena.entries.isEmpty else {
            throw TrainingError.noParameterInUse(parameters: 0)
        }
        self.recipe = recipe
        self.arena = arena
        self.seed = seed
        weights = recipe.lossTerms.map(\.weight)
        clips = configuration.clipNorm > 0
        let groups = configuration.optimizer.parameterGroups(arena)
        hasGroups = groups.count > 1
        optimizer = try configuration.optimizer.makeOptimizer(arena)
        monitor = try GradientMonitor(arena, groups: groups)
        clipping = try GradientClipping(
            arena, maximumNorm: clips ? configuration.clipNorm : .infinity)
        meter = try LossMeter(recipe.lossTerms, on: arena.device)
    }

    /// Takes over the loss weights of an epoch, counted from 0; throws when their number is not that of the terms.
    func startEpoch(_ epoch: Int) throws {
        let next = recipe.lossWeights(epoch: epoch)
        guard next.count == recipe.lossTerms.count else {
            throw TrainingError.lossWeights(found: next.count, terms: recipe.lossTerms.count)
        }
        // Recorded operations hold the weights that they were recorded with.
        if next != weights { recorded.removeAll() }
        weights = next
        try monitor.reset()
    }

    /// Adds the gradients and the loss of one batch, as forward pass number `pass`, and returns its numbers of examples.
    ///
    /// `place` is the batch's number among the `group` batches of an optimiser step; the first sets the gradients to zero
    /// before, so that those of the last step can be looked at until then.
    func accumulate(_ batch: Recipe.Batch, pass: Int, place: Int, of group: Int) throws
        -> ExampleCounts
    {
        guard let staged = try recipe.stage(batch) else {
            return try issue(batch, pass: pass, place: place, of: group)
        }
        let kind = Kind(staged: staged, group: group, isFirst: place == 0)
        guard let known = recorded[kind] else {
            return try keep(kind, batch, pass: pass, place: place)
        }
        guard known.isVerified else { return try verify(known, batch, pass: pass, place: place) }
        try known.operations.replay(pass: pass)
        arena.repeatReach(known.reach)
        return known.examples
    }

    /// Issues the first batch of a kind and records it.
    private func keep(_ kind: Kind, _ batch: Recipe.Batch, pass: Int, place: Int) throws
        -> ExampleCounts
    {
        var examples = ExampleCounts(batch: 0, terms: [])
        var operations: DeviceRecording?
        let reach = try arena.observingReach {
            operations = try arena.device.record(pass: pass) {
                examples = try issue(batch, pass: pass, place: place, of: kind.group)
            }
        }
        recorded[kind] = operations.map {
            RecordedBatch(kind: kind, operations: $0, reach: reach, examples: examples)
        }
        return examples
    }

    /// Issues the second batch of a kind and compares it with the first.
    private func verify(_ known: RecordedBatch, _ batch: Recipe.Batch, pass: Int, place: Int) throws
        -> ExampleCounts
    {
        var examples = ExampleCounts(batch: 0, terms: [])
        try known.operations.verify(pass: pass) {
            examples = try issue(batch, pass: pass, place: place, of: known.kind.group)
        }
        guard examples == known.examples else {
            throw DeviceError.recordingDiffers(
                place: "the numbers of examples", expected: "\(known.examples)",
                found: "\(examples)")
        }
        recorded[known.kind]?.isVerified = true
        return examples
    }

    private func issue(_ batch: Recipe.Batch, pass: Int, place: Int, of group: Int) throws
        -> ExampleCounts
    {
        if place == 0 { try arena.zeroGradients() }
        let context = ForwardContext.training(seed: seed, pass: pass)
        let loss = try recipe.loss(batch, context)
        guard loss.values.count == recipe.lossTerms.count,
            loss.termExamples.count == loss.values.count
        else {
            throw TrainingError.lossValues(
                found: loss.values.count, counts: loss.termExamples.count,
                terms: recipe.lossTerms.map(\.name))
        }
        try meter.add(loss)
        // Terms that depend on no parameter have no gradient; the sum of the terms itself is not needed.
        var (terms, scales): ([Tensor], [Float]) = ([], [])
        for (term, weight) in zip(loss.values, weights) where term.isRecorded {
            terms.append(term)
            scales.append(weight * (1 / Float(group)))
        }
        guard !terms.isEmpty else {
            throw loss.values.isEmpty
                ? TrainingError.noLossTerms
                : TrainingError.noParameterInUse(parameters: arena.parameterCount)
        }
        try context.backward(from: terms, scales: scales)
        return ExampleCounts(batch: loss.examples, terms: loss.termExamples)
    }

    /// One optimiser step along the gradients, with all learning rates multiplied by `factor`.
    func step(factor: Double) throws {
        monitor.observe()
        try optimizer.step(factor: factor, gradientScale: clips ? try clipping.scale() : nil)
    }

    /// Waits for the device and says whether the gradients that the next step would take are finite.
    func gradientsAreFinite() throws -> Bool {
        _ = try clipping.scale()
        return try clipping.norm().isFinite
    }

    /// Waits for the device and returns the norm of the last step's gradients before clipping.
    func gradientNorm() throws -> Double {
        if !clips { _ = try clipping.scale() }
        if hasGroups { try monitor.measure() }
        return Double(try clipping.norm())
    }

    /// Waits for the device and returns what was seen of every parameter group's gradients since the epoch began.
    func gradients() throws -> [GroupGradients] { try monitor.read() }
}

/// The numbers of examples that a batch had, in all and for every loss term.
struct ExampleCounts: Equatable {
    let batch: Int
    let terms: [Int]
}

/// Sums loss terms on the device, weighted by their examples, so that the host waits only when it wants to know them.
final class LossMeter {
    private let device: any Device
    private let sums: DeviceBuffer
    private let count: Int

    init(_ terms: [LossTerm], on device: any Device) throws {
        self.device = device
        count = terms.count
        sums = try device.allocate(max(1, terms.count))
        try reset()
    }

    func reset() throws {
        try device.fill(sums.slice, value: 0)
    }

    func add(_ loss: BatchLoss) throws {
        for (index, value) in loss.values.enumerated() {
            try device.axpy(
                alpha: Float(loss.termExamples[index]), x: value.slice,
                y: sums.slice.part(from: index, count: 1))
        }
    }

    /// Waits for the device and returns the sums.
    func read() throws -> [Float] {
        Array(try device.download(sums.slice).prefix(count))
    }

    /// Sets the sums, one per term, from a checkpoint.
    func restore(_ values: [Float]) throws {
        guard count > 0 else { return }
        try device.upload(values, to: sums.slice.part(from: 0, count: count))
    }
}
