/// Gradients by central differences in double precision, which depend on nothing but the forward formula.
enum CentralDifference {
    /// The gradient of `function` at `point`; the error is of the order of 1e-9 for functions of unit scale.
    static func gradient(
        at point: [Double], step: Double = 1e-5, of function: ([Double]) -> Double
    ) -> [Double] {
        var moved = point
        return point.indices.map { index in
            let width = step * max(1, abs(point[index]))
            moved[index] = point[index] + width
            let above = function(moved)
            moved[index] = point[index] - width
            let below = function(moved)
            moved[index] = point[index]
            return (above - below) / (2 * width)
        }
    }

    /// The derivative of a function of one variable.
    static func derivative(at point: Double, of function: (Double) -> Double) -> Double {
        let width = 1e-5 * max(1, abs(point))
        return (function(point + width) - function(point - width)) / (2 * width)
    }
}

/// The inner product of two vectors.
func dot(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
}

extension [Float] {
    /// The same values in double precision.
    var doubles: [Double] { map(Double.init) }
}

extension [Double] {
    /// The values rounded to single precision.
    var floats: [Float] { map { Float($0) } }
}
