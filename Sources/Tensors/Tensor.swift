public import TandemDevices
public import TandemBasics

/// A multi-dimensional array of `Float32` on one device: contiguous, row-major, immutable once computed.
///
/// A tensor is a value: a shape and a reference to storage, which returns to the device's pool with the last reference.
/// Reshaping and slicing the first axis share the storage. Tensors that a `Tape` recorded carry a reference to their node;
/// everything computed from them is recorded too, until `detached`.
public struct Tensor {
    /// Sizes of the axes.
    public let shape: Shape
    /// The elements on the device.
    public let slice: BufferSlice
    /// The node that produced this tensor, when a tape records.
    let node: TapeNode?

    /// A tensor over existing device memory; throws when that does not hold exactly `shape.count` elements.
    public init(shape: Shape, slice: BufferSlice) throws(TensorError) {
        try shape.validated(for: "Tensor")
        guard slice.count == shape.count else {
            throw .invalidArgument(
                operation: "Tensor",
                detail:
                    "device memory of \(slice.count) elements for the shape \(shape), which has "
                    + "\(shape.count)")
        }
        self.init(shape: shape, slice: slice, node: nil)
    }

    /// A tensor over memory that is known to fit.
    init(shape: Shape, slice: BufferSlice, node: TapeNode?) {
        assert(slice.count == shape.count)
        self.shape = shape
        self.slice = slice
        self.node = node
    }

    /// A tensor with undefined contents, to be filled by a device operation.
    public init(uninitialized shape: Shape, on device: any Device) throws {
        try shape.validated(for: "Tensor")
        self.init(shape: shape, slice: try device.allocate(shape.count).slice, node: nil)
    }

    /// A tensor with the given elements in row-major order; their number must be `shape.count`.
    public init(_ values: [Float], shape: Shape, on device: any Device) throws {
        try shape.require(values.count, "Tensor")
        try self.init(uninitialized: shape, on: device)
        try device.upload(values, to: slice)
    }

    /// A tensor whose elements all equal `value`.
    public init(repeating value: Float, shape: Shape, on device: any Device) throws {
        try self.init(uninitialized: shape, on: device)
        try device.fill(slice, value: value)
    }

    /// The device that holds the elements.
    public var device: any Device { slice.buffer.device }

    /// Number of elements.
    public var count: Int { shape.count }

    /// Whether a tape recorded this tensor, so that a gradient can flow through it.
    public var isRecorded: Bool { node != nil }

    /// The same elements without the link to the tape: a constant for the backward pass.
    public var detached: Tensor { Tensor(shape: shape, slice: slice, node: nil) }

    /// Waits for the device and returns the elements in row-major order.
    public func values() throws -> [Float] {
        try device.download(slice)
    }

    /// Waits for the device and returns the only element.
    public func item() throws -> Float {
        guard count == 1 else {
            throw TensorError.invalidArgument(
                operation: "item",
                detail: "the tensor of shape \(shape) has \(count) elements, not one")
        }
        return try values()[0]
    }

    /// A copy on another device; constant for the backward pass.
    public func copied(to other: any Device) throws -> Tensor {
        try Tensor(try values(), shape: shape, on: other)
    }
}

extension Tensor {
    /// A tensor of zeros.
    public static func zeros(_ shape: Shape, on device: any Device) throws -> Tensor {
        try Tensor(repeating: 0, shape: shape, on: device)
    }

    /// A tensor of ones.
    public static func ones(_ shape: Shape, on device: any Device) throws -> Tensor {
        try Tensor(repeating: 1, shape: shape, on: device)
    }

    /// A vector `[n]` of the numbers before `end` that begin with `start` and lie `step` apart.
    ///
    /// Number i is computed as `start + i * step` in double precision. Throws when `step` is 0 or leads away from `end`,
    /// when a number is not finite, or when there are more than 2^31 of them.
    public static func arange(
        from start: Double = 0, to end: Double, by step: Double = 1, on device: any Device
    ) throws -> Tensor {
        let number = ((end - start) / step).rounded(.up)
        guard step != 0, number >= 0, number <= 0x1p31 else {
            throw TensorError.invalidArgument(
                operation: "arange",
                detail: "from \(start) to \(end) by \(step) are \(number) numbers; the step must "
                    + "lead to the end within 2147483648 numbers")
        }
        let values = (0..<Int(number)).map { Float(start + Double($0) * step) }
        return try Tensor(values, shape: [values.count], on: device)
    }

    /// The matrix `[size, size]` with ones on its diagonal and zeros elsewhere.
    public static func identity(_ size: Int, on device: any Device) throws -> Tensor {
        let result = try Tensor(uninitialized: [size, size], on: device)
        var values = [Float](repeating: 0, count: size * size)
        for row in 0..<size { values[row * size + row] = 1 }
        try device.upload(values, to: result.slice)
        return result
    }

    /// Numbers from the normal distribution, drawn on the host: the same ones on every device.
    public static func normal(
        _ shape: Shape, mean: Double = 0, deviation: Double = 1, stream: RandomStream,
        on device: any Device
    ) throws -> Tensor {
        let result = try Tensor(uninitialized: shape, on: device)
        var generator = Philox(stream)
        let values = generator.nextNormals(result.count).map { Float(mean + deviation * $0) }
        try device.upload(values, to: result.slice)
        return result
    }

    /// Numbers uniform in `[low, high)`, drawn from `stream` on the device: the same random words on every one.
    public static func uniform(
        _ shape: Shape, from low: Float = 0, to high: Float = 1, stream: RandomStream,
        on device: any Device
    ) throws -> Tensor {
        let result = try Tensor(uninitialized: shape, on: device)
        try device.randomUniform(result.slice, stream: stream)
        guard low != 0 || high != 1 else { return result }
        try device.affine(
            input: result.slice, output: result.slice, scale: high - low, offset: low)
        return result
    }

    /// A scalar.
    public init(_ value: Float, on device: any Device) throws {
        try self.init(repeating: value, shape: .scalar, on: device)
    }

    /// A vector of the given elements: `Tensor([1, 2, 3], on: device)`.
    public init(_ values: [Float], on device: any Device) throws {
        try self.init(values, shape: [values.count], on: device)
    }

    /// A matrix of the given rows: `Tensor([[1, 2], [3, 4]], on: device)`; throws when they differ in length.
    public init(_ rows: [[Float]], on device: any Device) throws {
        let columns = try Self.commonCount(rows.map(\.count))
        try self.init(rows.flatMap { $0 }, shape: [rows.count, columns], on: device)
    }

    /// A tensor of three axes of nested elements; throws when two lists of one depth differ in length.
    public init(_ blocks: [[[Float]]], on device: any Device) throws {
        let rows = try Self.commonCount(blocks.map(\.count))
        let lists = blocks.flatMap { $0 }
        let columns = try Self.commonCount(lists.map(\.count))
        try self.init(
            lists.flatMap { $0 }, shape: [blocks.count, rows, columns], on: device)
    }

    private static func commonCount(_ counts: [Int]) throws -> Int {
        if let other = counts.first(where: { $0 != counts[0] }) {
            throw TensorError.invalidArgument(
                operation: "Tensor",
                detail: "nested lists of \(counts[0]) and of \(other) elements; all lists of one "
                    + "depth need the same number")
        }
        return counts.first ?? 0
    }
}

extension Philox {
    /// `count` numbers from the standard normal distribution, two from each pair of words.
    package mutating func nextNormals(_ count: Int) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(count + 1)
        while values.count < count {
            let pair = nextNormalPair()
            values.append(pair.0)
            values.append(pair.1)
        }
        return Array(values.prefix(count))
    }
}
