public import TandemBasics

/// One thing wrong in a configuration.
public struct ConfigurationProblem: Equatable, Sendable {
    /// What is wrong.
    public enum Kind: Equatable, Sendable {
        /// No setting has this name. The suggestion is the key path most likely meant.
        case unknownKey(suggestion: String?, known: [String])
        /// The value has another type than the setting, or is out of the type's range.
        case wrongType(expected: String, found: String)
        /// A setting without a default is absent.
        case missing
        /// The text is not one of those that the setting allows.
        case unknownChoice(found: String, choices: [String])
        /// The value has the right type and yet makes no sense.
        case impossibleValue(found: String, requirement: String)
        /// The type of the section refused its contents, for the reason given.
        case refused(reason: String)
    }

    /// The keys that lead to the value; elements of arrays by their index.
    public let path: [String]
    /// What is wrong.
    public let kind: Kind
    /// Whether the value was given by an override and not by the file.
    public internal(set) var isOverride = false
}

extension ConfigurationProblem: CustomStringConvertible {
    /// The key path, what was found, and what is expected.
    public var description: String {
        let name = path.isEmpty ? "the configuration" : "'" + path.joined(separator: ".") + "'"
        let subject = isOverride ? name + " (set on the command line)" : name
        return switch kind {
        case .unknownKey(let suggestion?, _):
            "unknown key \(subject): did you mean '\(suggestion)'?"
        case .unknownKey(nil, let known):
            "unknown key \(subject)"
                + (known.isEmpty ? "" : ": known here are " + known.joined(separator: ", "))
        case .wrongType(let expected, let found):
            "\(subject): expected \(expected), found \(found)"
        case .missing:
            "\(subject): missing, and there is no default; add it"
        case .unknownChoice(let found, let choices):
            "\(subject): unknown choice '\(found)'."
                + NearestName.question(for: found, among: choices)
                + " Valid are " + choices.joined(separator: ", ")
        case .impossibleValue(let found, let requirement):
            "\(subject) is \(found): must be \(requirement)"
        case .refused(let reason):
            "\(subject): \(reason)"
        }
    }
}

/// Why a configuration cannot be used.
public enum ConfigurationError: Error, Sendable {
    /// The file could not be read.
    case unreadable(FileError)
    /// The file is not JSON; the line is counted from 1.
    case malformed(file: String, line: Int, JSONProblem)
    /// The file is JSON but not a usable configuration; all problems at once.
    case problems(file: String, [ConfigurationProblem])
    /// An override is not of the form `key.path=value`.
    case malformedOverride(String)
}

extension ConfigurationError: CustomStringConvertible {
    /// The file, what is wrong in it, and what to do.
    public var description: String {
        switch self {
        case .unreadable(let error):
            return error.description
        case .malformed(let file, let line, let problem):
            return "\(file), line \(line): \(problem)"
        case .problems(let file, let problems):
            let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
            let lines = problems.map { "\n  \($0)" }.joined()
            return "\(file): \(count) in the configuration:\(lines)"
        case .malformedOverride(let text):
            return "'\(text)' does not set a value; write key.path=value, "
                + "for example training.optimizer.learningRate=3e-4"
        }
    }
}
