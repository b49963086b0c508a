/// How often a parameter may or must be given.
enum Occurrence: Sendable {
    case required
    case optional
    case repeated
}

/// A named parameter with a value: `--name value` or `--name=value`.
struct Option<Value: ArgumentValue>: Sendable {
    let name: String
    let placeholder: String
    let occurrence: Occurrence
    let help: String
    /// The value used when the option is not given, as shown in the help text.
    let defaultText: String?

    init(
        _ name: String, _ placeholder: String, _ occurrence: Occurrence = .optional, help: String,
        defaultText: String? = nil
    ) {
        self.name = name
        self.placeholder = placeholder
        self.occurrence = occurrence
        self.help = help
        self.defaultText = defaultText
    }
}

/// A named parameter without a value: `--name`.
struct Flag: Sendable {
    let name: String
    let help: String

    init(_ name: String, help: String) {
        self.name = name
        self.help = help
    }
}

/// A parameter known by its place; only the last ones of a command may be optional.
struct Positional<Value: ArgumentValue>: Sendable {
    let name: String
    let occurrence: Occurrence
    let help: String

    init(_ name: String, _ occurrence: Occurrence = .required, help: String) {
        self.name = name
        self.occurrence = occurrence
        self.help = help
    }
}

/// What the parser and the help text need to know about a parameter of any type.
struct ParameterDescription: Sendable {
    enum Kind: Sendable {
        case option(placeholder: String, Occurrence)
        case flag
        case positional(Occurrence)
    }

    let name: String
    let kind: Kind
    let help: String
    let defaultText: String?

    /// Whether it is an option or a flag.
    var isNamed: Bool {
        if case .positional = kind { false } else { true }
    }

    /// The parameter as it is written: `--name <placeholder>`, `--name` or `<name>`.
    var spelling: String {
        switch kind {
        case .option(let placeholder, _): "--\(name) <\(placeholder)>"
        case .flag: "--\(name)"
        case .positional: "<\(name)>"
        }
    }

    /// The parameter in a usage line: in brackets if it may be left out.
    var usage: String {
        switch kind {
        case .option(_, .required), .positional(.required): spelling
        case .option(_, .optional), .positional(.optional), .flag: "[\(spelling)]"
        case .option(_, .repeated), .positional(.repeated): "[\(spelling) ...]"
        }
    }
}

/// A typed parameter that can be listed among the parameters of a command.
protocol Parameter: Sendable {
    var description: ParameterDescription { get }
}

extension Option: Parameter {
    var description: ParameterDescription {
        ParameterDescription(
            name: name, kind: .option(placeholder: placeholder, occurrence), help: help,
            defaultText: defaultText)
    }
}

extension Flag: Parameter {
    var description: ParameterDescription {
        ParameterDescription(name: name, kind: .flag, help: help, defaultText: nil)
    }
}

extension Positional: Parameter {
    var description: ParameterDescription {
        ParameterDescription(
            name: name, kind: .positional(occurrence), help: help, defaultText: nil)
    }
}
