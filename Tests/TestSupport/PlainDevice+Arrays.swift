import TandemBasics
import TandemDevices

extension PlainDevice {
    func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        let (x, y) = (try floats(source.slice), try floats(destination.slice))
        for row in 0..<rows {
            for column in 0..<columns {
                let value = x[source.start + row * source.rowStride + column]
                let place = destination.start + row * destination.rowStride + column
                y[place] = accumulate ? y[place] + value : value
            }
        }
    }

    func copyStrided(input: BufferSlice, output: BufferSlice, _ shape: StridedShape)
        throws(DeviceError)
    {
        let (x, y) = (try floats(input), try floats(output))
        for i in 0..<shape.count { y[i] = x[shape.place(i, 0)] }
    }

    func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (x, y) = (try floats(table), try floats(output))
        let numbers = try pointer(indices, as: Int32.self)
        for n in 0..<count {
            for c in 0..<columns { y[n * columns + c] = x[Int(numbers[n]) * columns + c] }
        }
    }

    func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (x, y) = (try floats(rows), try floats(table))
        let numbers = try pointer(indices, as: Int32.self)
        for n in 0..<count {
            for c in 0..<columns { y[Int(numbers[n]) * columns + c] += x[n * columns + c] }
        }
    }

    func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, outer: Int,
        count: Int, inner: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        for n in 0..<outer * inner {
            let start = n / inner * count * inner + n % inner
            var result =
                switch operation {
                case .sum: 0.0
                case .maximum: -Double.infinity
                case .minimum: Double.infinity
                }
            for k in 0..<count {
                let value = Double(x[start + k * inner])
                switch operation {
                case .sum: result += value
                case .maximum: result = value.isNaN ? value : max(result, value)
                case .minimum: result = value.isNaN ? value : min(result, value)
                }
            }
            let scaled = Float(Double(scale) * result)
            y[n] = accumulate ? y[n] + scaled : scaled
        }
    }

    func argumentReduce(
        _ extreme: Extreme, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let x = try floats(input)
        let y = try pointer(output, as: Int32.self)
        for n in 0..<outer * inner {
            let start = n / inner * count * inner + n % inner
            var best = 0
            for k in 1..<max(count, 1) {
                let (value, old) = (x[start + k * inner], x[start + best * inner])
                let isBeyond = extreme == .maximum ? value > old : value < old
                if isBeyond || (value.isNaN && !old.isNaN) { best = k }
            }
            y[n] = Int32(best)
        }
    }

    func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ p: MatmulParameters
    ) throws(DeviceError) {
        let (a, b, y) = (try floats(left), try floats(right), try floats(output))
        var biases: UnsafeMutableBufferPointer<Float>?
        if let bias { biases = try floats(bias) }
        for batch in 0..<p.batch {
            let (aStart, bStart) = (batch * p.m * p.k, batch * p.k * p.n)
            for row in 0..<p.m {
                for column in 0..<p.n {
                    var sum = 0.0
                    for k in 0..<p.k {
                        let x = a[aStart + (p.transposeLeft ? k * p.m + row : row * p.k + k)]
                        let w = b[bStart + (p.transposeRight ? column * p.k + k : k * p.n + column)]
                        sum += Double(x) * Double(w)
                    }
                    let place = (batch * p.m + row) * p.n + column
                    var value = Double(p.alpha) * sum
                    if p.beta != 0 { value += Double(p.beta) * Double(y[place]) }
                    if let biases { value += Double(biases[column]) }
                    if let operation = p.activation.unaryOperation {
                        value = Self.value(operation, value)
                    }
                    y[place] = Float(value)
                }
            }
        }
    }

    func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        guard (0..<1).contains(probability) else {
            throw .invalidArgument(operation: "dropout", detail: "probability \(probability)")
        }
        var generator = Philox(stream)
        let threshold = UInt32((Double(probability) * 0x1p32).rounded())
        let scale = Float(1 / (1 - Double(probability)))
        for i in y.indices { y[i] = generator.nextWord() >= threshold ? x[i] * scale : 0 }
    }

    func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        let y = try floats(output)
        var generator = Philox(stream)
        for i in y.indices { y[i] = generator.nextUniform() }
    }
}
