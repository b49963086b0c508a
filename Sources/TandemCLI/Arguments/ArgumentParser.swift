import TandemBasics
import TandemTraining

/// Reads the arguments of one command.
///
/// Follows the conventions of swift-argument-parser: `--name value` and `--name=value`, options and
/// positional arguments in any order, everything after `--` positional. A value that follows its
/// option as a separate argument must not begin with a dash, unless it is a number. Of an option
/// given several times that is not a repeated one, the last value counts.
struct ArgumentParser {
    private let parameters: [ParameterDescription]
    private var result = ParsedArguments()
    private var positionals: [String] = []

    /// Parses the arguments that follow the command's name.
    static func parse(
        _ arguments: [String], for declaration: CommandDeclaration
    ) throws(UsageError) -> ParsedArguments {
        var parser = ArgumentParser(parameters: declaration.parameters)
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                parser.positionals += rest
                break
            } else if argument.hasPrefix("-"), argument.count > 1, Double(argument) == nil {
                try parser.readOption(argument, rest: &rest)
            } else {
                parser.positionals.append(argument)
            }
        }
        try parser.assignPositionals()
        try parser.check()
        return parser.result
    }

    private init(parameters: [ParameterDescription]) {
        self.parameters = parameters
    }

    private mutating func readOption(
        _ argument: String, rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let spelling = String(parts[0])
        let attached = parts.count == 2 ? String(parts[1]) : nil
        guard let parameter = named(spelling) else {
            throw .unknownOption(
                spelling, known: namedParameters.map(\.name) + ["help", "version"])
        }
        switch parameter.kind {
        case .flag:
            if let attached {
                throw .unexpectedValue(flag: parameter.name, value: attached)
            }
            result.flags.insert(parameter.name)
        case .option:
            let value =
                if let attached { attached } else {
                    try Self.nextValue(for: parameter, rest: &rest)
                }
            if parameter.occurrence != .repeated {
                result.values[parameter.name] = nil
            }
            result.values[parameter.name, default: []].append(value)
        case .positional:
            break
        }
    }

    private static func nextValue(
        for parameter: ParameterDescription, rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        guard let value = rest.first,
            !value.hasPrefix("-") || value == "-" || Double(value) != nil
        else {
            throw .missingValue(spelling: parameter.spelling)
        }
        rest.removeFirst()
        return value
    }

    private var namedParameters: [ParameterDescription] {
        parameters.filter(\.isNamed)
    }

    private func named(_ spelling: String) -> ParameterDescription? {
        guard spelling.hasPrefix("--") else { return nil }
        return namedParameters.first { $0.name == spelling.dropFirst(2) }
    }

    private mutating func assignPositionals() throws(UsageError) {
        let expected = parameters.filter { $0.kind == .positional }
        if positionals.count > expected.count {
            throw .unexpectedArguments(Array(positionals[expected.count...]))
        }
        for (parameter, value) in zip(expected, positionals) {
            result.values[parameter.name] = [value]
        }
    }

    /// Every text is one that its parameter takes, and nothing that is needed is missing.
    private func check() throws(UsageError) {
        for parameter in parameters {
            let texts = result.values[parameter.name] ?? []
            if texts.isEmpty, parameter.occurrence == .required {
                throw .missingArgument(spelling: parameter.spelling)
            }
            for text in texts {
                guard let expectation = parameter.expectation(text) else { continue }
                throw .invalidValue(
                    spelling: parameter.spelling, value: text, expectation: expectation)
            }
        }
    }
}

/// What was given on the command line, checked against the parameters of the command that was parsed.
struct ParsedArguments: Sendable {
    fileprivate(set) var values: [String: [String]] = [:]
    fileprivate(set) var flags: Set<String> = []

    /// Whether the flag was given.
    subscript(flag: Flag) -> Bool { flags.contains(flag.name) }

    /// The parameter's value: what was given, else its default.
    subscript<P: ValueParameter>(parameter: P) -> P.Value {
        let texts = values[parameter.name] ?? []
        if texts.isEmpty, let value = parameter.defaultValue { return value }
        guard let value = P.Value(items: texts.compactMap { P.Value.Item(argument: $0) }) else {
            preconditionFailure("no parameter '\(parameter.name)' was parsed")
        }
        return value
    }

    /// The value of an option that must be given in this combination with others.
    func required<Value>(_ option: some ValueParameter, _ value: Value?) throws(UsageError) -> Value
    {
        guard let value else { throw .missingArgument(spelling: option.description.spelling) }
        return value
    }
}

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
