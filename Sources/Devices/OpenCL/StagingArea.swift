import TandemCOpenCL

/// Host memory from which uploads are copied to the device while the caller goes on; pinned where that is faster.
///
/// An upload copies its data into a block and enqueues a write from there; the block is used again once the write is
/// done. Not thread-safe: its device guards it.
final class StagingArea {
    /// A block of host memory.
    struct Block {
        let bytes: Int
        let pointer: UnsafeMutableRawPointer
        /// The pinned buffer whose mapping `pointer` is, if any.
        let pinned: cl_mem?
    }

    /// Uploads above this size are not staged: they wait for the queue rather than double their memory.
    static let largestBlock = 64 << 20

    /// Most bytes that wait in unfinished uploads before a new one waits for the oldest.
    private static let largestBacklog = 256 << 20

    private let context: cl_context
    private let queue: cl_command_queue
    private let isPinned: Bool
    private var free: [Int: [Block]] = [:]
    private var pending: [(block: Block, event: cl_event)] = []
    private var pendingBytes = 0
    /// The error of a write that failed after it was issued, until `take` reports it.
    private var failure: Int32 = CL_SUCCESS

    init(context: cl_context, queue: cl_command_queue, isPinned: Bool) {
        self.context = context
        self.queue = queue
        self.isPinned = isPinned
    }

    /// A block of at least `bytes` bytes, or the driver's error, which may be that of an earlier write.
    func take(_ bytes: Int) -> (block: Block?, status: Int32) {
        collectFinished()
        while failure == CL_SUCCESS, pendingBytes + bytes > Self.largestBacklog,
            let oldest = pending.first
        {
            var event: cl_event? = oldest.event
            failure = clWaitForEvents(1, &event)
            collectFinished()
        }
        if failure != CL_SUCCESS {
            defer { failure = CL_SUCCESS }
            return (nil, failure)
        }
        let size = BufferPool<MemoryObject>.sizeClass(bytes)
        if let block = free[size]?.popLast() { return (block, CL_SUCCESS) }
        if isPinned { return makePinned(size) }
        let pointer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        return (Block(bytes: size, pointer: pointer, pinned: nil), CL_SUCCESS)
    }

    /// Takes a block back; it is free once `event` (its write) is complete, or at once without an event.
    func put(_ block: Block, after event: cl_event?) {
        guard let event else {
            free[block.bytes, default: []].append(block)
            return
        }
        pending.append((block, event))
        pendingBytes += block.bytes
    }

    /// Gives all memory back; the queue must be finished.
    func releaseAll() {
        collectFinished()
        for block in free.values.joined() {
            if let pinned = block.pinned {
                clEnqueueUnmapMemObject(queue, pinned, block.pointer, 0, nil, nil)
                clReleaseMemObject(pinned)
            } else {
                block.pointer.deallocate()
            }
        }
        free = [:]
    }

    private func collectFinished() {
        // Writes finish in order, so the first unfinished one ends the search.
        let finished = pending.lazy.map { Self.status(of: $0.event) }.prefix { $0 <= CL_COMPLETE }
        let statuses = Array(finished)
        for (status, (block, event)) in zip(statuses, pending) {
            if status < CL_COMPLETE { failure = status }
            clReleaseEvent(event)
            pendingBytes -= block.bytes
            free[block.bytes, default: []].append(block)
        }
        pending.removeFirst(statuses.count)
    }

    /// The execution status of a command: above `CL_COMPLETE` while it is not finished, below it when it failed.
    private static func status(of event: cl_event) -> Int32 {
        var status: Int32 = 0
        let query = clGetEventInfo(
            event, cl_event_info(CL_EVENT_COMMAND_EXECUTION_STATUS), MemoryLayout<Int32>.size,
            &status, nil)
        return query == CL_SUCCESS ? status : query
    }

    private func makePinned(_ size: Int) -> (Block?, Int32) {
        var status: Int32 = 0
        let flags = cl_mem_flags(CL_MEM_READ_ONLY | CL_MEM_ALLOC_HOST_PTR)
        guard let buffer = clCreateBuffer(context, flags, size, nil, &status) else {
            return (nil, status)
        }
        let mapped = clEnqueueMapBuffer(
            queue, buffer, cl_bool(CL_TRUE), cl_map_flags(CL_MAP_WRITE), 0, size, 0, nil, nil,
            &status)
        guard let mapped, status == CL_SUCCESS else {
            clReleaseMemObject(buffer)
            return (nil, status)
        }
        return (Block(bytes: size, pointer: mapped, pinned: buffer), CL_SUCCESS)
    }
}
