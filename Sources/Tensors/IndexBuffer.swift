public import TandemDevices

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
