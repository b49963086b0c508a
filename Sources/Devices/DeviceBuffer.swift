/// Memory that a device has given out; each device has a subclass that gives it back to its pool at the end.
open class DeviceStorage: @unchecked Sendable {
    /// For subclasses.
    public init() {}
}

/// The right to use a block of device memory; the memory goes back to the device with the last reference.
public final class DeviceBuffer: Sendable {
    /// Number of 4-byte elements that may be used.
    public let count: Int

    /// The device that owns the memory; the identity is compared before every use.
    public let device: any Device

    /// The memory itself.
    package let storage: DeviceStorage

    /// The buffer that stands for this memory in the recording that lent it; `nil` outside recordings.
    let original: DeviceBuffer?
    private let lender: RecordedMemory?

    /// Memory of `count` elements that `device` has just given out.
    init(count: Int, device: any Device, storage: DeviceStorage) {
        self.count = count
        self.device = device
        self.storage = storage
        original = nil
        lender = nil
    }

    /// Memory that a recording lends to the step which it records; it goes back to `lender`.
    init(borrowing original: DeviceBuffer, from lender: RecordedMemory?) {
        count = original.count
        device = original.device
        storage = original.storage
        self.original = original
        self.lender = lender
    }

    deinit {
        if let lender, let original { lender.put(original) }
    }

    /// The whole buffer as a slice.
    public var slice: BufferSlice { BufferSlice(unchecked: self, offset: 0, count: count) }
}

/// A run of consecutive elements inside a device buffer: what operations read and write.
public struct BufferSlice: Sendable {
    /// The memory.
    public let buffer: DeviceBuffer
    /// First element of the run inside the buffer.
    public let offset: Int
    /// Number of elements in the run.
    public let count: Int

    /// A run of `count` elements starting at element `offset` of `buffer`; throws `invalidArgument` when it leaves the buffer.
    public init(buffer: DeviceBuffer, offset: Int, count: Int) throws(DeviceError) {
        self = try buffer.slice.part(from: offset, count: count)
    }

    /// A run that is known to lie inside `buffer`.
    init(unchecked buffer: DeviceBuffer, offset: Int, count: Int) {
        self.buffer = buffer
        self.offset = offset
        self.count = count
    }

    /// The part of this run that starts `start` elements in and holds `count` elements; throws `invalidArgument` when it leaves
    /// the run.
    public func part(from start: Int, count: Int) throws(DeviceError) -> BufferSlice {
        guard start >= 0, count >= 0, start <= self.count, count <= self.count - start else {
            throw .invalidArgument(
                operation: "part",
                detail: "\(count) elements from \(start) leave a slice of \(self.count)")
        }
        return uncheckedPart(from: start, count: count)
    }

    /// A part that is known to lie inside this run.
    func uncheckedPart(from start: Int, count: Int) -> BufferSlice {
        assert(start >= 0 && count >= 0 && start + count <= self.count)
        return BufferSlice(unchecked: buffer, offset: offset + start, count: count)
    }
}

extension BufferSlice: Equatable {
    /// Whether both are the same elements of the same buffer.
    public static func == (left: BufferSlice, right: BufferSlice) -> Bool {
        left.buffer === right.buffer && left.offset == right.offset && left.count == right.count
    }
}
