import TandemBasics

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
        let isTall = rows >= columns
        var vectors = [Double](repeating: 0, count: drawn.count)
        for row in 0..<rows {
            for column in 0..<columns {
                let place = isTall ? column * length + row : row * length + column
                vectors[place] = drawn[row * columns + column]
            }
        }
        orthogonalize(&vectors, length: length, number: number)
        var result = [Float](repeating: 0, count: drawn.count)
        for row in 0..<rows {
            for column in 0..<columns {
                let place = isTall ? column * length + row : row * length + column
                result[row * columns + column] = Float(vectors[place] * gain)
            }
        }
        return result
    }

    /// Gram and Schmidt's method on `number` vectors that stand one after the other.
    ///
    /// Each vector is made orthogonal to the earlier ones twice, which leaves no more error than Householder's reflections
    /// (Giraud, Langou and Rozloznik 2005).
    private static func orthogonalize(_ vectors: inout [Double], length: Int, number: Int) {
        vectors.withUnsafeMutableBufferPointer { all in
            for index in 0..<number {
                let current = UnsafeMutableBufferPointer(
                    rebasing: all[index * length..<(index + 1) * length])
                for _ in 0..<2 {
                    for earlier in 0..<index {
                        let other = UnsafeMutableBufferPointer(
                            rebasing: all[earlier * length..<(earlier + 1) * length])
                        let share = dot(current, other)
                        for place in 0..<length { current[place] -= share * other[place] }
                    }
                }
                let norm = dot(current, current).squareRoot()
                for place in 0..<length { current[place] /= norm }
            }
        }
    }

    /// The scalar product, in eight partial sums so that it can be vectorised.
    private static func dot(
        _ left: UnsafeMutableBufferPointer<Double>, _ right: UnsafeMutableBufferPointer<Double>
    ) -> Double {
        var sums = SIMD8<Double>.zero
        var place = 0
        while place + 8 <= left.count {
            var (a, b) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
            for lane in 0..<8 {
                a[lane] = left[place + lane]
                b[lane] = right[place + lane]
            }
            sums += a * b
            place += 8
        }
        var sum = sums.sum()
        while place < left.count {
            sum += left[place] * right[place]
            place += 1
        }
        return sum
    }
}
