import Glibc

/// A logistic regression of one label, fitted with an L2 penalty on its weights and none on its intercept.
///
/// Minimises `|w|^2 / 2 + C sum log(1 + exp(-m))` over the margins m of all examples (the objective of scikit-learn's
/// `LogisticRegression`), by Newton's method in double precision with a Cholesky factorisation; deterministic.
struct LogisticRegression: Sendable {
    /// One weight per input, then the intercept; the intercept is infinite where training has a single class.
    private(set) var weights: [Double]

    private static let iterations = 50
    private static let tolerance = 1e-9

    /// Fits the regression; `rows` have equal lengths, `labels` one entry per row, `inverseRegularization` is C.
    ///
    /// With one class only there is nothing to tell apart: that class is certain then.
    init(_ rows: [[Double]], labels: [Bool], inverseRegularization: Double) {
        let width = rows.first?.count ?? 0
        weights = [Double](repeating: 0, count: width + 1)
        guard labels.contains(true), labels.contains(false) else {
            weights[width] = labels.contains(true) ? .infinity : -.infinity
            return
        }
        let sparse = rows.map(SparseRow.init)
        var value = Self.objective(weights, sparse, labels, inverseRegularization)
        for _ in 0..<Self.iterations {
            let system = Self.derivatives(weights, sparse, labels, inverseRegularization)
            guard system.gradient.contains(where: { $0.magnitude > Self.tolerance }) else { break }
            let step = system.solve()
            // Far from the minimum a whole step may overshoot; close to it rounding hides descent.
            var factor = 1.0
            var next = weights
            var nextValue = Double.infinity
            while factor > 1e-6 {
                next = zip(weights, step).map { $0 - factor * $1 }
                nextValue = Self.objective(next, sparse, labels, inverseRegularization)
                if nextValue <= value { break }
                factor /= 2
            }
            guard nextValue <= value else { break }
            (weights, value) = (next, nextValue)
        }
    }

    /// The probability of the label for a row as long as those of training.
    func probability(_ row: [Double]) -> Double {
        let margin = zip(row, weights).reduce(weights[weights.count - 1]) { $0 + $1.0 * $1.1 }
        return Self.sigmoid(margin)
    }

    private static func sigmoid(_ value: Double) -> Double {
        let small = exp(-value.magnitude)
        return value >= 0 ? 1 / (1 + small) : small / (1 + small)
    }

    private static func objective(
        _ weights: [Double], _ rows: [SparseRow], _ labels: [Bool], _ factor: Double
    ) -> Double {
        let loss = zip(rows, labels).reduce(0) { sum, example in
            let margin = example.0.product(weights) * (example.1 ? -1 : 1)
            return sum + max(margin, 0) + log1p(exp(-margin.magnitude))
        }
        return weights.dropLast().reduce(0) { $0 + $1 * $1 } / 2 + factor * loss
    }

    private static func derivatives(
        _ weights: [Double], _ rows: [SparseRow], _ labels: [Bool], _ factor: Double
    ) -> LinearSystem {
        let size = weights.count
        var system = LinearSystem(size)
        for index in 0..<size - 1 {
            system.gradient[index] = weights[index]
            system.matrix[index * size + index] = 1
        }
        for (row, label) in zip(rows, labels) {
            let probability = sigmoid(row.product(weights))
            let error = factor * (probability - (label ? 1 : 0))
            let curvature = factor * probability * (1 - probability)
            for (i, x) in row.entries {
                system.gradient[i] += error * x
                for (j, y) in row.entries where j <= i {
                    system.matrix[i * size + j] += curvature * x * y
                }
            }
        }
        return system
    }
}

/// The inputs of a row that are not zero, with 1 for the intercept at the end.
private struct SparseRow {
    let entries: [(Int, Double)]

    init(_ row: [Double]) {
        entries =
            row.enumerated().filter { $0.element != 0 }.map { ($0.offset, $0.element) }
            + [(row.count, 1)]
    }

    func product(_ weights: [Double]) -> Double {
        entries.reduce(0) { $0 + weights[$1.0] * $1.1 }
    }
}

/// A symmetric positive definite matrix, of which the lower half is kept, with a right-hand side.
private struct LinearSystem {
    let size: Int
    var matrix: [Double]
    var gradient: [Double]

    init(_ size: Int) {
        self.size = size
        matrix = [Double](repeating: 0, count: size * size)
        gradient = [Double](repeating: 0, count: size)
    }

    /// The solution, by Cholesky's factorisation.
    func solve() -> [Double] {
        var (factor, solution, size) = (matrix, gradient, size)
        factor.withUnsafeMutableBufferPointer { factor in
            for i in 0..<size {
                for j in 0...i {
                    var sum = factor[i * size + j]
                    for k in 0..<j { sum -= factor[i * size + k] * factor[j * size + k] }
                    // Rounding alone could bring this to 0 in a positive definite matrix.
                    factor[i * size + j] =
                        i == j
                        ? max(sum, .leastNormalMagnitude).squareRoot() : sum / factor[j * size + j]
                }
            }
            for i in 0..<size {
                for k in 0..<i { solution[i] -= factor[i * size + k] * solution[k] }
                solution[i] /= factor[i * size + i]
            }
            for i in stride(from: size - 1, through: 0, by: -1) {
                for k in i + 1..<max(i + 1, size) {
                    solution[i] -= factor[k * size + i] * solution[k]
                }
                solution[i] /= factor[i * size + i]
            }
        }
        return solution
    }
}
