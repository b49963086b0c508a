import TandemBasics

/// What is wrong with one line or record of a bulk file.
struct FieldProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// The members of a JSON object, taken out one by one with their checks; a null counts as missing.
struct RecordFields {
    /// Those that have not been taken yet.
    private(set) var rest: [JSONMember]

    init(_ value: JSONValue) throws(FieldProblem) {
        guard case .object(let members) = value else {
            throw FieldProblem("not a JSON object")
        }
        rest = members
    }

    /// The value of a member that must be there.
    func required<Value>(_ name: String, _ value: Value?) throws(FieldProblem) -> Value {
        guard let value else { throw FieldProblem("'\(name)' is missing") }
        return value
    }

    mutating func text(_ name: String) throws(FieldProblem) -> String? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value else { throw unfit(name, value, "a text") }
        return text
    }

    mutating func share(_ name: String) throws(FieldProblem) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = value.double, (0...1).contains(number) else {
            throw unfit(name, value, "a number from 0 to 1")
        }
        return number
    }

    mutating func flag(_ name: String) throws(FieldProblem) -> Bool? {
        switch take(name) {
        case nil: return nil
        case .bool(let flag): return flag
        case .integer(0): return false
        case .integer(1): return true
        case let value?: throw unfit(name, value, "true or false")
        }
    }

    mutating func moment(_ name: String) throws(FieldProblem) -> Moment? {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value, let moment = Moment(text) else {
            throw unfit(name, value, "a time such as 2026-01-31T23:59:59Z")
        }
        return moment
    }

    mutating func choice<Choice>(
        _ name: String, as type: Choice.Type = Choice.self
    ) throws(FieldProblem) -> Choice?
    where Choice: RawRepresentable<String>, Choice: CaseIterable {
        guard let value = take(name) else { return nil }
        guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
            throw unfit(
                name, value, "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    /// An object; its members must be finite numbers or null if `isNumeric`.
    mutating func object(
        _ name: String, isNumeric: Bool = false
    ) throws(FieldProblem) -> JSONValue? {
        guard let value = take(name) else { return nil }
        guard case .object(let members) = value else { throw unfit(name, value, "an object") }
        if isNumeric,
            let wrong = members.first(where: { $0.value != .null && $0.value.double == nil })
        {
            throw unfit("\(name).\(wrong.name)", wrong.value, "a number")
        }
        return value
    }

    /// Throws if a member is left that nothing has asked for.
    func requireEnd() throws(FieldProblem) {
        if let extra = rest.first { throw FieldProblem("'\(extra.name)' has no meaning here") }
    }

    private mutating func take(_ name: String) -> JSONValue? {
        guard let index = rest.firstIndex(where: { $0.name == name }) else { return nil }
        let value = rest.remove(at: index).value
        return value == .null ? nil : value
    }

    private func unfit(_ name: String, _ value: JSONValue, _ expected: String) -> FieldProblem {
        let text = (try? value.text()) ?? "\(value)"
        let shown = text.count > 60 ? text.prefix(60) + "..." : text[...]
        return FieldProblem("'\(name)' is \(shown), expected \(expected)")
    }
}
