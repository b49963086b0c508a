import TandemCOpenCL
import Synchronization

/// The bytes that a pool holds from the driver.
private final class Allocated: Sendable {
    let bytes = Atomic<Int>(0)
}

/// Makes pools of OpenCL memory objects.
enum DeviceMemory {
    /// A pool that takes at most `limit` bytes from the driver, in buffers of at most `largest` bytes.
    ///
    /// Drivers allocate lazily and a CPU driver may promise more than there is, so the limit is kept here.
    static func pool(context: cl_context, limit: Int, largest: Int) -> BufferPool<MemoryObject> {
        let allocated = Allocated()
        nonisolated(unsafe) let context = context  // Creating buffers is thread-safe.
        return BufferPool(
            create: { size in
                // A size class may be larger than one buffer can be, though the request fits.
                let size = min(size, largest)
                let total = allocated.bytes.add(size, ordering: .relaxed).newValue
                var status: Int32 = 0
                let flags = cl_mem_flags(CL_MEM_READ_WRITE)
                guard total <= limit,
                    let handle = clCreateBuffer(context, flags, size, nil, &status)
                else {
                    allocated.bytes.subtract(size, ordering: .relaxed)
                    return nil
                }
                return MemoryObject(handle: handle)
            },
            destroy: { object in
                var size = 0
                clGetMemObjectInfo(
                    object.handle, cl_mem_info(CL_MEM_SIZE), MemoryLayout<Int>.size, &size, nil)
                clReleaseMemObject(object.handle)
                allocated.bytes.subtract(size, ordering: .relaxed)
            })
    }
}
