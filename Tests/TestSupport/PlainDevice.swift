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

    func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        guard let storage = pool.storage(4 * max(count, 1)) else {
            throw .outOfMemory(device: name, wanted: 4 * count, inUse: 0, available: memoryBytes)
        }
        // Undefined contents are made visible: whoever reads them computes NaN.
        let words = storage.memory.base.assumingMemoryBound(to: Float.self)
        words.update(repeating: .nan, count: storage.sizeClass / 4)
        return storage
    }

    func pointer<Element>(_ slice: BufferSlice, as type: Element.Type) throws(DeviceError)
        -> UnsafeMutableBufferPointer<Element>
    {
        guard let storage = slice.buffer.storage as? PooledStorage<Memory> else {
            throw .foreignBuffer(
                operation: "plain", expected: identifier, found: slice.buffer.device.identifier)
        }
        let start = storage.memory.base.assumingMemoryBound(to: Element.self) + slice.offset
        return UnsafeMutableBufferPointer(start: start, count: slice.count)
    }

    func floats(_ slice: BufferSlice) throws(DeviceError) -> UnsafeMutableBufferPointer<Float> {
        try pointer(slice, as: Float.self)
    }

    func write(_ source: UnsafeRawBufferPointer, to destination: TransferSlice)
        throws(DeviceError)
    {
        UnsafeMutableRawBufferPointer(try floats(destination.slice)).copyMemory(from: source)
    }

    func read(_ source: TransferSlice, into destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        destination.copyMemory(from: UnsafeRawBufferPointer(try floats(source.slice)))
    }

    func run(_ o: DeviceOperation.Fill) throws(DeviceError) {
        try floats(o.output).update(repeating: o.value)
    }

    func run(_ o: DeviceOperation.Unary) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        for i in y.indices { y[i] = Float(Self.value(o.operation, Double(x[i]))) }
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

    func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        let (g, result) = (try floats(o.outputGradient), try floats(o.inputGradient))
        for i in result.indices {
            result[i] = Float(
                Double(g[i]) * Self.slope(o.operation, Double(x[i]), Double(y[i])))
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

    func run(_ o: DeviceOperation.Binary) throws(DeviceError) {
        let (a, b, y) = (try floats(o.left), try floats(o.right), try floats(o.output))
        for i in y.indices { y[i] = Self.value(o.operation, a[i], b[i]) }
    }

    func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) {
        let (a, b, y) = (try floats(o.left), try floats(o.right), try floats(o.output))
        for i in 0..<o.shape.count {
            y[i] = Self.value(o.operation, a[o.shape.place(i, 0)], b[o.shape.place(i, 1)])
        }
    }

    func run(_ o: DeviceOperation.Select) throws(DeviceError) {
        let (c, y) = (try floats(o.condition), try floats(o.output))
        let (yes, no) = (try floats(o.ifTrue), try floats(o.ifFalse))
        for i in 0..<o.shape.count {
            y[i] = c[o.shape.place(i, 0)] != 0 ? yes[o.shape.place(i, 1)] : no[o.shape.place(i, 2)]
        }
    }

    func run(_ o: DeviceOperation.Affine) throws(DeviceError) {
        let (x, y) = (try floats(o.input), try floats(o.output))
        // Adding 0 would turn -0 into 0.
        for i in y.indices { y[i] = o.offset == 0 ? o.scale * x[i] : o.scale * x[i] + o.offset }
    }

    func run(_ o: DeviceOperation.Axpy) throws(DeviceError) {
        let (x, y) = (try floats(o.x), try floats(o.y))
        for i in y.indices { y[i] += o.alpha * x[i] }
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
