/// How often a parameter may or must be given.
enum Occurrence: Sendable {
    case required
    case optional
    case repeated
}

/// What is read from the texts given for a parameter: `Int` from one text, `Int?` from one that may be missing,
/// `[Int]` from any number of them.
protocol ParameterValue: Sendable {
    associatedtype Item: ArgumentValue

    static var occurrence: Occurrence { get }

    /// The value made of what was given; of several where one is wanted, the last counts.
    init?(items: [Item])
}

extension Optional: ParameterValue where Wrapped: ArgumentValue {
    static var occurrence: Occurrence { .optional }

    init?(items: [Wrapped]) { self = items.last }
}

extension Array: ParameterValue where Element: ArgumentValue {
    static var occurrence: Occurrence { .repeated }

    init?(items: [Element]) { self = items }
}

/// A typed parameter that can be listed among the parameters of a command.
protocol Parameter: Sendable {
    var description: ParameterDescription { get }
}

/// A parameter with a value.
protocol ValueParameter: Parameter {
    associatedtype Value: ParameterValue

    var name: String { get }
    /// The value where none is given; nil where the value's type says it or one must be given.
    var defaultValue: Value? { get }
}

/// A named parameter with a value: `--name value` or `--name=value`.
struct Option<Value: ParameterValue>: ValueParameter {
    let name: String
    let placeholder: String
    let help: String
    let defaultValue: Value?
    /// The value used when the option is not given, as shown in the help text.
    let defaultText: String?

    init(
        _ name: String, _ placeholder: String, help: String, default value: Value? = nil,
        defaultText: String? = nil
    ) {
        self.name = name
        self.placeholder = placeholder
        self.help = help
        defaultValue = value
        self.defaultText = defaultText ?? value.map { "\($0)" }
    }

    var description: ParameterDescription {
        ParameterDescription(self, .option(placeholder: placeholder), help, defaultText)
    }
}

/// A parameter known by its place; only the last ones of a command may be optional.
struct Positional<Value: ParameterValue>: ValueParameter {
    let name: String
    let help: String
    let defaultValue: Value? = nil

    init(_ name: String, help: String) {
        self.name = name
        self.help = help
    }

    var description: ParameterDescription { ParameterDescription(self, .positional, help) }
}

/// A named parameter without a value: `--name`.
struct Flag: Parameter {
    let name: String
    let help: String

    init(_ name: String, help: String) {
        self.name = name
        self.help = help
    }

    var description: ParameterDescription { ParameterDescription(self) }
}

/// What the parser and the help text need to know about a parameter of any type.
struct ParameterDescription: Sendable {
    enum Kind: Sendable, Equatable {
        case option(placeholder: String)
        case flag
        case positional
    }

    let name: String
    let kind: Kind
    let occurrence: Occurrence
    let help: String
    let defaultText: String?
    /// What a valid text looks like if this is none; nil if it is one.
    let expectation: @Sendable (String) -> String?

    init<P: ValueParameter>(
        _ parameter: P, _ kind: Kind, _ help: String, _ defaultText: String? = nil
    ) {
        name = parameter.name
        self.kind = kind
        occurrence = parameter.defaultValue == nil ? P.Value.occurrence : .optional
        self.help = help
        self.defaultText = defaultText
        expectation = { text in
            P.Value.Item(argument: text) == nil ? P.Value.Item.expectation : nil
        }
    }

    init(_ flag: Flag) {
        name = flag.name
        kind = .flag
        occurrence = .optional
        help = flag.help
        defaultText = nil
        expectation = { _ in nil }
    }

    /// Whether it is an option or a flag.
    var isNamed: Bool { kind != .positional }

    /// The parameter as it is written: `--name <placeholder>`, `--name` or `<name>`.
    var spelling: String {
        switch kind {
        case .option(let placeholder): "--\(name) <\(placeholder)>"
        case .flag: "--\(name)"
        case .positional: "<\(name)>"
        }
    }

    /// The parameter in a usage line: in brackets if it may be left out.
    var usage: String {
        switch occurrence {
        case .required: spelling
        case .optional: "[\(spelling)]"
        case .repeated: "[\(spelling) ...]"
        }
    }
}
