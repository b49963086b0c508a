import Glibc

/// Row-wise normalisations in double precision, one row at a time.
enum RowReference {
    static func softmax(_ row: [Double]) -> [Double] {
        let normalizer = logSumExp(row).value
        return row.map { exp($0 - normalizer) }
    }

    static func softmaxBackward(output: [Double], outputGradient: [Double]) -> [Double] {
        let inner = dot(output, outputGradient)
        return zip(output, outputGradient).map { $0 * ($1 - inner) }
    }

    static func logSoftmax(_ row: [Double]) -> [Double] {
        let normalizer = logSumExp(row).value
        return row.map { $0 - normalizer }
    }

    static func logSoftmaxBackward(output: [Double], outputGradient: [Double]) -> [Double] {
        let sum = outputGradient.reduce(0, +)
        return zip(output, outputGradient).map { $1 - exp($0) * sum }
    }

    /// The normalised row before gamma and beta, its mean and reciprocal deviation; RMS norm does not centre.
    static func layerNorm(_ row: [Double], epsilon: Double, isCentered: Bool = true)
        -> (normalized: [Double], mean: Double, reciprocalDeviation: Double)
    {
        let mean = isCentered ? row.reduce(0, +) / Double(row.count) : 0
        let centered = row.map { $0 - mean }
        let variance = dot(centered, centered) / Double(row.count)
        let reciprocal = 1 / (variance + epsilon).squareRoot()
        return (centered.map { $0 * reciprocal }, mean, reciprocal)
    }

    static func layerNormBackward(
        _ row: [Double], gamma: [Double], outputGradient: [Double], epsilon: Double,
        isCentered: Bool = true
    ) -> [Double] {
        let (normalized, _, reciprocal) = layerNorm(row, epsilon: epsilon, isCentered: isCentered)
        let scaled = zip(gamma, outputGradient).map { $0 * $1 }
        let mean = isCentered ? scaled.reduce(0, +) / Double(row.count) : 0
        let projection = dot(scaled, normalized) / Double(row.count)
        return zip(scaled, normalized).map { ($0 - mean - $1 * projection) * reciprocal }
    }

    static func l2Normalize(_ row: [Double], epsilon: Double) -> (output: [Double], norm: Double) {
        let norm = max(dot(row, row).squareRoot(), epsilon)
        return (row.map { $0 / norm }, norm)
    }

    static func l2NormalizeBackward(
        _ row: [Double], outputGradient: [Double], epsilon: Double
    ) -> [Double] {
        let (output, norm) = l2Normalize(row, epsilon: epsilon)
        let inner = norm > epsilon ? dot(output, outputGradient) : 0
        return zip(output, outputGradient).map { ($1 - inner * $0) / norm }
    }
}

extension [Float] {
    /// The rows of a matrix with `columns` columns, in double precision.
    func rows(of columns: Int) -> [[Double]] {
        guard columns > 0 else { return [] }
        return stride(from: 0, to: count, by: columns).map {
            self[$0..<$0 + columns].map(Double.init)
        }
    }
}
