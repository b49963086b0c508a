import TandemCOpenCL
import TandemBasics

extension OpenCLDevice {
    /// Takes memory from the pool; throws `outOfMemory` when the device has no more.
    public func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        let bytes = max(4 * count, 4)
        guard bytes <= details.maximumAllocationBytes, let memory = pool.take(bytes) else {
            throw .outOfMemory(
                device: name, wanted: bytes, inUse: pool.statistics.liveBytes,
                available: memoryBytes)
        }
        return OpenCLStorage(memory.handle, sizeClass: memory.sizeClass, pool: pool)
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
            try write(
                block.pointer, source.count, to: target, blocking: false, event: &event)
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

    /// Sets every element to `value`.
    public func run(_ o: DeviceOperation.Fill) throws(DeviceError) {
        try launch(.fill, over: elements(o.output.count)) {
            $0.buffer(o.output)
            $0.float(o.value)
            $0.size(o.output.count)
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
