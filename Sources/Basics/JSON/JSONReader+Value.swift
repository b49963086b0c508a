extension JSONReader {
    /// Reads the next value with everything in it as a tree.
    package mutating func value() throws(JSONProblem) -> JSONValue {
        switch try kind() {
        case .object:
            var members: [JSONMember] = []
            try enterObject()
            while try nextName() {
                let name = self.name
                members.append(JSONMember(name, try value()))
            }
            return .object(members)
        case .array:
            var values: [JSONValue] = []
            try enterArray()
            while try nextElement() { values.append(try value()) }
            return .array(values)
        case .string: return .string(try string())
        case .number: return try numberValue()
        case .bool: return .bool(try bool())
        case .null:
            try null()
            return .null
        }
    }

    private mutating func numberValue() throws(JSONProblem) -> JSONValue {
        let number = try scanNumber()
        if let integer = number.integer { return .integer(integer) }
        if let integer = number.unsigned { return .unsigned(integer) }
        let value = number.value(in: bytes)
        if !value.isFinite { throw invalidNumber(from: number.range.lowerBound) }
        return .number(value)
    }
}
