import TandemCOpenCL

/// A memory object that can travel through the pool.
struct MemoryObject: @unchecked Sendable {
    // OpenCL's reference counting and its calls on memory objects are thread-safe.
    let handle: cl_mem
}

/// Memory of an OpenCL device; it goes back to the pool with the last reference.
///
/// The queue runs in order, so the memory may be handed out again while earlier commands still use it.
final class OpenCLStorage: DeviceStorage, @unchecked Sendable {
    let memory: MemoryObject
    private let pool: BufferPool<MemoryObject>
    private let sizeClass: Int

    init(_ memory: MemoryObject, sizeClass: Int, pool: BufferPool<MemoryObject>) {
        self.memory = memory
        self.pool = pool
        self.sizeClass = sizeClass
    }

    deinit {
        pool.put(memory, sizeClass: sizeClass)
    }
}
