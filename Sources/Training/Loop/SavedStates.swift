package import FoundationEssentials

/// What the recipe and the policies of a run keep in checkpoints, as JSON texts by name.
enum SavedStates {
    private static let recipeName = "recipe"

    static func collect(_ recipe: some TrainingRecipe, _ policies: [any TrainingPolicy]) throws
        -> [String: String]
    {
        var states: [String: String] = [:]
        states[recipeName] = try text(recipe.savedState)
        for policy in policies { states[policy.name] = try text(of: policy) }
        return states
    }

    /// Hands the states back; what a checkpoint does not have is left as it is.
    ///
    /// Throws `TrainingError.badCheckpoint` about the file at `path` when a state is not what its owner keeps.
    static func restore(
        _ states: [String: String], to recipe: some TrainingRecipe,
        _ policies: [any TrainingPolicy], path: String
    ) throws {
        try read(recipeName, path) { try restore(states[recipeName], to: recipe) }
        for policy in policies {
            try read(policy.name, path) { try restore(states[policy.name], to: policy) }
        }
    }

    private static func read(_ name: String, _ path: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw TrainingError.badCheckpoint(
                path: path, problem: "the state of '\(name)' in it is damaged; start a new run")
        }
    }

    private static func text(of policy: some TrainingPolicy) throws -> String? {
        try text(policy.savedState)
    }

    private static func text(_ state: some Encodable) throws -> String? {
        if state is NoSavedState { return nil }
        return String(decoding: try RunCoding.encoder().encode(state), as: UTF8.self)
    }

    private static func restore<Policy: TrainingPolicy>(_ text: String?, to policy: Policy) throws {
        guard let text else { return }
        let state = try RunCoding.decoder().decode(
            Policy.SavedState.self, from: Data(text.utf8))
        if let counts = state as? any CountingState, !(0...(Int.max / 2)).contains(counts.count) {
            throw ImpossibleCount()
        }
        policy.savedState = state
    }

    private struct ImpossibleCount: Error {}

    private static func restore<Recipe: TrainingRecipe>(_ text: String?, to recipe: Recipe) throws {
        guard let text else { return }
        recipe.savedState = try RunCoding.decoder().decode(
            Recipe.SavedState.self, from: Data(text.utf8))
    }
}

/// A state with a number that goes on being counted up, which no file may bring to overflow.
protocol CountingState {
    var count: Int { get }
}

/// How everything that a run keeps is written as JSON: sorted keys, numbers that are not finite as text.
package enum RunCoding {
    /// The encoder of all files of a run.
    package static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }

    /// The decoder of all files of a run, which reads what `encoder` writes.
    package static func decoder() -> JSONDecoder {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return decoder
    }
}
