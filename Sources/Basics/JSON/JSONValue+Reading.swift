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
