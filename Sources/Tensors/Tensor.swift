public import TandemDevices

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
        try shape.validated(for: "Tensor")
        guard values.count == shape.count else {
            throw TensorError.invalidArgument(
                operation: "Tensor",
                detail: "\(values.count) values given for shape \(shape) of \(shape.count) elements"
            )
        }
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
