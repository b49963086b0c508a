import TandemBasics
public import TandemTraining

/// The systems that configuration files can describe by their key `recipe`.
public enum Systems {
    /// All of them; a file that names none describes the first.
    public static let all: [any Experiment.Type] = [
        SequenceVectorsExperiment.self, TabularExperiment.self, GiftRecommenderExperiment.self,
        DialogueExperiment.self,
    ]

    /// The system that a configuration file names; a file that cannot be read is left to the reader of configurations,
    /// which reports all of its problems.
    ///
    /// Throws when it names an unknown system, or a sweep.
    public static func named(in path: String) throws -> any Experiment.Type {
        guard let bytes = try? WholeFile.read(path), let value = try? JSONValue.parse(bytes),
            let name = value["recipe"]?.stringValue
        else { return all[0] }
        if all.contains(where: { SweepNames.recipe(of: $0) == name }) {
            throw SystemError.sweep(path: path)
        }
        guard let system = all.first(where: { $0.recipeName == name }) else {
            throw SystemError.unknown(name, path: path)
        }
        return system
    }
}

extension Systems {
    /// The system whose experiments the sweep in a file varies; a file that cannot be read, or that names no sweep, is left to
    /// the reader of configurations, as one of tables.
    public static func swept(in path: String) -> any SweptExperiment.Type {
        guard let bytes = try? WholeFile.read(path), let value = try? JSONValue.parse(bytes),
            let name = value["recipe"]?.stringValue,
            let system = all.first(where: { SweepNames.recipe(of: $0) == name })
                as? any SweptExperiment.Type
        else { return TabularExperiment.self }
        return system
    }
}

/// A configuration that no system can use.
public enum SystemError: Error, Sendable, Equatable, CustomStringConvertible {
    /// No system bears the name.
    case unknown(String, path: String)
    /// The file describes a sweep, not one experiment.
    case sweep(path: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .unknown(let name, let path):
            let known = Systems.all.map { $0.recipeName }
            return "\(path): recipe '\(name)' is unknown; expected one of "
                + known.joined(separator: ", ") + "."
                + NearestName.question(for: name, among: known)
        case .sweep(let path):
            return "\(path) describes a sweep of experiments, not one experiment"
        }
    }
}
