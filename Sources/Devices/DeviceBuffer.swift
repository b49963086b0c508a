/// A block of device memory; subclassed by each device and handed back to its pool when the last reference goes.
open class DeviceBuffer: @unchecked Sendable {
    /// Number of 4-byte elements that may be used.
    public let count: Int

    /// The device that owns the memory; the identity is compared before every use.
    public let device: any Device

    /// Describes memory of `count` elements on `device`.
    public init(count: Int, device: any Device) {
        self.count = count
        self.device = device
    }

    /// The whole buffer as a slice.
    public final var slice: BufferSlice { BufferSlice(buffer: self, offset: 0, count: count) }
}

/// A run of consecutive elements inside a device buffer: what operations read and write.
public struct BufferSlice: Sendable {
    /// The memory.
    public let buffer: DeviceBuffer
    /// First element of the run inside the buffer.
    public let offset: Int
    /// Number of elements in the run.
    public let count: Int

    /// A run of `count` elements starting at element `offset` of `buffer`.
    public init(buffer: DeviceBuffer, offset: Int, count: Int) {
        self.buffer = buffer
        self.offset = offset
        self.count = count
    }

    /// The part of this run that starts `start` elements in and holds `count` elements.
    public func part(from start: Int, count: Int) -> BufferSlice {
        assert(start >= 0 && count >= 0 && start + count <= self.count)
        return BufferSlice(buffer: buffer, offset: offset + start, count: count)
    }
}
