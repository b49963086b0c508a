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
        guard case .boolean(let boolean) = value else { return nil }
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

extension PlainConfigurationValue where Self: BinaryFloatingPoint & LosslessStringConvertible {
    static var expectation: String { "a number" }

    init?(_ value: JSONValue) {
        guard case .number(let literal) = value, let number = Self(literal), number.isFinite else {
            return nil
        }
        self = number
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
        guard case .number(let literal) = value else { return nil }
        if let integer = Self(literal) {
            self = integer
        } else if let number = Double(literal), number.magnitude <= 0x1p53,
            let integer = Self(exactly: number)
        {
            self = integer
        } else {
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
    /// The value in a few words, for messages.
    var summary: String {
        switch self {
        case .null: "null"
        case .boolean(let value): "\(value)"
        case .number(let literal): literal
        case .string:
            "the text \(compact.count > 60 ? String(compact.prefix(57)) + "...\"" : compact)"
        case .array(let elements): "a list of \(elements.count)"
        case .object: "a section"
        }
    }
}
