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
        /// Whether it comes first among them.
        let isFirst: Bool
    }

    private struct RecordedBatch {
        let kind: Kind
        let operations: DeviceRecording
        let reach: GradientReach
        let examples: Int
        /// Whether a second batch has run the same operations.
        var isVerified = false
    }

    /// The sums of the loss terms.
    let meter: LossMeter
    /// The rule that changes the parameters.
    let optimizer: any Optimizer

    private let recipe: Recipe
    private let arena: ParameterArena
    private let clipping: GradientClipping
    private let clips: Bool
    private let seed: UInt64
    private var recorded: [Kind: RecordedBatch] = [:]

    /// An engine for the recipe's model in `arena`; throws when an optimiser setting is impossible.
    init(
        _ recipe: Recipe, arena: ParameterArena, configuration: TrainingConfiguration, seed: UInt64
    ) throws {
        self.recipe = recipe
        self.arena = arena
        self.seed = seed
        clips = configuration.clipNorm > 0
        optimizer = try configuration.optimizer.makeOptimizer(arena)
        clipping = try GradientClipping(
            arena, maximumNorm: clips ? configuration.clipNorm : .infinity)
        meter = try LossMeter(recipe.lossTerms, on: arena.device)
    }

    /// Adds the gradients and the loss of one batch, as forward pass number `pass`, and returns its number of examples.
    ///
    /// `place` is the batch's number among the `group` batches of an optimiser step; the first sets the gradients to zero
    /// before, so that those of the last step can be looked at until then.
    func accumulate(_ batch: Recipe.Batch, pass: Int, place: Int, of group: Int) throws -> Int {
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
    private func keep(_ kind: Kind, _ batch: Recipe.Batch, pass: Int, place: Int) throws -> Int {
        var examples = 0
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
        -> Int
    {
        var examples = 0
        try known.operations.verify(pass: pass) {
            examples = try issue(batch, pass: pass, place: place, of: known.kind.group)
        }
        guard examples == known.examples else {
            throw DeviceError.recordingDiffers(
                place: "the number of examples", expected: "\(known.examples)",
                found: "\(examples)")
        }
        recorded[known.kind]?.isVerified = true
        return examples
    }

    private func issue(_ batch: Recipe.Batch, pass: Int, place: Int, of group: Int) throws -> Int {
        if place == 0 { try arena.zeroGradients() }
        let context = ForwardContext.training(seed: seed, pass: pass)
        let loss = try recipe.loss(batch, context)
        try meter.add(loss)
        try context.backward(from: try loss.total(recipe.lossTerms), scale: 1 / Float(group))
        return loss.examples
    }

    /// One optimiser step along the gradients, with all learning rates multiplied by `factor`.
    func step(factor: Double) throws {
        try optimizer.step(factor: factor, gradientScale: clips ? try clipping.scale() : nil)
    }

    /// Waits for the device and returns the norm of the last step's gradients before clipping.
    func gradientNorm() throws -> Float {
        if !clips { _ = try clipping.scale() }
        return try clipping.norm()
    }
}
