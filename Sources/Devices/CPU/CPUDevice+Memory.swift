import Glibc

/// A block of host memory, aligned to cache lines.
///
/// Sendable because a block is owned by exactly one buffer or by the pool.
struct HostMemory: @unchecked Sendable {
    let start: UnsafeMutableRawPointer

    init?(bytes: Int) {
        var start: UnsafeMutableRawPointer?
        guard posix_memalign(&start, 64, bytes) == 0, let start else { return nil }
        self.start = start
    }

    func release() {
        free(start)
    }
}

/// Elements in host memory.
final class CPUBuffer: DeviceBuffer, @unchecked Sendable {
    let memory: HostMemory
    private let sizeClass: Int
    private let pool: BufferPool<HostMemory>

    init(count: Int, memory: HostMemory, sizeClass: Int, device: CPUDevice) {
        self.memory = memory
        self.sizeClass = sizeClass
        pool = device.memory
        super.init(count: count, device: device)
    }

    deinit {
        pool.put(memory, sizeClass: sizeClass)
    }
}

extension CPUDevice {
    /// Takes host memory from the pool; refuses what physical memory cannot hold.
    public func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        guard count >= 0 else {
            throw .invalidArgument(operation: "allocate", detail: "\(count) elements")
        }
        let (bytes, overflow) = max(count, 1).multipliedReportingOverflow(by: 4)
        let inUse = memory.statistics.liveBytes
        guard !overflow, bytes <= memoryBytes - inUse, let block = memory.take(bytes) else {
            throw .outOfMemory(
                device: name, wanted: overflow ? Int.max : bytes, inUse: inUse,
                available: memoryBytes)
        }
        return CPUBuffer(
            count: count, memory: block.handle, sizeClass: block.sizeClass, device: self)
    }

    /// Copies host memory into a buffer at once.
    public func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        let target = try elements(destination, "upload")
        try destination.requireBytes(source.count, "upload")
        guard let start = source.baseAddress else { return }
        memcpy(target, start, source.count)
    }

    /// Copies a buffer into host memory at once.
    public func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        let from = try elements(source, "download")
        try source.requireBytes(destination.count, "download")
        guard let start = destination.baseAddress else { return }
        memcpy(start, from, destination.count)
    }

    /// Returns at once: every operation is finished when its call returns.
    public func synchronize() throws(DeviceError) {}

    /// Counters of the buffer pool.
    public var poolStatistics: PoolStatistics { memory.statistics }

    /// Releases memory that the pool keeps for reuse.
    public func trimPool() {
        memory.trim()
    }

    /// The first element of a slice; refuses slices of other devices.
    func elements(_ slice: BufferSlice, _ operation: StaticString) throws(DeviceError)
        -> UnsafeMutablePointer<Float>
    {
        guard let buffer = slice.buffer as? CPUBuffer, buffer.device === self else {
            throw .foreignBuffer(
                operation: "\(operation)", expected: name, found: slice.buffer.device.name)
        }
        return buffer.memory.start.assumingMemoryBound(to: Float.self) + slice.offset
    }

    /// The first element of a slice, or `nil` when there is none.
    func optionalElements(_ slice: BufferSlice?, _ operation: StaticString) throws(DeviceError)
        -> UnsafeMutablePointer<Float>?
    {
        guard let slice else { return nil }
        return try elements(slice, operation)
    }

    /// The first element of a slice of indices.
    func indices(_ slice: BufferSlice, _ operation: StaticString) throws(DeviceError)
        -> UnsafePointer<Int32>
    {
        let start = try elements(slice, operation)
        return UnsafeRawPointer(start).assumingMemoryBound(to: Int32.self)
    }
}
