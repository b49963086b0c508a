/// Rows of equal length in double precision, padded with zeros to whole vectors of four: the operands of the products
/// that an evaluation needs.
///
/// Everything is summed in an order that depends on the sizes alone, so the same input gives the same bits.
struct DialogueRows {
    typealias Lane = SIMD4<Double>

    /// Number of rows.
    let count: Int
    /// Number of elements of a row.
    let width: Int
    /// Vectors of four per row.
    let stride: Int
    /// The elements, `[count, stride]`.
    private(set) var lanes: [Lane]

    /// Rows of zeros.
    private init(count: Int, width: Int) {
        self.count = count
        self.width = width
        stride = (width + 3) / 4
        lanes = [Lane](repeating: .zero, count: count * stride)
    }

    /// The rows of `values [n, width]`.
    init(_ values: [Float], width: Int) {
        self.init(count: values.count / width, width: width)
        values.withUnsafeBufferPointer { values in
            lanes.withUnsafeMutableBytes { bytes in
                let elements = bytes.assumingMemoryBound(to: Double.self)
                for row in 0..<count {
                    let (from, to) = (row * width, row * stride * 4)
                    for column in 0..<width {
                        elements[to + column] = Double(values[from + column])
                    }
                }
            }
        }
    }

    /// The columns of some rows of `values [n, width]`, each less its entry of `means`, as rows.
    init(transposing values: [Float], rows: Range<Int>, width: Int, means: [Double]) {
        self.init(count: width, width: rows.count)
        values.withUnsafeBufferPointer { values in
            lanes.withUnsafeMutableBytes { bytes in
                let elements = bytes.assumingMemoryBound(to: Double.self)
                for column in 0..<width {
                    let (mean, to) = (means[column], column * stride * 4)
                    for (place, row) in rows.enumerated() {
                        elements[to + place] = Double(values[row * width + column]) - mean
                    }
                }
            }
        }
    }

    /// The columns as rows.
    func transposed() -> DialogueRows {
        var result = DialogueRows(count: width, width: count)
        lanes.withUnsafeBytes { bytes in
            result.lanes.withUnsafeMutableBytes { target in
                let elements = bytes.assumingMemoryBound(to: Double.self)
                let columns = target.assumingMemoryBound(to: Double.self)
                for row in 0..<count {
                    for column in 0..<width {
                        columns[column * result.stride * 4 + row] =
                            elements[row * stride * 4 + column]
                    }
                }
            }
        }
        return result
    }

    /// Brings every row to unit length; one shorter than 1e-8 is divided by 1e-8, as everywhere in training.
    mutating func normalize() {
        lanes.withUnsafeMutableBufferPointer { lanes in
            for row in 0..<count {
                let place = row * stride..<(row + 1) * stride
                var squares = Lane.zero
                for index in place { squares += lanes[index] * lanes[index] }
                let factor = 1 / max(squares.sum().squareRoot(), 1e-8)
                for index in place { lanes[index] *= factor }
            }
        }
    }

    /// Adds the inner products of all rows with all rows of `other` to `result`, which has the shape `[count, other.count]`.
    ///
    /// - Parameter isLowerHalf: leaves out what lies above the diagonal, but for its immediate neighbours.
    func addProducts(with other: DialogueRows, to result: inout [Double], isLowerHalf: Bool = false)
    {
        precondition(stride == other.stride && result.count == count * other.count)
        // Rows of the other operand that stay in the nearest cache while all rows of this one pass.
        let group = max(2, 2 * (8192 / max(1, 32 * stride)))
        lanes.withUnsafeBufferPointer { left in
            other.lanes.withUnsafeBufferPointer { right in
                result.withUnsafeMutableBufferPointer { result in
                    for start in Swift.stride(from: 0, to: other.count, by: group) {
                        let columns = start..<min(start + group, other.count)
                        for row in Swift.stride(from: 0, to: count, by: 2) {
                            for column in Swift.stride(
                                from: columns.lowerBound, to: columns.upperBound, by: 2)
                            {
                                if isLowerHalf && column > row + 1 { break }
                                addBlock(left, right, row, column, other.count, result)
                            }
                        }
                    }
                }
            }
        }
    }

    /// Two rows by two columns; at an odd end the last one is computed twice and added once.
    @inline(__always)
    private func addBlock(
        _ left: UnsafeBufferPointer<Lane>, _ right: UnsafeBufferPointer<Lane>, _ row: Int,
        _ column: Int, _ columns: Int, _ result: UnsafeMutableBufferPointer<Double>
    ) {
        let (nextRow, nextColumn) = (min(row + 1, count - 1), min(column + 1, columns - 1))
        let (a, b) = (left.baseAddress! + row * stride, left.baseAddress! + nextRow * stride)
        let (c, d) = (
            right.baseAddress! + column * stride, right.baseAddress! + nextColumn * stride
        )
        var (ac, ad, bc, bd) = (Lane.zero, Lane.zero, Lane.zero, Lane.zero)
        var k = 0
        while k < stride {
            ac += a[k] * c[k]
            ad += a[k] * d[k]
            bc += b[k] * c[k]
            bd += b[k] * d[k]
            k += 1
        }
        result[row * columns + column] += ac.sum()
        if nextColumn > column { result[row * columns + nextColumn] += ad.sum() }
        if nextRow > row { result[nextRow * columns + column] += bc.sum() }
        if nextRow > row && nextColumn > column {
            result[nextRow * columns + nextColumn] += bd.sum()
        }
    }
}
