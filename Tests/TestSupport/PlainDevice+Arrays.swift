import TandemBasics
import TandemDevices

extension PlainDevice {
    func run(_ o: DeviceOperation.Copy) throws(DeviceError) {
        let (x, y) = (try floats(o.source.slice), try floats(o.destination.slice))
        for row in 0..<o.rows {
            for column in 0..<o.columns {
                let value = x[o.source.start + row * o.source.rowStride + column]
                let place = o.destination.start + row * o.destination.rowStride + column
                y[place] = o.accumulate ? y[place] + value : value
            }
        }
    }

    func run(_ o: DeviceOperation.CopyStrided) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        for i in 0..<o.shape.count { y[i] = x[o.shape.place(i, 0)] }
    }

    func run(_ o: DeviceOperation.GatherRows) throws(DeviceError) {
        let (x, y) = (try floats(o.table), try floats(o.output))
        let numbers = try pointer(o.indices, as: Int32.self)
        for n in 0..<o.count {
            for c in 0..<o.columns { y[n * o.columns + c] = x[Int(numbers[n]) * o.columns + c] }
        }
    }

    func run(_ o: DeviceOperation.Neighbours) throws(DeviceError) {
        let (x, y) = (try floats(o.states), try floats(o.output))
        let table = try pointer(o.table, as: Int32.self)
        let (shape, extra) = (o.shape, try o.extra.map(floats))
        for row in 0..<shape.batch * shape.cells {
            let cell = row % shape.cells
            for part in 0...shape.neighbours {
                let other =
                    part == 0 ? cell : Int(table[cell * shape.neighbours + part - 1])
                for c in 0..<shape.channels {
                    y[row * shape.width + part * shape.channels + c] =
                        (0..<shape.cells).contains(other)
                        ? x[(row - cell + other) * shape.channels + c] : 0
                }
            }
            for e in 0..<shape.extra {
                y[(row + 1) * shape.width - shape.extra + e] = extra?[row * shape.extra + e] ?? 0
            }
        }
    }

    func run(_ o: DeviceOperation.NeighboursBackward) throws(DeviceError) {
        let (g, x) = (try floats(o.outputGradient), try floats(o.statesGradient))
        let readers = try pointer(o.readers, as: Int32.self)
        let (shape, parts) = (o.shape, o.shape.neighbours + 1)
        let extra = try o.extraGradient.map(floats)
        for row in 0..<shape.batch * shape.cells {
            let cell = row % shape.cells
            for c in 0..<shape.channels {
                var sum = g[row * shape.width + c]
                for k in 0..<o.readersPerCell {
                    let place = Int(readers[cell * o.readersPerCell + k])
                    guard (0..<shape.cells * parts).contains(place) else { continue }
                    let reader = row - cell + place / parts
                    sum += g[reader * shape.width + place % parts * shape.channels + c]
                }
                x[row * shape.channels + c] = sum
            }
            for e in 0..<shape.extra {
                extra?[row * shape.extra + e] = g[(row + 1) * shape.width - shape.extra + e]
            }
        }
    }

    func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError) {
        let (x, y) = (try floats(o.rows), try floats(o.table))
        let numbers = try pointer(o.indices, as: Int32.self)
        for n in 0..<o.count {
            for c in 0..<o.columns { y[Int(numbers[n]) * o.columns + c] += x[n * o.columns + c] }
        }
    }

    func run(_ o: DeviceOperation.Reduce) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        for n in 0..<o.outer * o.inner {
            let start = n / o.inner * o.count * o.inner + n % o.inner
            var result =
                switch o.operation {
                case .sum: 0.0
                case .maximum: -Double.infinity
                case .minimum: Double.infinity
                }
            for k in 0..<o.count {
                let value = Double(x[start + k * o.inner])
                switch o.operation {
                case .sum: result += value
                case .maximum: result = value.isNaN ? value : max(result, value)
                case .minimum: result = value.isNaN ? value : min(result, value)
                }
            }
            let scaled = Float(Double(o.scale) * result)
            y[n] = o.accumulate ? y[n] + scaled : scaled
        }
    }

    func run(_ o: DeviceOperation.ArgumentReduce) throws(DeviceError) {
        let x = try floats(o.input)
        let y = try pointer(o.output, as: Int32.self)
        for n in 0..<o.outer * o.inner {
            let start = n / o.inner * o.count * o.inner + n % o.inner
            var best = 0
            for k in 1..<max(o.count, 1) {
                let (value, old) = (x[start + k * o.inner], x[start + best * o.inner])
                let isBeyond = o.extreme == .maximum ? value > old : value < old
                if isBeyond || (value.isNaN && !old.isNaN) { best = k }
            }
            y[n] = Int32(best)
        }
    }

    func run(_ o: DeviceOperation.TopK) throws(DeviceError) {
        let (x, values) = (try floats(o.scores), try floats(o.values))
        let indices = try pointer(o.indices, as: Int32.self)
        for row in 0..<o.block.rows {
            let range = row * o.k..<(row + 1) * o.k
            var best = o.block.continues ? range.map { (values[$0], indices[$0]) } : []
            for c in 0..<o.block.columns {
                let column = Int32(o.block.firstColumn + c)
                best.append((x[row * o.block.columns + c], column))
            }
            best.sort { $0.0 > $1.0 || $0.0.isNaN && !$1.0.isNaN || $0.0 == $1.0 && $0.1 < $1.1 }
            for (place, entry) in zip(range, best) { (values[place], indices[place]) = entry }
        }
    }

    func run(_ o: DeviceOperation.CountAtLeast) throws(DeviceError) {
        let (x, thresholds) = (try floats(o.scores), try floats(o.thresholds))
        let counts = try pointer(o.counts, as: Int32.self)
        var excluded: UnsafeMutableBufferPointer<Int32>?
        if let slice = o.excluded { excluded = try pointer(slice, as: Int32.self) }
        for row in 0..<o.block.rows {
            let left = Set((0..<o.excludedCount).map { excluded?[row * o.excludedCount + $0] })
            let count = (0..<o.block.columns).count { c in
                !left.contains(Int32(o.block.firstColumn + c))
                    && !(x[row * o.block.columns + c] < thresholds[row])
            }
            counts[row] = (o.block.continues ? counts[row] : 0) + Int32(count)
        }
    }

    func run(_ o: DeviceOperation.Matmul) throws(DeviceError) {
        let (a, b, y) = (try floats(o.left), try floats(o.right), try floats(o.output))
        let p = o.parameters
        var biases: UnsafeMutableBufferPointer<Float>?
        if let bias = o.bias { biases = try floats(bias) }
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

    func run(_ o: DeviceOperation.Dropout) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        guard (0..<1).contains(o.probability) else {
            throw .invalidArgument(operation: "dropout", detail: "probability \(o.probability)")
        }
        var generator = Philox(o.stream)
        let threshold = UInt32((Double(o.probability) * 0x1p32).rounded())
        let scale = Float(1 / (1 - Double(o.probability)))
        for i in y.indices { y[i] = generator.nextWord() >= threshold ? x[i] * scale : 0 }
    }

    func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) {
        let y = try floats(o.output)
        var generator = Philox(o.stream)
        for i in y.indices { y[i] = generator.nextUniform() }
    }
}
