import TandemBasics

/// Reads the members of one row and notes all that is wrong with it.
///
/// What cannot be read is replaced by something harmless, so that the other members are still looked at; a file with
/// problems is refused as a whole.
struct GiftRow {
    /// Prices and budgets that single precision and people can deal with.
    static let amounts = 0.01...1e9
    /// Ages in years.
    static let ages = 0...120

    let number: Int
    let value: JSONValue
    let id: String?
    private(set) var problems: [GiftProblem] = []
    /// The number of words that stood in a list before.
    private(set) var repeats = 0

    /// The row with this number, counted from 0.
    init(_ value: JSONValue, number: Int) {
        self.number = number
        self.value = value
        id = value["id"]?.stringValue
        if value.orderedMembers == nil {
            add("", .wrong(value: Self.shown(value), expected: "an object"))
        }
    }

    /// The identifier, which must not be among those `seen` before.
    mutating func identifier(seen: inout [String: Int]) -> String {
        let text = name("id", expected: "a name of its own")
        if text.isEmpty { return text }
        if let first = seen[text] {
            add("id", .repeated(first: "in row \(first)"))
        } else {
            seen[text] = number
        }
        return text
    }

    /// A text that is not empty, as it stands.
    mutating func name(_ member: String, expected: String) -> String {
        guard let found = found(member, expected: expected) else { return "" }
        guard let text = found.stringValue else { return wrong(member, found, expected, "") }
        if text.allSatisfy(\.isWhitespace) { add(member, .empty(expected: expected)) }
        return text
    }

    /// A word, normalised.
    mutating func word(_ member: String) -> String {
        GiftVocabulary.normalized(name(member, expected: "a word"))
    }

    /// Words, normalised, each once.
    mutating func words(
        _ member: String, alias: String? = nil, mayBeEmpty: Bool = false
    ) -> [String] {
        let expected = "a list of words"
        guard let (member, found) = found(member, alias: alias, expected: expected) else {
            return []
        }
        guard let elements = found.elements else { return wrong(member, found, expected, []) }
        if elements.isEmpty, !mayBeEmpty { add(member, .empty(expected: "at least one word")) }
        var words: [String] = []
        for element in elements {
            guard let text = element.stringValue else {
                add(member, .wrong(value: "a list with \(Self.shown(element))", expected: expected))
                continue
            }
            let word = GiftVocabulary.normalized(text)
            if word.isEmpty {
                add(member, .wrong(value: "a list with an empty word", expected: expected))
            } else if words.contains(word) {
                repeats += 1
            } else {
                words.append(word)
            }
        }
        return words
    }

    /// A whole number of years.
    mutating func age(_ member: String) -> Int {
        let expected =
            "a whole number of years from \(Self.ages.lowerBound) to "
            + "\(Self.ages.upperBound)"
        guard let found = found(member, expected: expected) else { return 0 }
        guard let age = found.wholeNumber, Self.ages ~= age else {
            return wrong(member, found, expected, 0)
        }
        return age
    }

    /// The youngest and the oldest.
    mutating func ages(_ member: String, alias: String) -> ClosedRange<Int> {
        let expected =
            "two ascending whole numbers of years from \(Self.ages.lowerBound) to "
            + "\(Self.ages.upperBound)"
        guard let (member, found) = found(member, alias: alias, expected: expected) else {
            return Self.ages
        }
        let numbers = found.elements?.compactMap(\.wholeNumber) ?? []
        guard numbers.count == 2, found.elements?.count == 2, numbers[0] <= numbers[1],
            numbers.allSatisfy({ Self.ages ~= $0 })
        else { return wrong(member, found, expected, Self.ages) }
        return numbers[0]...numbers[1]
    }

    /// An amount of money.
    mutating func amount(_ member: String) -> Double {
        number(
            member, in: Self.amounts,
            expected: "a number above 0, from \(Self.amounts.lowerBound) to "
                + "\(NumberText.grouped(Int(Self.amounts.upperBound)))")
    }

    /// A number within limits.
    mutating func number(
        _ member: String, in limits: ClosedRange<Double>, expected: String
    ) -> Double {
        guard let found = found(member, expected: expected) else { return limits.lowerBound }
        guard let number = found.double, limits ~= number else {
            return wrong(member, found, expected, limits.lowerBound)
        }
        return number
    }

    /// Notes that a word is not among the `known` ones.
    mutating func addUnknown(_ word: String, in member: String, known: [String], advice: String) {
        let suggestion = NearestName.suggestion(for: word, among: known)
        add(member, .unknown(word: word, suggestion: suggestion, advice: advice))
    }

    /// Notes a problem.
    mutating func add(_ member: String, _ kind: GiftProblem.Kind) {
        problems.append(GiftProblem(row: number, id: id, member: member, kind))
    }

    private mutating func wrong<Value>(
        _ member: String, _ found: JSONValue, _ expected: String, _ replacement: Value
    ) -> Value {
        add(member, .wrong(value: Self.shown(found), expected: expected))
        return replacement
    }

    private mutating func found(
        _ member: String, alias: String?, expected: String
    ) -> (member: String, value: JSONValue)? {
        if let alias, let other = value[alias] {
            if value[member] != nil { add(alias, .ambiguous(other: member)) }
            return (alias, other)
        }
        return found(member, expected: expected).map { (member, $0) }
    }

    /// The member at a path of names; a row that is no object has one problem, not many.
    private mutating func found(_ path: String, expected: String) -> JSONValue? {
        if value.orderedMembers == nil { return nil }
        var place = value
        var names = path.split(separator: ".").map(String.init)[...]
        while let name = names.popFirst() {
            guard let next = place[name] else {
                add(path, .missing(expected: expected))
                return nil
            }
            place = next
        }
        return place
    }

    /// A value as a diagnostic shows it: one line, not too long.
    static func shown(_ value: JSONValue) -> String {
        let kind =
            switch value {
            case .string: "the text "
            case .array: "the list "
            case .object: "the object "
            case .null, .bool, .integer, .unsigned, .number: ""
            }
        let text = (try? value.text()) ?? "not finite"
        return kind + (text.count > 40 ? text.prefix(40) + "..." : text)
    }
}
