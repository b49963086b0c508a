import TandemBasics
import TandemTraining

/// A command line that cannot be understood; ends the tool with status 64.
enum UsageError: Error, Equatable {
    case unknownCommand(String, known: [String])
    case unknownOption(String, known: [String])
    case missingValue(spelling: String)
    case unexpectedValue(flag: String, value: String)
    case missingArgument(spelling: String)
    case unexpectedArguments([String])
    case invalidValue(spelling: String, value: String, expectation: String)
    /// A combination of options that makes no sense; the text says which and why.
    case contradiction(String)
}

extension UsageError: CustomStringConvertible {
    var description: String {
        switch self {
        case .unknownCommand(let name, let known):
            "Unknown command '\(name)'." + NearestName.question(for: name, among: known)
        case .unknownOption(let spelling, let known):
            "Unknown option '\(spelling)'." + Self.optionQuestion(spelling, known: known)
        case .missingValue(let spelling):
            "Missing value for '\(spelling)'."
        case .unexpectedValue(let flag, let value):
            "The flag '--\(flag)' takes no value, but '\(value)' was given."
        case .missingArgument(let spelling):
            "Missing expected argument '\(spelling)'."
        case .unexpectedArguments(let arguments):
            arguments.count == 1
                ? "Unexpected argument '\(arguments[0])'."
                : "\(arguments.count) unexpected arguments: "
                    + arguments.map { "'\($0)'" }.joined(separator: ", ") + "."
        case .invalidValue(let spelling, let value, let expectation):
            "The value '\(value)' is invalid for '\(spelling)': expected \(expectation)."
        case .contradiction(let text):
            text
        }
    }

    private static func optionQuestion(_ spelling: String, known: [String]) -> String {
        let name = String(spelling.drop { $0 == "-" })
        return NearestName.question(for: name, among: known, prefix: "--")
    }
}
