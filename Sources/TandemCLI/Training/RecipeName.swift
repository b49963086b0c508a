import TandemBasics
import TandemDatasets
import TandemRecipes
import TandemTraining

/// The systems that a configuration file can describe, by the value of its key `recipe`.
enum RecipeName: String, CaseIterable {
    case sequenceVectors = "sequence-vectors"
    case tabular

    /// The system that a configuration file names; a file that cannot be read is left to the reader of configurations,
    /// which reports all of its problems.
    static func named(in path: String) throws -> RecipeName {
        guard let bytes = try? WholeFile.read(path), let value = try? JSONValue.parse(bytes),
            case .string(let text)? = value["recipe"]
        else { return .sequenceVectors }
        if SweepConfiguration.Recipe(rawValue: text) != nil { throw RecipeError.sweep(path: path) }
        guard let name = RecipeName(rawValue: text) else {
            throw RecipeError.unknown(text, path: path)
        }
        return name
    }

    /// The type behind the name.
    var system: any TrainingSystem.Type {
        switch self {
        case .sequenceVectors: SequenceVectorsSystem.self
        case .tabular: TabularSystem.self
        }
    }
}

/// A configuration that no system can use.
enum RecipeError: Error, Equatable, CustomStringConvertible {
    case unknown(String, path: String)
    /// The file describes a sweep, not one experiment.
    case sweep(path: String)

    var description: String {
        switch self {
        case .unknown(let name, let path):
            let known = RecipeName.allCases.map(\.rawValue)
            return "\(path): recipe '\(name)' is unknown; expected one of "
                + known.joined(separator: ", ") + "."
                + NearestName.question(for: name, among: known)
        case .sweep(let path):
            return "\(path) describes a sweep; run it with: tandem sweep --config \(path)"
        }
    }
}
