/// A JSON value as it stands in its file: members keep their order, integers stay exact.
public indirect enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number without fraction and exponent that fits an `Int`.
    case integer(Int)
    /// A number without fraction and exponent that fits a `UInt64` and is too large for an `Int`.
    case unsigned(UInt64)
    /// Any other number.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object: members in order, no name twice.
    case object([JSONMember])

    /// A text, or null.
    package init(_ text: String?) { self = text.map { .string($0) } ?? .null }

    /// A number, or null for none and for one that JSON cannot express.
    package init(_ number: Double?) {
        self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
    }

    /// The value of the member `name` of an object; nil for another name or kind of value.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// Reads one JSON text (RFC 8259) strictly.
    ///
    /// Refused: anything after the value except white space, a name twice in one object, invalid
    /// UTF-8, unpaired surrogates, numbers beyond a double, and nesting deeper than `depthLimit`.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - depthLimit: the deepest nesting of arrays and objects that is read.
    /// - Returns: the value.
    /// - Throws: the first problem with its byte offset.
    public static func parse(
        _ bytes: [UInt8], depthLimit: Int = 64
    ) throws(JSONProblem) -> JSONValue {
        try JSONReader.read(bytes, depthLimit: depthLimit) { reader throws(JSONProblem) in
            let value = try reader.value()
            try reader.finish()
            return value
        }
    }

    /// The value as JSON text: on one line, or indented by two spaces for people.
    ///
    /// - Parameter isIndented: whether every member and element gets its own line.
    /// - Returns: the text, without a line end.
    /// - Throws: `nonFiniteNumber` for NaN and infinities, which JSON cannot express.
    public func text(isIndented: Bool = false) throws(JSONProblem) -> String {
        var output = ""
        try append(to: &output, indentation: isIndented ? 0 : nil)
        return output
    }

    private func append(to output: inout String, indentation: Int?) throws(JSONProblem) {
        switch self {
        case .null: output += "null"
        case .bool(let value): output += value ? "true" : "false"
        case .integer(let value): output += "\(value)"
        case .unsigned(let value): output += "\(value)"
        case .number(let value):
            guard value.isFinite else { throw .nonFiniteNumber("\(value)") }
            output += "\(value)"
        case .string(let value): Self.appendQuoted(value, to: &output)
        case .array(let values):
            try Self.appendList(values, brackets: ("[", "]"), to: &output, indentation) {
                (value, output, inner) throws(JSONProblem) in
                try value.append(to: &output, indentation: inner)
            }
        case .object(let members):
            try Self.appendList(members, brackets: ("{", "}"), to: &output, indentation) {
                (member, output, inner) throws(JSONProblem) in
                Self.appendQuoted(member.name, to: &output)
                output += inner == nil ? ":" : ": "
                try member.value.append(to: &output, indentation: inner)
            }
        }
    }

    private static func appendList<Item>(
        _ items: [Item], brackets: (open: String, close: String), to output: inout String,
        _ indentation: Int?, item: (Item, inout String, Int?) throws(JSONProblem) -> Void
    ) throws(JSONProblem) {
        output += brackets.open
        for (index, value) in items.enumerated() {
            if index > 0 { output += "," }
            appendLineBreak(indentation.map { $0 + 2 }, to: &output)
            try item(value, &output, indentation.map { $0 + 2 })
        }
        if !items.isEmpty { appendLineBreak(indentation, to: &output) }
        output += brackets.close
    }

    private static func appendLineBreak(_ indentation: Int?, to output: inout String) {
        guard let indentation else { return }
        output += "\n" + String(repeating: " ", count: indentation)
    }

    private static func appendQuoted(_ value: String, to output: inout String) {
        output += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }
}

extension JSONValue {
    /// The value as a number, nil for any other kind of value.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .unsigned(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The value as a whole number that fits an `Int`, nil for any other kind of value.
    public var wholeNumber: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The string, nil for any other kind of value.
    public var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements of an array, nil for any other kind of value.
    public var elements: [JSONValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The members of an object in their order, nil for any other kind of value.
    public var orderedMembers: [JSONMember]? {
        if case .object(let members) = self { members } else { nil }
    }
}

/// In programs objects are written as dictionaries, whose members keep their order, and strings as strings.
extension JSONValue: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral {
    /// An object of members with different names.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self = .object(members.map { JSONMember($0, $1) })
    }

    /// A string.
    public init(stringLiteral text: String) { self = .string(text) }
}

/// A member of a JSON object.
public struct JSONMember: Equatable, Sendable {
    /// The name.
    public let name: String
    /// The value.
    public let value: JSONValue

    /// Makes a member.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// What is wrong with a JSON text; offsets count bytes from 0.
public enum JSONProblem: Error, Equatable, Sendable {
    /// The text ends inside a value.
    case unexpectedEnd(offset: Int)
    /// A byte that cannot stand where it does.
    case unexpectedByte(offset: Int, found: UInt8, expected: String)
    /// A number is not written as JSON asks, or is too large for a double.
    case invalidNumber(offset: Int, text: String)
    /// A string has an unknown escape or an unpaired surrogate.
    case invalidEscape(offset: Int)
    /// A string is not valid UTF-8.
    case invalidUTF8(offset: Int)
    /// A name occurs twice in one object.
    case duplicateName(String, offset: Int)
    /// Arrays and objects are nested deeper than the limit.
    case tooDeep(offset: Int, limit: Int)
    /// Something follows the value.
    case trailingBytes(offset: Int)
    /// A number to be written is NaN or infinite.
    case nonFiniteNumber(String)
}

extension JSONProblem: CustomStringConvertible {
    /// What is wrong and where.
    public var description: String {
        switch self {
        case .unexpectedEnd(let offset): "JSON: the text ends at byte \(offset) inside a value"
        case .unexpectedByte(let offset, let found, let expected):
            "JSON: byte \(offset) is \(Self.shown(found)), expected \(expected)"
        case .invalidNumber(let offset, let text):
            "JSON: \"\(text)\" at byte \(offset) is not a number"
        case .invalidEscape(let offset): "JSON: invalid escape at byte \(offset)"
        case .invalidUTF8(let offset): "JSON: the string at byte \(offset) is not valid UTF-8"
        case .duplicateName(let name, let offset):
            "JSON: \"\(name)\" occurs twice in one object, again at byte \(offset); keep one"
        case .tooDeep(let offset, let limit):
            "JSON: nested deeper than \(limit) levels at byte \(offset)"
        case .trailingBytes(let offset): "JSON: text after the value at byte \(offset)"
        case .nonFiniteNumber(let value): "JSON cannot express the number \(value)"
        }
    }

    private static func shown(_ byte: UInt8) -> String {
        (0x20..<0x7F).contains(byte)
            ? "'\(Character(UnicodeScalar(byte)))'" : "0x" + String(byte, radix: 16)
    }
}
