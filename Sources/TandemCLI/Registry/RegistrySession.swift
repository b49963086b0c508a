import TandemBasics
import TandemDatasets
import TandemRegistry

/// The registry that a command works on, and the form of its answer.
struct RegistrySession {
    let path: String
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        path = try arguments.value(of: RegistryOptions.database) ?? "Registry/registry.sqlite"
        printsJSON = arguments.contains(SharedOptions.json)
    }

    /// Opens the registry; throws if there is none yet.
    func open() throws -> ModelRegistry {
        ModelRegistry(try Database(opening: path))
    }

    /// Opens the registry and sets it up first if need be.
    func openOrCreate() throws -> ModelRegistry {
        ModelRegistry(try Database(creating: path))
    }

    /// Prints the result as one JSON object, or as the line for people.
    func print(_ line: @autoclosure () -> String, json: JSONValue, on console: Console) throws {
        if printsJSON {
            try console.printJSON(json)
        } else {
            console.print(line())
        }
    }
}

extension Console {
    /// Prints one JSON object as the whole result of a command, members in their order.
    func printJSON(_ value: JSONValue) throws {
        print(try value.text(isIndented: true))
    }
}

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
