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
