/// How far a result may be from its reference: `absolute + relative * magnitude`.
struct Tolerance: Sendable {
    var relative: Double
    var absolute: Double

    /// Results of forward computations.
    static let forward = Tolerance(relative: 1e-5, absolute: 1e-6)
    /// Gradients.
    static let gradient = Tolerance(relative: 1e-4, absolute: 1e-6)
    /// Forward results that must be right relative to their own size however small they are.
    ///
    /// The smallest normal number is allowed for devices that flush subnormal numbers to zero.
    static let relative = Tolerance(relative: 1e-5, absolute: Double(Float.leastNormalMagnitude))
}

/// What must be in an array after the calls of a case.
struct Expectation: Sendable {
    private enum Content: Sendable {
        case exact([Float])
        case exactBits([Int32])
        case close([Double], magnitudes: [Double], Tolerance)
    }

    private let content: Content

    /// Number of elements.
    var count: Int {
        switch content {
        case .exact(let values): values.count
        case .exactBits(let bits): bits.count
        case .close(let values, _, _): values.count
        }
    }

    /// The same bits, except that any NaN stands for any other and either zero for the other.
    static func exact(_ values: [Float]) -> Expectation {
        Expectation(content: .exact(values))
    }

    /// The same bits.
    static func exactBits(_ bits: [Int32]) -> Expectation {
        Expectation(content: .exactBits(bits))
    }

    /// Values within `tolerance`, relative to `magnitudes` (by default each value's own).
    static func close(
        _ values: [Double], magnitudes: [Double]? = nil, _ tolerance: Tolerance = .forward
    ) -> Expectation {
        Expectation(content: .close(values, magnitudes: magnitudes ?? values.map(abs), tolerance))
    }

    /// Sums within `tolerance`.
    static func close(_ sums: [Sum], _ tolerance: Tolerance = .forward) -> Expectation {
        close(sums.map(\.value), magnitudes: sums.map(\.magnitude), tolerance)
    }

    /// Values within `tolerance`, relative to the largest finite magnitude among them and `others`.
    static func closeToLargest(
        _ values: [Double], and others: [Double] = [], _ tolerance: Tolerance
    ) -> Expectation {
        let largest = [values, others].joined().lazy.map(abs).filter(\.isFinite).max() ?? 0
        return close(
            values, magnitudes: [Double](repeating: largest, count: values.count), tolerance)
    }

    /// The same demands with the result of a device (bit patterns) in the place of the reference.
    func fulfilled(by bits: [Int32], _ agreement: Agreement) -> Expectation {
        switch (content, agreement) {
        case (.exactBits, _), (_, .toTheBit): .exactBits(bits)
        case (.exact, .withinTolerance): .exact(Self.floats(bits))
        case (.close(_, let magnitudes, let tolerance), .withinTolerance):
            .close(Self.floats(bits).doubles, magnitudes: magnitudes, tolerance)
        }
    }

    private static func floats(_ bits: [Int32]) -> [Float] {
        bits.map { Float(bitPattern: UInt32(bitPattern: $0)) }
    }

    /// What is wrong with `found` (bit patterns), or `nil` if nothing is.
    func difference(from found: [Int32]) -> String? {
        switch content {
        case .exact(let expected):
            let values = Self.floats(found)
            guard expected != values else { return nil }
            let wrong = expected.indices.filter {
                expected[$0] != values[$0] && !(expected[$0].isNaN && values[$0].isNaN)
            }
            return describe(wrong, of: found.count) {
                "expected \(expected[$0]), found \(values[$0])"
            }
        case .exactBits(let expected):
            guard expected != found else { return nil }
            let wrong = expected.indices.filter { expected[$0] != found[$0] }
            return describe(wrong, of: found.count) {
                "expected bits \(hexadecimal(expected[$0])), found \(hexadecimal(found[$0]))"
            }
        case .close(let expected, let magnitudes, let tolerance):
            return closeDifference(expected, magnitudes, tolerance, Self.floats(found))
        }
    }

    private func describe(_ wrong: [Int], of count: Int, _ detail: (Int) -> String) -> String? {
        guard let first = wrong.first else { return nil }
        return "\(wrong.count) of \(count) elements differ, first at \(first): \(detail(first))"
    }

    private func hexadecimal(_ bits: Int32) -> String {
        "0x\(String(UInt32(bitPattern: bits), radix: 16))"
    }

    private func closeDifference(
        _ expected: [Double], _ magnitudes: [Double], _ tolerance: Tolerance, _ found: [Float]
    ) -> String? {
        var (wrong, worst, worstExcess) = (0, 0, 0.0)
        for index in expected.indices {
            let error = Self.error(expected[index], found[index])
            let allowed = tolerance.absolute + tolerance.relative * magnitudes[index]
            guard error > allowed || error == .infinity else { continue }
            let excess = error / allowed
            wrong += 1
            if wrong == 1 || excess > worstExcess { (worst, worstExcess) = (index, excess) }
        }
        guard wrong > 0 else { return nil }
        let excess =
            worstExcess < 1e6 ? ", \(Double(Int(worstExcess * 10)) / 10) times the tolerance" : ""
        return "\(wrong) of \(found.count) elements differ, worst at \(worst): "
            + "expected \(expected[worst]), found \(found[worst])\(excess)"
    }

    /// The distance of a result from its reference; infinite where one of them is NaN or infinite and the other is not.
    private static func error(_ expected: Double, _ found: Float) -> Double {
        if expected.isNaN { return found.isNaN ? 0 : .infinity }
        let rounded = Float(expected)
        if rounded.isInfinite { return rounded == found ? 0 : .infinity }
        return found.isFinite ? abs(Double(found) - expected) : .infinity
    }
}

/// A sum with the Euclidean norm of its terms, relative to which rounding errors of sums are judged.
struct Sum: Sendable {
    private(set) var value: Double
    private var squares: Double

    /// A sum that starts with one term.
    init(_ term: Double = 0) {
        value = term
        squares = term * term
    }

    /// The sum of `terms`.
    init(_ terms: [Double]) {
        self.init()
        for term in terms { add(term) }
    }

    /// A sum that was added up elsewhere, with the sum of the squares of its terms.
    init(value: Double, squares: Double) {
        self.value = value
        self.squares = squares
    }

    /// The larger of the sum's own magnitude and the norm of its terms.
    var magnitude: Double { max(abs(value), squares.squareRoot()) }

    /// Adds a term.
    mutating func add(_ term: Double) {
        value += term
        squares += term * term
    }

    /// The sum with every term multiplied by `factor`.
    func scaled(by factor: Double) -> Sum {
        var result = self
        result.value *= factor
        result.squares *= factor * factor
        return result
    }

    /// The sum after `function`, whose slope is at most about 1, so that errors do not grow.
    func mapped(_ function: (Double) -> Double) -> Sum {
        var result = self
        result.value = function(value)
        return result
    }
}
