import TandemDevices

import Glibc

/// A device of plain loops, sums in double precision: slow, obvious, and independent of the devices it is a yardstick for.
///
/// Primitives stand here and in `PlainDevice+Arrays.swift`; fused operations are the default implementations.
final class PlainDevice: Device {
    let name = "plain loops"
    let identifier = "plain"
    let kind = DeviceKind.cpu
    let memoryBytes = 1 << 40

    struct Memory: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
    }

    private let pool = BufferPool<Memory>(
        create: { Memory(base: .allocate(byteCount: $0, alignment: 64)) },
        destroy: { $0.base.deallocate() })

    init() {}

    var poolStatistics: PoolStatistics { pool.statistics }

    func trimPool() { pool.trim() }

    func synchronize() {}

    private final class Buffer: DeviceBuffer, @unchecked Sendable {
        let memory: Memory
        private let sizeClass: Int
        private let pool: BufferPool<Memory>

        init(
            _ memory: Memory, _ sizeClass: Int, _ pool: BufferPool<Memory>, _ count: Int,
            _ device: PlainDevice
        ) {
            self.memory = memory
            self.sizeClass = sizeClass
            self.pool = pool
            super.init(count: count, device: device)
        }

        deinit { pool.put(memory, sizeClass: sizeClass) }
    }

    func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        guard count >= 0 else {
            throw .invalidArgument(operation: "allocate", detail: "\(count) elements")
        }
        guard let taken = pool.take(4 * max(count, 1)) else {
            throw .outOfMemory(device: name, wanted: 4 * count, inUse: 0, available: memoryBytes)
        }
        // Undefined contents are made visible: whoever reads them computes NaN.
        let words = taken.handle.base.assumingMemoryBound(to: Float.self)
        words.update(repeating: .nan, count: taken.sizeClass / 4)
        return Buffer(taken.handle, taken.sizeClass, pool, count, self)
    }

    func pointer<Element>(_ slice: BufferSlice, as type: Element.Type) throws(DeviceError)
        -> UnsafeMutableBufferPointer<Element>
    {
        guard slice.buffer.device === self, let buffer = slice.buffer as? Buffer else {
            throw .foreignBuffer(
                operation: "plain", expected: identifier, found: slice.buffer.device.identifier)
        }
        guard slice.offset >= 0, slice.count >= 0, slice.offset + slice.count <= buffer.count else {
            throw .invalidArgument(
                operation: "plain", detail: "\(slice.offset) + \(slice.count) of \(buffer.count)")
        }
        let start = buffer.memory.base.assumingMemoryBound(to: Element.self) + slice.offset
        return UnsafeMutableBufferPointer(start: start, count: slice.count)
    }

    func floats(_ slice: BufferSlice) throws(DeviceError) -> UnsafeMutableBufferPointer<Float> {
        try pointer(slice, as: Float.self)
    }

    func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        let target = UnsafeMutableRawBufferPointer(try floats(destination))
        try requireBytes(source.count, target.count)
        target.copyMemory(from: source)
    }

    func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        let origin = UnsafeRawBufferPointer(try floats(source))
        try requireBytes(destination.count, origin.count)
        destination.copyMemory(from: origin)
    }

    private func requireBytes(_ found: Int, _ expected: Int) throws(DeviceError) {
        guard found == expected else {
            throw .invalidArgument(operation: "plain", detail: "\(found) of \(expected) bytes")
        }
    }

    func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        try floats(output).update(repeating: value)
    }

    func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (x, y) = (try floats(input), try floats(output))
        for i in y.indices { y[i] = Float(Self.value(operation, Double(x[i]))) }
    }

    static func value(_ operation: UnaryOperation, _ x: Double) -> Double {
        switch operation {
        case .negate: -x
        case .exponential: exp(x)
        case .logarithm: log(x)
        case .squareRoot: x.squareRoot()
        case .square: x * x
        case .reciprocal: 1 / x
        case .absolute: abs(x)
        case .relu: max(x, 0)
        case .sigmoid: 1 / (1 + exp(-x))
        case .tanh: tanh(x)
        case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
        case .softplus: max(x, 0) + log1p(exp(-abs(x)))
        case .silu: x / (1 + exp(-x))
        case .sine: sin(x)
        case .cosine: cos(x)
        case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
        }
    }

    func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        let (x, y) = (try floats(input), try floats(output))
        let (g, result) = (try floats(outputGradient), try floats(inputGradient))
        for i in result.indices {
            result[i] = Float(
                Double(g[i]) * Self.slope(operation, Double(x[i]), Double(y[i])))
        }
    }

    static func slope(_ operation: UnaryOperation, _ x: Double, _ y: Double) -> Double {
        let sigmoid = 1 / (1 + exp(-x))
        return switch operation {
        case .negate: -1
        case .exponential: y
        case .logarithm: 1 / x
        case .squareRoot: 0.5 / y
        case .square: 2 * x
        case .reciprocal: -y * y
        case .absolute: x > 0 ? 1 : x < 0 ? -1 : 0
        case .relu: y <= 0 ? 0 : 1
        case .sigmoid: y * (1 - y)
        case .tanh: 1 - y * y
        case .gelu:
            0.5 * (1 + erf(x / 2.0.squareRoot()))
                + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
        case .softplus: sigmoid
        case .silu: sigmoid * (1 + x * (1 - sigmoid))
        case .sine: cos(x)
        case .cosine: -sin(x)
        case .sign: 0
        }
    }

    static func value(_ operation: BinaryOperation, _ a: Float, _ b: Float) -> Float {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .maximum: a.isNaN || b.isNaN ? .nan : max(a, b)
        case .minimum: a.isNaN || b.isNaN ? .nan : min(a, b)
        case .power: powf(a, b)
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        }
    }

    func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let (a, b, y) = (try floats(left), try floats(right), try floats(output))
        for i in y.indices { y[i] = Self.value(operation, a[i], b[i]) }
    }

    func binaryBroadcast(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        let (a, b, y) = (try floats(left), try floats(right), try floats(output))
        for i in 0..<shape.count {
            y[i] = Self.value(operation, a[shape.place(i, 0)], b[shape.place(i, 1)])
        }
    }

    func select(
        condition: BufferSlice, ifTrue: BufferSlice, ifFalse: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        let (c, y) = (try floats(condition), try floats(output))
        let (yes, no) = (try floats(ifTrue), try floats(ifFalse))
        for i in 0..<shape.count {
            y[i] = c[shape.place(i, 0)] != 0 ? yes[shape.place(i, 1)] : no[shape.place(i, 2)]
        }
    }

    func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        let (x, y) = (try floats(input), try floats(output))
        // Adding 0 would turn -0 into 0.
        for i in y.indices { y[i] = offset == 0 ? scale * x[i] : scale * x[i] + offset }
    }

    func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        let (x, y) = (try floats(x), try floats(y))
        for i in y.indices { y[i] += alpha * x[i] }
    }
}

extension StridedShape {
    /// Where the element of `operand` lies that meets element `index` of the result.
    func place(_ index: Int, _ operand: Int) -> Int {
        var (rest, place) = (index, 0)
        for axis in (0..<rank).reversed() {
            place += rest % sizes[axis] * strides(operand)[axis]
            rest /= sizes[axis]
        }
        return place
    }
}
