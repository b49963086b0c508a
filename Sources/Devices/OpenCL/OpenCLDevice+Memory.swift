import TandemBasics
import TandemCOpenCL

/// A memory object that can travel through the pool.
struct MemoryObject: @unchecked Sendable {
    // OpenCL's reference counting and its calls on memory objects are thread-safe.
    let handle: cl_mem
}

extension OpenCLDevice {
    /// A pool that takes at most `limit` bytes from the driver, in buffers of at most `largest` bytes.
    ///
    /// Drivers allocate lazily and a CPU driver may promise more than there is, so the limit is kept here.
    static func makePool(context: cl_context, limit: Int, largest: Int) -> BufferPool<MemoryObject>
    {
        let allocated = Guarded(0)
        nonisolated(unsafe) let context = context  // Creating buffers is thread-safe.
        return BufferPool(
            create: { size in
                // A size class may be larger than one buffer can be, though the request fits.
                let size = min(size, largest)
                var status: Int32 = 0
                let flags = cl_mem_flags(CL_MEM_READ_WRITE)
                let total = allocated.withLock { bytes in
                    bytes += size
                    return bytes
                }
                guard total <= limit,
                    let handle = clCreateBuffer(context, flags, size, nil, &status)
                else {
                    allocated.withLock { $0 -= size }
                    return nil
                }
                return MemoryObject(handle: handle)
            },
            destroy: { object in
                var size = 0
                clGetMemObjectInfo(
                    object.handle, cl_mem_info(CL_MEM_SIZE), MemoryLayout<Int>.size, &size, nil)
                clReleaseMemObject(object.handle)
                allocated.withLock { $0 -= size }
            })
    }

    /// Takes memory from the pool; throws `outOfMemory` when the device has no more.
    ///
    /// The queue runs in order, so memory may be handed out again while earlier commands still use it.
    public func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        let bytes = max(4 * count, 4)
        guard bytes <= details.maximumAllocationBytes, let storage = pool.storage(bytes)
        else {
            throw .outOfMemory(
                device: name, wanted: bytes, inUse: pool.statistics.liveBytes,
                available: memoryBytes)
        }
        return storage
    }

    /// Copies host memory to the device through a staging block, without waiting for issued work (except above 64 MiB).
    ///
    /// A write that fails only after this returned is reported by a later upload.
    public func write(_ source: UnsafeRawBufferPointer, to destination: TransferSlice)
        throws(DeviceError)
    {
        let target = destination.slice
        guard let start = source.baseAddress, source.count > 0 else { return }
        try issuing.withLock { _ throws(DeviceError) in
            guard source.count <= StagingArea.largestBlock else {
                try write(start, source.count, to: target, blocking: true, event: nil)
                return
            }
            let (block, status) = staging.take(source.count)
            guard let block else {
                throw commandError(
                    status, "upload", bytes: source.count, "staging it, or an earlier upload")
            }
            block.pointer.copyMemory(from: start, byteCount: source.count)
            var event: cl_event?
            defer { staging.put(block, after: event) }
            try write(block.pointer, source.count, to: target, blocking: false, event: &event)
            try flush()
        }
    }

    private func write(
        _ source: UnsafeRawPointer, _ bytes: Int, to destination: BufferSlice, blocking: Bool,
        event: UnsafeMutablePointer<cl_event?>?
    ) throws(DeviceError) {
        let status = retryingWithoutCache {
            clEnqueueWriteBuffer(
                queue, memory(of: destination).handle, cl_bool(blocking ? CL_TRUE : CL_FALSE),
                4 * destination.offset, bytes, source, 0, nil, event)
        }
        guard status == CL_SUCCESS else {
            throw commandError(status, "upload", bytes: bytes, "\(bytes) bytes")
        }
    }

    /// Waits for all issued work and copies device memory to the host.
    public func read(_ source: TransferSlice, into destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        let source = source.slice
        guard let start = destination.baseAddress, destination.count > 0 else {
            return try synchronize()
        }
        try issuing.withLock { _ throws(DeviceError) in
            launchesSinceFlush = 0
            let status = retryingWithoutCache {
                clEnqueueReadBuffer(
                    queue, memory(of: source).handle, cl_bool(CL_TRUE), 4 * source.offset,
                    destination.count,
                    start, 0, nil, nil)
            }
            guard status == CL_SUCCESS else {
                throw commandError(
                    status, "download", bytes: destination.count, "\(destination.count) bytes")
            }
        }
    }

    /// Waits until all issued work is finished.
    public func synchronize() throws(DeviceError) {
        try issuing.withLock { _ throws(DeviceError) in
            launchesSinceFlush = 0
            let status = clFinish(queue)
            guard status == CL_SUCCESS else {
                throw commandError(status, "waiting for the device", bytes: 0, "")
            }
        }
    }

    /// Counters of the buffer pool.
    public var poolStatistics: PoolStatistics { pool.statistics }

    /// Releases memory that the pool keeps for reuse.
    public func trimPool() { pool.trim() }
}
