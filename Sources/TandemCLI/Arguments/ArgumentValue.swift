/// A type whose values can be given on the command line.
protocol ArgumentValue: ParameterValue where Item == Self {
    /// What a valid argument looks like, completing "expected ...".
    static var expectation: String { get }

    /// Reads the value from its text, or returns nil if the text is not valid.
    init?(argument: String)
}

extension ArgumentValue {
    static var occurrence: Occurrence { .required }

    init?(items: [Self]) {
        guard let last = items.last else { return nil }
        self = last
    }
}

/// An enumeration of texts is given by its texts.
extension ArgumentValue where Self: RawRepresentable<String> & CaseIterable {
    static var expectation: String { allCases.map(\.rawValue).joined(separator: ", ") }

    init?(argument: String) { self.init(rawValue: argument) }
}

extension ArgumentValue where Self: LosslessStringConvertible {
    init?(argument: String) { self.init(argument) }
}

extension String: ArgumentValue {
    static var expectation: String { "text" }
}

extension Int: ArgumentValue {
    static var expectation: String { "a whole number" }
}

extension UInt64: ArgumentValue {
    static var expectation: String { "a whole number from 0 to \(UInt64.max)" }
}

extension Double: ArgumentValue {
    static var expectation: String { "a finite number" }

    init?(argument: String) {
        guard let value = Double(argument), value.isFinite else { return nil }
        self = value
    }
}

/// A whole number above zero: a count of threads, runs, layers and so on.
struct PositiveCount: ArgumentValue, ExpressibleByIntegerLiteral, CustomStringConvertible {
    static var expectation: String { "a whole number of at least 1" }

    let value: Int

    init?(argument: String) {
        guard let value = Int(argument), value >= 1 else { return nil }
        self.value = value
    }

    init(integerLiteral value: Int) { self.value = value }

    var description: String { "\(value)" }
}

/// A number above zero: a length of time and so on.
struct PositiveNumber: ArgumentValue {
    static var expectation: String { "a finite number above 0" }

    let value: Double

    init(_ value: Double) { self.value = value }

    init?(argument: String) {
        guard let value = Double(argument), value.isFinite, value > 0 else { return nil }
        self.value = value
    }
}

/// Whole numbers above zero, separated by commas.
struct PositiveCounts: ArgumentValue, ExpressibleByArrayLiteral, CustomStringConvertible {
    static var expectation: String { "numbers of units such as 128,64" }

    let values: [Int]

    init?(argument: String) { self.init(argument, separator: ",") }

    init?(_ text: some StringProtocol, separator: Character) {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        values = parts.compactMap { Int($0) }.filter { (1...Int(Int32.max)).contains($0) }
        guard values.count == parts.count else { return nil }
    }

    init(arrayLiteral elements: Int...) { values = elements }

    var description: String { values.map(String.init).joined(separator: ",") }
}
