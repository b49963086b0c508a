import TandemRegistry

/// Options with the same name and meaning in several commands of the registry.
enum RegistryOptions {
    static let database = Option<String>(
        "db", "file", help: "File of the registry.", defaultText: "Registry/registry.sqlite")
    static let type = Option<ModelType>(
        "type", "type",
        help: "Type of the model: calling_score (39 features), outcome (45 features), or any "
            + "other word.",
        defaultText: "calling_score")
    static let typeFilter = Option<ModelType>(
        "type", "type", help: "Type of the models.", defaultText: "all types")
    static let dataSource = Option<DataSource>(
        "data-source", "source",
        help: "Where the training data comes from: "
            + DataSource.allCases.map(\.rawValue).joined(separator: ", ") + ".",
        defaultText: "told by a name such as v1.1-hybrid")
    static let version = Positional<String>("version", help: "Name of the version.")
}

extension ModelType: ArgumentValue {
    static var expectation: String {
        "lower-case letters, digits and underscores, such as calling_score"
    }

    init?(argument: String) {
        guard let type = try? ModelType(argument) else { return nil }
        self = type
    }
}

extension DataSource: ArgumentValue {
    static var expectation: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init?(argument: String) {
        self.init(rawValue: argument)
    }
}
