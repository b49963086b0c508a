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
        case .option(_, let occurrence):
            let value =
                if let attached { attached } else {
                    try Self.nextValue(for: parameter, rest: &rest)
                }
            if occurrence != .repeated {
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
        let expected = parameters.filter {
            if case .positional = $0.kind { true } else { false }
        }
        if positionals.count > expected.count {
            throw .unexpectedArguments(Array(positionals[expected.count...]))
        }
        for (parameter, value) in zip(expected, positionals) {
            result.values[parameter.name] = [value]
        }
    }
}

/// The texts given on the command line, read through the typed parameters that declare them.
struct ParsedArguments: Sendable {
    fileprivate(set) var values: [String: [String]] = [:]
    fileprivate(set) var flags: Set<String> = []

    /// Whether the flag was given.
    func contains(_ flag: Flag) -> Bool {
        flags.contains(flag.name)
    }

    /// The option's value, or nil if it was not given.
    func value<Value>(of option: Option<Value>) throws(UsageError) -> Value? {
        try values(of: option).first
    }

    /// The option's value; throws if it was not given.
    func required<Value>(_ option: Option<Value>) throws(UsageError) -> Value {
        guard let value = try value(of: option) else {
            throw .missingArgument(spelling: option.description.spelling)
        }
        return value
    }

    /// The positional argument's value, or nil if it was not given.
    func value<Value>(of positional: Positional<Value>) throws(UsageError) -> Value? {
        guard let text = values[positional.name]?.first else { return nil }
        return try Self.convert(text, spelling: positional.description.spelling)
    }

    /// The positional argument's value; throws if it was not given.
    func required<Value>(_ positional: Positional<Value>) throws(UsageError) -> Value {
        guard let value = try value(of: positional) else {
            throw .missingArgument(spelling: positional.description.spelling)
        }
        return value
    }

    /// All values given for a repeated option, in order.
    func values<Value>(of option: Option<Value>) throws(UsageError) -> [Value] {
        var converted: [Value] = []
        for text in values[option.name] ?? [] {
            converted.append(try Self.convert(text, spelling: option.description.spelling))
        }
        return converted
    }

    private static func convert<Value: ArgumentValue>(
        _ text: String, spelling: String
    ) throws(UsageError) -> Value {
        guard let value = Value(argument: text) else {
            throw .invalidValue(spelling: spelling, value: text, expectation: Value.expectation)
        }
        return value
    }
}
