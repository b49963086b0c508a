import Devices
import Foundation

extension ReferenceDevice {
    func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (x, y) = (try floats(input), try floats(output))
        for i in x.indices { y[i] = Float(value(operation, Double(x[i]))) }
    }

    func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        let (dy, dx) = (try floats(outputGradient), try floats(inputGradient))
        for i in x.indices {
            dx[i] = dy[i] * Float(derivative(operation, x: Double(x[i]), y: Double(y[i])))
        }
    }

    func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let (a, b, c) = (try floats(left), try floats(right), try floats(output))
        for i in c.indices { c[i] = value(operation, a[i], b[i]) }
    }

    func binaryBroadcast(
        _ operation: BinaryOperation, matrix: BufferSlice, vector: BufferSlice,
        axis: BroadcastAxis, output: BufferSlice, rows: Int, columns: Int
    ) throws(DeviceError) {
        let (a, v, c) = (try floats(matrix), try floats(vector), try floats(output))
        for i in c.indices {
            c[i] = value(operation, a[i], v[axis == .perColumn ? i % columns : i / columns])
        }
    }

    func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        let (x, y) = (try floats(input), try floats(output))
        for i in x.indices { y[i] = scale * x[i] + offset }
    }

    func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        let (x, y) = (try floats(x), try floats(y))
        for i in x.indices { y[i] += alpha * x[i] }
    }

    func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        let (from, to) = (try floats(source.slice), try floats(destination.slice))
        for row in 0..<rows {
            for column in 0..<columns {
                let value = from[source.start + row * source.rowStride + column]
                let index = destination.start + row * destination.rowStride + column
                to[index] = accumulate ? to[index] + value : value
            }
        }
    }

    func transpose(
        input: BufferSlice, output: BufferSlice, outer: Int, rows: Int, columns: Int, inner: Int
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        for i in x.indices {
            let (o, r) = (i / (inner * columns * rows), i / (inner * columns) % rows)
            let (c, n) = (i / inner % columns, i % inner)
            y[((o * columns + c) * rows + r) * inner + n] = x[i]
        }
    }

    func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (table, chosen, output) = (
            try floats(table), try self.indices(indices), try floats(output)
        )
        for i in output.indices { output[i] = table[chosen[i / columns] * columns + i % columns] }
    }

    func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (rows, chosen, table) = (try floats(rows), try self.indices(indices), try floats(table))
        for i in rows.indices { table[chosen[i / columns] * columns + i % columns] += rows[i] }
    }

    func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, rows: Int,
        columns: Int, axis: ReductionAxis, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        for i in y.indices {
            let line =
                axis == .alongRows
                ? (0..<columns).map { x[i * columns + $0] } : (0..<rows).map { x[$0 * columns + i] }
            let result =
                operation == .sum
                ? Float(line.reduce(0) { $0 + Double($1) })
                : line.dropFirst().reduce(line[0]) { value(.maximum, $0, $1) }
            y[i] = scale * result + (accumulate ? y[i] : 0)
        }
    }

    func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ sizes: MatmulParameters
    ) throws(DeviceError) {
        let (a, b, c) = (try floats(left), try floats(right), try floats(output))
        let (m, n, k) = (sizes.m, sizes.n, sizes.k)
        let (rowStep, leftStep) = sizes.transposeLeft ? (1, m) : (k, 1)
        let (columnStep, rightStep) = sizes.transposeRight ? (k, 1) : (1, n)
        var biasValues = [Float](repeating: 0, count: n)
        if let bias { biasValues = Array(try floats(bias)) }
        for i in c.indices {
            let (batch, row, column) = (i / (m * n), i / n % m, i % n)
            var (leftIndex, rightIndex) = (
                batch * m * k + row * rowStep, batch * k * n + column * columnStep
            )
            var sum = 0.0
            for _ in 0..<k {
                sum += Double(a[leftIndex]) * Double(b[rightIndex])
                leftIndex += leftStep
                rightIndex += rightStep
            }
            var result = sizes.alpha * Float(sum) + biasValues[column]
            if sizes.beta != 0 { result += sizes.beta * c[i] }
            c[i] =
                sizes.activation.unaryOperation.map { Float(value($0, Double(result))) } ?? result
        }
    }

    func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        let scale = Float(1 / (1 - Double(probability)))
        let threshold = UInt64((Double(probability) * 0x1p32).rounded())
        for i in x.indices {
            y[i] = UInt64(word(i, of: stream)) >= threshold ? x[i] * scale : 0
        }
    }

    func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        let y = try floats(output)
        for i in y.indices { y[i] = Float(word(i, of: stream) >> 8) * 0x1p-24 }
    }
}

private func value(_ operation: UnaryOperation, _ x: Double) -> Double {
    switch operation {
    case .negate: -x
    case .exponential: exp(x)
    case .logarithm: log(x)
    case .squareRoot: x.squareRoot()
    case .square: x * x
    case .reciprocal: 1 / x
    case .absolute: abs(x)
    case .relu: x < 0 ? 0 : x
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .softplus: x < 0 ? log1p(exp(x)) : x + log1p(exp(-x))
    case .silu: x / (1 + exp(-x))
    }
}

private func derivative(_ operation: UnaryOperation, x: Double, y: Double) -> Double {
    let sigmoid = 1 / (1 + exp(-x))
    return switch operation {
    case .negate: -1
    case .exponential: y
    case .logarithm: 1 / x
    case .squareRoot: 0.5 / y
    case .square: 2 * x
    case .reciprocal: -y * y
    case .absolute: x > 0 ? 1 : x < 0 ? -1 : 0
    case .relu: x > 0 ? 1 : 0
    case .sigmoid: y * (1 - y)
    case .tanh: 1 - y * y
    case .gelu:
        0.5 * (1 + erf(x / 2.0.squareRoot())) + x * exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    case .softplus: sigmoid
    case .silu: sigmoid * (1 + x * (1 - sigmoid))
    }
}

private func value(_ operation: BinaryOperation, _ a: Float, _ b: Float) -> Float {
    switch operation {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
    }
}

private func word(_ index: Int, of stream: RandomStream) -> UInt32 {
    Philox.block(stream, index: UInt64(index / 4))[index % 4]
}
