/// Checks what a layer is made with: layers are made without `try`, so what is wrong is kept until an arena asks.
struct LayerSettings {
    /// What is wrong so far.
    private(set) var problems: [String] = []

    /// The largest size of an axis: products of two sizes and a small factor stay far from overflowing.
    static let largestSize = 1 << 28

    /// A size of at least `minimum`, or `minimum` in the place of an impossible one.
    mutating func size(_ value: Int, _ name: String, atLeast minimum: Int = 1) -> Int {
        guard value >= minimum else {
            problems.append("\(name) is \(value), expected at least \(minimum)")
            return minimum
        }
        guard value <= Self.largestSize else {
            problems.append("\(name) is \(value), expected at most \(Self.largestSize)")
            return minimum
        }
        return value
    }

    /// Takes note of a probability of dropout outside `[0, 1)`.
    mutating func dropout(_ probability: Float) {
        guard !(0..<1).contains(probability) else { return }
        problems.append("dropout is \(probability), expected a probability in [0, 1)")
    }

    /// Takes note of a number that is added to something positive and is not above 0.
    mutating func epsilon(_ value: Float) {
        guard !(value.isFinite && value > 0) else { return }
        problems.append("epsilon is \(value), expected a finite number above 0")
    }

    /// Takes note of a condition that does not hold.
    mutating func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }
}
