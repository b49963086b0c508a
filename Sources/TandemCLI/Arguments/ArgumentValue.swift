/// A type whose values can be given on the command line.
protocol ArgumentValue: Sendable {
    /// What a valid argument looks like, completing "expected ...".
    static var expectation: String { get }

    /// Reads the value from its text, or returns nil if the text is not valid.
    init?(argument: String)
}

extension String: ArgumentValue {
    static var expectation: String { "text" }

    init?(argument: String) {
        self = argument
    }
}

extension Int: ArgumentValue {
    static var expectation: String { "a whole number" }

    init?(argument: String) {
        self.init(argument)
    }
}

extension UInt64: ArgumentValue {
    static var expectation: String { "a whole number from 0 to \(UInt64.max)" }

    init?(argument: String) {
        self.init(argument)
    }
}

extension Double: ArgumentValue {
    static var expectation: String { "a finite number" }

    init?(argument: String) {
        guard let value = Double(argument), value.isFinite else { return nil }
        self = value
    }
}

/// A whole number above zero: a count of threads, runs, layers and so on.
struct PositiveCount: ArgumentValue, Equatable {
    static var expectation: String { "a whole number of at least 1" }

    let value: Int

    init?(argument: String) {
        guard let value = Int(argument), value >= 1 else { return nil }
        self.value = value
    }
}

/// A number above zero: a length of time and so on.
struct PositiveNumber: ArgumentValue, Equatable {
    static var expectation: String { "a finite number above 0" }

    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), value.isFinite, value > 0 else { return nil }
        self.value = value
    }
}
