import Glibc

/// The eigenvalues of symmetric matrices, without their vectors.
///
/// Reflections of Householder bring the matrix to three diagonals, the QL method with implicit shifts takes those to one.
/// (Martin, Reinsch and Wilkinson 1968; Dubrulle, Martin and Wilkinson 1968: `tred1` and `imtql1` of EISPACK.)
enum SymmetricEigenvalues {
    /// The eigenvalues, in ascending order, of a matrix, of which only the lower half is read.
    static func values(_ matrix: HostMatrix) -> [Double] {
        precondition(matrix.rows == matrix.columns)
        if matrix.rows == 0 { return [] }
        var (diagonal, beside) = tridiagonal(matrix.values, size: matrix.rows)
        diagonalize(&diagonal, &beside)
        return diagonal.sorted()
    }

    /// The diagonal, and the elements beside it, `beside[i]` between i and i + 1, with a zero at the end.
    private static func tridiagonal(
        _ matrix: [Double], size: Int
    ) -> (diagonal: [Double], beside: [Double]) {
        var matrix = matrix
        for row in 0..<size {
            for column in 0..<row { matrix[column * size + row] = matrix[row * size + column] }
        }
        var diagonal = [Double](repeating: 0, count: size)
        var beside = diagonal
        var axis = diagonal
        var image = diagonal
        matrix.withUnsafeMutableBufferPointer { matrix in
            axis.withUnsafeMutableBufferPointer { axis in
                image.withUnsafeMutableBufferPointer { image in
                    guard let matrix = matrix.baseAddress, let axis = axis.baseAddress,
                        let image = image.baseAddress
                    else { return }
                    for step in 0..<size {
                        diagonal[step] = matrix[step * size + step]
                        beside[step] = reflect(matrix, step, size: size, axis, image)
                    }
                }
            }
        }
        return (diagonal, beside)
    }

    /// Reflects the rows and columns behind `step` so that its own row becomes zero behind its first element, which is
    /// returned.
    private static func reflect(
        _ matrix: UnsafeMutablePointer<Double>, _ step: Int, size: Int,
        _ axis: UnsafeMutablePointer<Double>, _ image: UnsafeMutablePointer<Double>
    ) -> Double {
        let first = step + 1
        var squares = 0.0
        for row in first..<max(first, size) {
            axis[row] = matrix[step * size + row]
            squares += axis[row] * axis[row]
        }
        guard squares > 0 else { return 0 }
        // Of the two signs that which cancels nothing.
        let length = axis[first] > 0 ? -squares.squareRoot() : squares.squareRoot()
        // Half of the squared length of the axis of reflection.
        let half = squares - axis[first] * length
        axis[first] -= length
        var overlap = 0.0
        for row in first..<size {
            let own = matrix + row * size
            var sum = 0.0
            var column = first
            while column < size {
                sum += own[column] * axis[column]
                column &+= 1
            }
            image[row] = sum / half
            overlap += image[row] * axis[row]
        }
        for row in first..<size { image[row] -= overlap / (2 * half) * axis[row] }
        for row in first..<size {
            let own = matrix + row * size
            let (a, b) = (axis[row], image[row])
            var column = first
            while column < size {
                own[column] -= a * image[column] + b * axis[column]
                column &+= 1
            }
        }
        return length
    }

    private static func diagonalize(_ diagonal: inout [Double], _ beside: inout [Double]) {
        let size = diagonal.count
        let scale = diagonal.reduce(0) { max($0, $1.magnitude) }
        for first in 0..<size {
            // Convergence is cubic; the limit only keeps an odd matrix from running on for ever.
            for _ in 0..<60 {
                var last = first
                while last < size - 1 {
                    let near = diagonal[last].magnitude + diagonal[last + 1].magnitude
                    if beside[last].magnitude <= .ulpOfOne * max(near, .ulpOfOne * scale) { break }
                    last += 1
                }
                if last == first { break }
                sweep(&diagonal, &beside, first: first, last: last)
            }
        }
    }

    /// One rotation after the other from `last` up to `first`.
    private static func sweep(
        _ diagonal: inout [Double], _ beside: inout [Double], first: Int, last: Int
    ) {
        let slope = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
        let root = hypot(slope, 1)
        var value =
            diagonal[last] - diagonal[first]
            + beside[first] / (slope + (slope < 0 ? -root : root))
        var (sine, cosine, shift) = (1.0, 1.0, 0.0)
        for index in (first..<last).reversed() {
            let (turned, kept) = (sine * beside[index], cosine * beside[index])
            let length = hypot(turned, value)
            beside[index + 1] = length
            if length == 0 {
                diagonal[index + 1] -= shift
                beside[last] = 0
                return
            }
            sine = turned / length
            cosine = value / length
            let moved = diagonal[index + 1] - shift
            let change = (diagonal[index] - moved) * sine + 2 * cosine * kept
            shift = sine * change
            diagonal[index + 1] = moved + shift
            value = cosine * change - kept
        }
        diagonal[first] -= shift
        beside[first] = value
        beside[last] = 0
    }
}
