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
final class CPUStorage: DeviceStorage, @unchecked Sendable {
    let memory: HostMemory
    private let sizeClass: Int
    private let pool: BufferPool<HostMemory>

    init(_ memory: HostMemory, sizeClass: Int, pool: BufferPool<HostMemory>) {
        self.memory = memory
        self.sizeClass = sizeClass
        self.pool = pool
    }

    deinit {
        pool.put(memory, sizeClass: sizeClass)
    }
}

extension CPUDevice {
    /// Takes host memory from the pool; refuses what physical memory cannot hold.
    public func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        let bytes = 4 * max(count, 1)
        let inUse = memory.statistics.liveBytes
        guard bytes <= memoryBytes - inUse, let block = memory.take(bytes) else {
            throw .outOfMemory(
                device: name, wanted: bytes, inUse: inUse, available: memoryBytes)
        }
        return CPUStorage(block.handle, sizeClass: block.sizeClass, pool: memory)
    }

    /// Copies host memory into a buffer at once.
    public func write(_ source: UnsafeRawBufferPointer, to destination: TransferSlice)
        throws(DeviceError)
    {
        guard let start = source.baseAddress else { return }
        memcpy(elements(destination.slice), start, source.count)
    }

    /// Copies a buffer into host memory at once.
    public func read(_ source: TransferSlice, into destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        guard let start = destination.baseAddress else { return }
        memcpy(start, elements(source.slice), destination.count)
    }

    /// Returns at once: every operation is finished when its call returns.
    public func synchronize() throws(DeviceError) {}

    /// Counters of the buffer pool.
    public var poolStatistics: PoolStatistics { memory.statistics }

    /// Releases memory that the pool keeps for reuse.
    public func trimPool() {
        memory.trim()
    }

    /// The first element of a slice.
    ///
    /// `issue` has checked that the slice is this device's own.
    func elements(_ slice: BufferSlice) -> UnsafeMutablePointer<Float> {
        let storage = unsafeDowncast(slice.buffer.storage, to: CPUStorage.self)
        return storage.memory.start.assumingMemoryBound(to: Float.self) + slice.offset
    }

    /// The first element of a slice, or `nil` when there is none.
    func elements(_ slice: BufferSlice?) -> UnsafeMutablePointer<Float>? {
        guard let slice else { return nil }
        return elements(slice) as UnsafeMutablePointer<Float>
    }

    /// The first element of a slice of indices.
    func indices(_ slice: BufferSlice) -> UnsafePointer<Int32> {
        UnsafeRawPointer(elements(slice)).assumingMemoryBound(to: Int32.self)
    }
}
