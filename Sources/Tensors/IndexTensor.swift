public import TandemDevices

/// Row numbers (`Int32`) on a device, for gathering and as class targets.
///
/// The host knows the values, or at least their bound, so that operations check them without a transfer.
public struct IndexTensor: Sendable {
    /// What the host knows of the elements.
    enum Contents: Sendable {
        /// All of them, in row-major order.
        case values([Int32])
        /// They are replaced now and then and always lie in `0 ..< bound`.
        case replaceable(bound: Int)
    }

    /// Sizes of the axes.
    public let shape: Shape
    /// The elements on the device.
    public let slice: BufferSlice
    let contents: Contents
}

extension IndexTensor {
    /// Indices with the given values in row-major order; their number must be `shape.count`.
    public init(_ values: [Int32], shape: Shape, on device: any Device) throws {
        try shape.require(values.count, "IndexTensor")
        self.init(
            shape: shape, slice: try device.allocate(shape.count).slice, contents: .values(values))
        try device.upload(values, to: slice)
    }

    /// The numbers `0 ..< count`; throws when `count` is negative or above 2^31.
    public init(upTo count: Int, on device: any Device) throws {
        guard count >= 0, count - 1 <= Int(Int32.max) else {
            throw TensorError.invalidArgument(
                operation: "IndexTensor",
                detail: "the numbers up to \(count); the bound lies between 0 and 2147483648")
        }
        try self.init((0..<count).map { Int32($0) }, shape: [count], on: device)
    }

    /// The device that holds the elements.
    public var device: any Device { slice.buffer.device }

    /// Number of elements.
    public var count: Int { shape.count }

    /// Waits for the device and returns the elements in row-major order.
    public func values() throws -> [Int32] { try device.downloadIndices(slice) }

    /// The same numbers in the same row-major order under another shape of equal size; one size may be -1.
    public func reshaped(_ shape: Shape) throws -> IndexTensor {
        let shape = try self.shape.reshaped(shape, "reshaped")
        return IndexTensor(shape: shape, slice: slice, contents: contents)
    }

    /// Number of elements other than `value`; `nil` when it can change with the next replacement.
    public func count(except value: Int32) -> Int? {
        switch contents {
        case .values(let values): values.count { $0 != value }
        case .replaceable(let bound): (0..<bound).contains(Int(value)) ? nil : shape.count
        }
    }

    /// Describes the first element that is, or can become, none of `0 ..< bound`; elements equal to `ignored` may.
    ///
    /// `place` are the words before its place.
    func firstValue(notBelow bound: Int, ignoring ignored: Int32? = nil, _ place: String)
        -> String?
    {
        switch contents {
        case .values(let values):
            let wrong = values.firstIndex { $0 != ignored && ($0 < 0 || $0 >= bound) }
            return wrong.map { "\(values[$0]) \(place) \($0)" }
        case .replaceable(let own):
            return own > bound && shape.count > 0
                ? "\(own - 1), the largest that the IndexBuffer admits," : nil
        }
    }
}

/// Fixed device memory for row numbers that are replaced again and again: the rows of one batch after the other.
///
/// Operations on its tensors see the values of the last replacement, also those that a recording issues again. The
/// bound is checked at every replacement, because a recording cannot check it.
public final class IndexBuffer {
    /// The largest number of values.
    public let capacity: Int
    /// All values lie in `0 ..< bound`.
    public let bound: Int

    private let device: any Device
    private let slice: BufferSlice

    /// Memory for up to `capacity` values below `bound`, zeros at first.
    ///
    /// Throws when `capacity` is negative or `bound` is not in `1 ... 2^31`.
    public init(capacity: Int, bound: Int, on device: any Device) throws {
        guard capacity >= 0, bound >= 1, bound - 1 <= Int(Int32.max) else {
            throw TensorError.invalidArgument(
                operation: "IndexBuffer",
                detail: "a capacity of \(capacity) and a bound of \(bound); the capacity must not "
                    + "be negative, the bound lies between 1 and 2147483648")
        }
        self.capacity = capacity
        self.bound = bound
        self.device = device
        slice = try device.allocate(capacity).slice
        // The bits of 0 are the same for both types of elements.
        try device.fill(slice, value: 0)
    }

    /// Puts `values` in place of the first ones; allocates nothing.
    ///
    /// Throws, and changes nothing, when there are more than `capacity` or one is not in `0 ..< bound`.
    public func replace(with values: UnsafeBufferPointer<Int32>) throws {
        guard values.count <= capacity else {
            throw TensorError.invalidArgument(
                operation: "IndexBuffer.replace",
                detail: "\(values.count) values for a capacity of \(capacity)")
        }
        for (place, value) in values.enumerated() where value < 0 || Int(value) >= bound {
            throw TensorError.invalidArgument(
                operation: "IndexBuffer.replace",
                detail: "\(value) at place \(place) is not in 0 ..< \(bound)")
        }
        try device.upload(
            UnsafeRawBufferPointer(values), to: slice.part(from: 0, count: values.count))
    }

    /// Puts `values` in place of the first ones; see above.
    public func replace(with values: ArraySlice<Int32>) throws {
        try values.withUnsafeBufferPointer { try replace(with: $0) }
    }

    /// The first `count` values as indices `[count]`; throws when there are fewer.
    public func tensor(count: Int) throws -> IndexTensor {
        guard (0...capacity).contains(count) else {
            throw TensorError.invalidArgument(
                operation: "IndexBuffer.tensor",
                detail: "\(count) values of a capacity of \(capacity)")
        }
        return IndexTensor(
            shape: [count], slice: try slice.part(from: 0, count: count),
            contents: .replaceable(bound: bound))
    }
}
