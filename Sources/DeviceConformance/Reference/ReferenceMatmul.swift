import TandemDevices

/// The product of two matrices in double precision, kept with the norms of its sums.
///
/// Operands are `[batch, m, k]` and `[batch, k, n]`, never transposed.
func referenceProduct(
    _ left: [Float], _ right: [Float], batch: Int = 1, m: Int, n: Int, k: Int
) -> [Sum] {
    var result: [Sum] = []
    result.reserveCapacity(batch * m * n)
    left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
            for index in 0..<batch {
                for row in 0..<m {
                    for column in 0..<n {
                        var (value, squares) = (0.0, 0.0)
                        var (leftIndex, rightIndex) = (
                            (index * m + row) * k, index * k * n + column
                        )
                        for _ in 0..<k {
                            let term = Double(left[leftIndex]) * Double(right[rightIndex])
                            value += term
                            squares += term * term
                            leftIndex += 1
                            rightIndex += n
                        }
                        result.append(Sum(value: value, squares: squares))
                    }
                }
            }
        }
    }
    return result
}

/// `batch` matrices `[rows, columns]` transposed.
func transposed(_ values: [Float], batch: Int, rows: Int, columns: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for index in 0..<batch {
        for column in 0..<columns {
            for row in 0..<rows {
                result.append(values[(index * rows + row) * columns + column])
            }
        }
    }
    return result
}
