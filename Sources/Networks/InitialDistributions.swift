import TandemBasics
import TandemTensors
import Glibc

/// Random matrices with orthogonal rows or columns.
enum OrthogonalMatrix {
    /// A matrix `[rows, columns]` in row-major order whose shorter side consists of orthogonal vectors of length `gain`.
    ///
    /// The vectors are those of the QR decomposition of a matrix of normal numbers with the diagonal of R above 0, which
    /// makes them uniform (Mezzadri 2007); PyTorch's `orthogonal_` computes the same.
    static func values(rows: Int, columns: Int, gain: Double, _ generator: inout Philox) -> [Float]
    {
        let (length, number) = (max(rows, columns), min(rows, columns))
        // Drawn row by row, as the matrix is stored; the vectors are its columns when it is tall, its rows when it is wide.
        let drawn = generator.nextNormals(rows * columns)
        func place(_ index: Int) -> Int {
            rows >= columns ? index % columns * rows + index / columns : index
        }
        var vectors = [Double](repeating: 0, count: drawn.count)
        for index in drawn.indices { vectors[place(index)] = drawn[index] }
        orthogonalize(&vectors, length: length, number: number)
        return drawn.indices.map { Float(vectors[place($0)] * gain) }
    }

    /// Gram and Schmidt's method on `number` vectors that stand one after the other.
    ///
    /// Each vector is made orthogonal to the earlier ones twice, which leaves no more error than Householder's reflections
    /// (Giraud, Langou and Rozloznik 2005).
    private static func orthogonalize(_ vectors: inout [Double], length: Int, number: Int) {
        vectors.withUnsafeMutableBufferPointer { all in
            guard let start = all.baseAddress else { return }
            for index in 0..<number {
                let current = start + index * length
                for _ in 0..<2 {
                    for earlier in 0..<index {
                        let other = start + earlier * length
                        subtract(dot(current, other, length), other, from: current, length)
                    }
                }
                let norm = dot(current, current, length).squareRoot()
                for place in 0..<length { current[place] /= norm }
            }
        }
    }

    /// The scalar product, in eight partial sums so that it can be vectorised; written out, as unoptimised builds take twenty
    /// times as long for vectors of eight.
    private static func dot(
        _ left: UnsafePointer<Double>, _ right: UnsafePointer<Double>, _ length: Int
    ) -> Double {
        var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
        var (s4, s5, s6, s7) = (0.0, 0.0, 0.0, 0.0)
        var place = 0
        while place + 8 <= length {
            let (a, b) = (left + place, right + place)
            s0 += a[0] * b[0]
            s1 += a[1] * b[1]
            s2 += a[2] * b[2]
            s3 += a[3] * b[3]
            s4 += a[4] * b[4]
            s5 += a[5] * b[5]
            s6 += a[6] * b[6]
            s7 += a[7] * b[7]
            place += 8
        }
        var sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7
        while place < length {
            sum += left[place] * right[place]
            place += 1
        }
        return sum
    }

    /// Subtracts `share` times a vector.
    private static func subtract(
        _ share: Double, _ other: UnsafePointer<Double>,
        from current: UnsafeMutablePointer<Double>, _ length: Int
    ) {
        var place = 0
        while place < length {
            current[place] -= share * other[place]
            place += 1
        }
    }
}

/// The standard normal distribution between two bounds, drawn by inverting its distribution function.
struct TruncatedNormal {
    private let lower: Double
    private let upper: Double
    /// Whether both bounds are mirrored, so that they lie in the tail where small probabilities keep their digits.
    private let isMirrored: Bool
    private let low: Double
    private let high: Double

    /// The part between `lower` and `upper` deviations, the first below the second.
    init(lower: Double, upper: Double) {
        isMirrored = lower > 0
        (self.lower, self.upper) = isMirrored ? (-upper, -lower) : (lower, upper)
        low = Self.distribution(self.lower)
        high = Self.distribution(self.upper)
    }

    /// The value below which the share `fraction` of the distribution lies, in `[lower, upper]`.
    func value(at fraction: Double) -> Double {
        let x = Self.quantile(low + fraction * (high - low))
        let inside = min(max(x, lower), upper)
        return isMirrored ? -inside : inside
    }

    /// The share of the whole normal distribution below `x`.
    static func distribution(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// The value below which the share `p` of the whole normal distribution lies.
    ///
    /// Acklam's rational approximation ("An algorithm for computing the inverse normal cumulative distribution function",
    /// 2003), made exact to double precision by one step of Halley's method.
    static func quantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        let start = approximateQuantile(p)
        let error = distribution(start) - p
        let step = error * (2 * Double.pi).squareRoot() * exp(start * start / 2)
        return start - step / (1 + start * step / 2)
    }

    private static func approximateQuantile(_ p: Double) -> Double {
        let tail = 0.02425
        if p < tail { return tailQuantile((-2 * log(p)).squareRoot()) }
        if p > 1 - tail { return -tailQuantile((-2 * log(1 - p)).squareRoot()) }
        let q = p - 0.5
        let r = q * q
        let numerator = polynomial(
            r, -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02,
            1.383577518672690e+02, -3.066479806614716e+01, 2.506628277459239e+00)
        let denominator = polynomial(
            r, -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
            6.680131188771972e+01, -1.328068155288572e+01, 1)
        return numerator * q / denominator
    }

    private static func tailQuantile(_ q: Double) -> Double {
        let numerator = polynomial(
            q, -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
            -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00)
        let denominator = polynomial(
            q, 7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
            3.754408661907416e+00, 1)
        return numerator / denominator
    }

    /// A polynomial at `x` by Horner's rule, the highest power first.
    private static func polynomial(_ x: Double, _ coefficients: Double...) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }
}
