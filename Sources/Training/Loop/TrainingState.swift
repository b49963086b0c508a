package import FoundationEssentials

/// Where a run stands: everything besides weights and buffers that resuming to the bit needs.
public struct TrainingState: Codable, Sendable, Equatable {
    /// Number of finished epochs, which is the number of the current one counted from 0.
    public var epoch = 0
    /// Number of batches of the current epoch that are done.
    public var batch = 0
    /// Number of forward passes in training; with the seed it determines the dropout masks.
    public var pass = 0
    /// Number of optimiser steps.
    public var step = 0
    /// Examples of the current epoch that are done.
    public var examples = 0
    /// Examples of the current epoch that each loss term was averaged over.
    public var termExamples: [Int] = []
    /// Steps of the epoch that were left out because their gradients were not finite; `nil` when there are none.
    public var skippedSteps: Int?
    /// Sums of the current epoch's loss terms, weighted by their examples.
    public var lossSums: [Float] = []
    /// One record per finished epoch.
    public var history: [EpochRecord] = []
    /// Steps of the parameters that did not take part in all steps of the optimiser, by name.
    public var parameterSteps: [String: Int] = [:]
    /// What policies remember, and the recipe under `recipe`: JSON texts by name.
    public var saved: [String: String] = [:]
    /// Why the run ended, when it did.
    public var stopReason: StopReason?
    /// The recipe's identity of the training data.
    public var dataIdentity: String?

    /// The state before the first step.
    public init() {}

    /// The epoch whose weights are used: the best one, where none was chosen the last; 0 before the first.
    public var chosenEpoch: Int { bestEpoch ?? epoch }

    /// The last epoch that was the best so far; `nil` where no policy chooses.
    public var bestEpoch: Int? { history.last { $0.isBest }?.epoch }

    /// The record of the chosen epoch.
    public var chosenRecord: EpochRecord? {
        history.first { $0.epoch == chosenEpoch }
    }

    /// Whether the numbers can belong to a run; a file may say anything.
    var isPossible: Bool {
        ([epoch, batch, pass, step, examples, skippedSteps ?? 0] + termExamples).allSatisfy {
            (0...(Int.max / 2)).contains($0)
        } && history.map(\.epoch) == Array(1..<history.count + 1) && history.count == epoch
    }
}

/// How a call of `Trainer.run` ended.
public enum TrainingOutcome: Sendable, Equatable {
    /// The run is complete; the best weights are in the model where they are kept.
    case finished(StopReason)
    /// Somebody asked to stop; the last checkpoint holds the state where one is kept.
    case interrupted
}

/// Why a run ended: a word that files keep, and what it means.
public struct StopReason: Codable, Sendable, Equatable, CustomStringConvertible {
    /// The word: `finishedEpochs`, `earlyStopping`, or that of a policy of one's own.
    public let word: String
    /// The reason in words.
    public let description: String

    /// A reason of one's own.
    public init(_ word: String, _ description: String) {
        self.word = word
        self.description = description
    }

    /// All epochs are done.
    public static let finishedEpochs = StopReason("finishedEpochs", "all epochs done")
    /// The watched metric stopped improving.
    public static let earlyStopping = StopReason("earlyStopping", "early stopping")
}

/// What one epoch gave: one line of `history.jsonl`.
public struct EpochRecord: Codable, Sendable, Equatable {
    /// Number of the epoch, from 1 on.
    public var epoch: Int
    /// Optimiser steps since the start of the run.
    public var step: Int
    /// Factor on the learning rates in the epoch's last step.
    public var learningRateFactor: Double
    /// Global L2 norm of the gradients before clipping in the last step.
    public var gradientNorm: Double
    /// Total training loss: the weighted sum of the terms.
    public var loss: Double
    /// The loss terms by name, averaged over their examples.
    public var lossTerms: [String: Double]
    /// The metrics by name; empty in an epoch without evaluation.
    public var metrics: [String: Double]
    /// Whether the epoch is the best so far.
    public var isBest: Bool
    /// Seconds spent on training steps of the epoch in this process.
    public var trainingSeconds: Double
    /// Seconds spent on measuring the metrics.
    public var evaluationSeconds: Double
    /// L2 norms of the groups' gradients before clipping in the last step, where there are several groups.
    public var groupGradientNorms: [String: Double]?
    /// Parameters that no gradient has reached in the epoch; `nil` when there is none such.
    public var unreachedParameters: [String]?
    /// Groups whose gradients were zero whenever they were looked at in the epoch, where there are several groups.
    public var groupsWithoutGradient: [String]?
    /// Steps that were left out because their gradients were not finite; `nil` when there are none.
    public var skippedSteps: Int?
    /// What is wrong with the run so far, in words; `nil` when nothing is.
    public var warnings: [String]?
    /// What else a policy has to say of the epoch, signs of health among it; `nil` when that is nothing.
    public var notes: [String]?
}

/// A recipe or policy, which may have to remember something for a run to go on as if it had not been stopped.
public protocol Resumable: AnyObject {
    /// What it must remember.
    associatedtype SavedState: Codable = NoSavedState

    /// Kept in every checkpoint, set when a run is resumed.
    var savedState: SavedState { get set }
}

/// The state of a policy or recipe that needs none.
public struct NoSavedState: Codable, Sendable, Equatable {
    /// Nothing.
    public init() {}
}

extension Resumable where SavedState == NoSavedState {
    /// Nothing.
    public var savedState: NoSavedState {
        get { NoSavedState() }
        set {}
    }
}

/// What the recipe and the policies of a run keep in checkpoints, as JSON texts by name.
enum SavedStates {
    static func collect(_ recipe: some TrainingRecipe, _ policies: [any TrainingPolicy]) throws
        -> [String: String]
    {
        var states: [String: String] = [:]
        for (name, owner) in owners(recipe, policies) { states[name] = try text(of: owner) }
        return states
    }

    /// Hands the states back; what a checkpoint does not have is left as it is.
    ///
    /// Throws `TrainingError.badCheckpoint` about the file at `path` when a state is not what its owner keeps.
    static func restore(
        _ states: [String: String], to recipe: some TrainingRecipe,
        _ policies: [any TrainingPolicy], path: String
    ) throws {
        for (name, owner) in owners(recipe, policies) {
            guard let text = states[name] else { continue }
            do {
                try restore(text, to: owner)
            } catch {
                throw TrainingError.badCheckpoint(
                    path: path, problem: "the state of '\(name)' in it is damaged; start a new run")
            }
        }
    }

    private static func owners(_ recipe: some TrainingRecipe, _ policies: [any TrainingPolicy])
        -> [(name: String, owner: any Resumable)]
    {
        [("recipe", recipe)] + policies.map { ($0.name, $0) }
    }

    private static func text(of owner: some Resumable) throws -> String? {
        let state = owner.savedState
        if state is NoSavedState { return nil }
        return String(decoding: try RunCoding.encoder().encode(state), as: UTF8.self)
    }

    private static func restore<Owner: Resumable>(_ text: String, to owner: Owner) throws {
        let state = try RunCoding.decoder().decode(Owner.SavedState.self, from: Data(text.utf8))
        if let counts = state as? any CountingState, !(0...(Int.max / 2)).contains(counts.count) {
            throw ImpossibleCount()
        }
        owner.savedState = state
    }

    private struct ImpossibleCount: Error {}
}

/// A state with a number that goes on being counted up, which no file may bring to overflow.
protocol CountingState {
    var count: Int { get }
}

/// How everything that a run keeps is written as JSON: sorted keys, numbers that are not finite as text.
package enum RunCoding {
    package static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
