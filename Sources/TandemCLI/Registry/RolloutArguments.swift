import TandemRegistry

/// Options with the same name and meaning in several commands of tests, outcomes and records.
enum RolloutOptions {
    static let fraction = Positional<Double>(
        "fraction", help: "Share of the users, above 0; 1 for all of them.")
    static let user = Option<String>(
        "user", "id", .required, help: "Anonymised identifier of the user.")
    static let opportunity = Option<String>(
        "opportunity", "id", .required, help: "What the user was, or was not, called to.")
    static let at = Option<Moment>(
        "at", "time", help: "When, such as 2026-01-31T23:59:59Z.", defaultText: "now")
    static let outcomeType = Option<OutcomeType>(
        "type", "type", .required, help: "How it turned out: \(OutcomeType.expectation).")
    static let outcomeScore = Option<Double>(
        "score", "score", .required, help: "How well, from 0 to 1.")
    static let replace = Flag("replace", help: "Overwrite an outcome that is known already.")
    static let modelType = Option<ModelType>(
        "model-type", "type", help: RegistryOptions.type.help,
        defaultText: RegistryOptions.type.defaultText)
}

extension TestGroup: ArgumentValue {
    static var expectation: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init?(argument: String) {
        self.init(rawValue: argument)
    }
}

extension OutcomeType: ArgumentValue {
    static var expectation: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init?(argument: String) {
        self.init(rawValue: argument)
    }
}

extension Moment: ArgumentValue {
    static var expectation: String { "a time such as 2026-01-31 or 2026-01-31T23:59:59Z" }

    init?(argument: String) {
        self.init(argument)
    }
}

/// Whether something is so, as a value of its own.
struct Answer: ArgumentValue, Equatable {
    static var expectation: String { "yes or no" }

    let isYes: Bool

    init?(argument: String) {
        guard ["yes", "no"].contains(argument) else { return nil }
        isYes = argument == "yes"
    }
}
