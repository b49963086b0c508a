import TandemDevices

import Glibc

extension UnaryOperation {
    /// The function in double precision.
    func reference(_ x: Double) -> Double {
        switch self {
        case .negate: -x
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .square: x * x
        case .reciprocal: 1 / x
        case .absolute: abs(x)
        case .relu: x < 0 ? 0 : x
        case .sigmoid: logistic(x)
        case .tanh: hyperbolicTangent(x)
        case .gelu: 0.5 * x * erfc(-x / 2.0.squareRoot())
        case .softplus: x > 0 ? x + log1p(exp(-x)) : log1p(exp(x))
        case .silu: x * logistic(x)
        case .sine: sin(x)
        case .cosine: cos(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
        }
    }

    /// Whether the result is one correctly rounded operation, so that every bit is determined.
    var isExact: Bool {
        switch self {
        case .negate, .square, .absolute, .relu, .sign: true
        default: false
        }
    }

    /// Inputs away from poles and kinks.
    var domain: ClosedRange<Float> {
        switch self {
        case .logarithm, .squareRoot, .reciprocal: 0.1...4
        default: 0.02...4
        }
    }

    /// Whether negative inputs are in the domain.
    var takesNegative: Bool { self != .logarithm && self != .squareRoot }
}

/// `1 / (1 + e^-x)` in double precision.
func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

/// `tanh(x)` in double precision.
func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }

/// `log(sum e^x)` in double precision, with the largest value.
func logSumExp(_ values: some Sequence<Double>) -> (value: Double, largest: Double) {
    let values = Array(values)
    let largest = values.max() ?? -.infinity
    return (largest + log(values.reduce(0) { $0 + exp($1 - largest) }), largest)
}

/// `e^x` in double precision.
func exponential(_ x: Double) -> Double { exp(x) }

/// `base^exponent` in double precision.
func power(_ base: Double, _ exponent: Int) -> Double { pow(base, Double(exponent)) }

extension BinaryOperation {
    /// The function in single precision, correctly rounded.
    func reference(_ left: Float, _ right: Float) -> Float {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        case .maximum: left.isNaN || right.isNaN ? .nan : max(left, right)
        case .minimum: left.isNaN || right.isNaN ? .nan : min(left, right)
        case .power: Float(pow(Double(left), Double(right)))
        case .equal: left == right ? 1 : 0
        case .notEqual: left != right ? 1 : 0
        case .less: left < right ? 1 : 0
        case .lessOrEqual: left <= right ? 1 : 0
        case .greater: left > right ? 1 : 0
        case .greaterOrEqual: left >= right ? 1 : 0
        }
    }

    /// The expectation for results of this operation: all bits, except that quotients and powers may be rounded otherwise.
    func expectation(_ values: [Float]) -> Expectation {
        self == .divide || self == .power ? .close(values.doubles, .relative) : .exact(values)
    }
}
