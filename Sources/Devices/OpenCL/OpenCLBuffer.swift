import TandemCOpenCL

/// A memory object that can travel through the pool.
struct MemoryObject: @unchecked Sendable {
    // OpenCL's reference counting and its calls on memory objects are thread-safe.
    let handle: cl_mem
}

/// A buffer of an OpenCL device; its memory goes back to the pool with the last reference.
///
/// The queue runs in order, so the memory may be handed out again while earlier commands still use it.
final class OpenCLBuffer: DeviceBuffer, @unchecked Sendable {
    let memory: MemoryObject
    private let pool: BufferPool<MemoryObject>
    private let sizeClass: Int

    init(count: Int, device: OpenCLDevice, memory: MemoryObject, sizeClass: Int) {
        self.memory = memory
        self.pool = device.pool
        self.sizeClass = sizeClass
        super.init(count: count, device: device)
    }

    deinit {
        pool.put(memory, sizeClass: sizeClass)
    }
}
