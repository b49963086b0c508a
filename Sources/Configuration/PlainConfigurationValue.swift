import TandemBasics

/// A type that is a single JSON value: truth value, number or text.
protocol PlainConfigurationValue {
    /// What is expected, completing "expected ...".
    static var expectation: String { get }

    /// Reads the value, or returns nil if it has another type or does not fit.
    init?(_ value: JSONValue)
}

extension Bool: PlainConfigurationValue {
    static var expectation: String { "true or false" }

    init?(_ value: JSONValue) {
        guard case .bool(let boolean) = value else { return nil }
        self = boolean
    }
}

extension String: PlainConfigurationValue {
    static var expectation: String { "text in quotes" }

    init?(_ value: JSONValue) {
        guard case .string(let text) = value else { return nil }
        self = text
    }
}

extension PlainConfigurationValue where Self: BinaryFloatingPoint {
    static var expectation: String { "a number" }

    init?(_ value: JSONValue) {
        switch value {
        case .integer(let integer): self = Self(integer)
        case .unsigned(let integer): self = Self(integer)
        case .number(let number): self = Self(number)
        default: return nil
        }
        guard isFinite else { return nil }
    }
}

extension Float: PlainConfigurationValue {}
extension Double: PlainConfigurationValue {}

extension PlainConfigurationValue where Self: FixedWidthInteger {
    static var expectation: String {
        Self.self == Int.self || Self.self == Int64.self
            ? "a whole number" : "a whole number from \(Self.min) to \(Self.max)"
    }

    /// Whole numbers may also be written as `1e6` or `32.0` as far as a Double holds them exactly.
    init?(_ value: JSONValue) {
        switch value {
        case .integer(let integer):
            self.init(exactly: integer)
        case .unsigned(let integer):
            self.init(exactly: integer)
        case .number(let number) where number.magnitude <= 0x1p53:
            self.init(exactly: number)
        default:
            return nil
        }
    }
}

extension Int: PlainConfigurationValue {}
extension Int8: PlainConfigurationValue {}
extension Int16: PlainConfigurationValue {}
extension Int32: PlainConfigurationValue {}
extension Int64: PlainConfigurationValue {}
extension UInt: PlainConfigurationValue {}
extension UInt8: PlainConfigurationValue {}
extension UInt16: PlainConfigurationValue {}
extension UInt32: PlainConfigurationValue {}
extension UInt64: PlainConfigurationValue {}

extension JSONValue {
    /// The members of an object by name; nil for another kind of value.
    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return Dictionary(members.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// The value in a few words, for messages.
    var summary: String {
        switch self {
        case .string(let text):
            "the text \"\(text.count > 60 ? text.prefix(57) + "..." : text[...])\""
        case .array(let elements): "a list of \(elements.count)"
        case .object: "a section"
        case .null, .bool, .integer, .unsigned, .number: (try? text()) ?? ""
        }
    }
}
