import TandemCOpenBLAS
import TandemCPUKernels

import Glibc

/// The host processor: own vector kernels on a fixed pool of threads, OpenBLAS for large products where it is faster.
///
/// Operations run at once, in the calling thread and the device's pool; `synchronize` has nothing to wait for. Work too small to be
/// worth a hand-off stays on the calling thread. Results do not depend on the number of threads.
public final class CPUDevice: Device {
    /// The processor's name with the library and the instruction set in use.
    public let name: String
    /// The identifier `cpu`.
    public let identifier = "cpu"
    /// The kind `cpu`.
    public let kind = DeviceKind.cpu
    /// Bytes of physical memory.
    public let memoryBytes: Int
    /// Threads that share the work, the caller included.
    public let threads: Int

    let memory: BufferPool<HostMemory>
    /// The threads and the BLAS library, as the kernels want them.
    ///
    /// Without a lock here: the pool of threads has its own, and nothing else changes.
    nonisolated(unsafe) let executor: UnsafeMutablePointer<tandem_executor>

    private static let mostThreads = 1024

    /// Opens the processor with `threads` threads, 1 to 1024 (by default all cores this process may use).
    ///
    /// Throws `invalidArgument` for another number and for a `TANDEM_INSTRUCTION_SET` that names none, `driver` when the
    /// threads cannot be started.
    public init(threads: Int? = nil) throws(DeviceError) {
        let count = threads ?? min(Int(tandem_processor_count()), Self.mostThreads)
        guard (1...Self.mostThreads).contains(count) else {
            throw .invalidArgument(
                operation: "CPU device",
                detail: "\(count) threads requested; give 1 to \(Self.mostThreads)")
        }
        try Self.checkInstructionSetVariable()
        let processor = Self.processorName()
        guard let pool = tandem_thread_pool_create(Int32(count), tandem_matmul_scratch_bytes())
        else {
            throw .driver(
                device: processor, operation: "starting \(count) threads", code: "EAGAIN",
                detail: "ask for fewer threads")
        }
        // Its own threads would spin beside ours; blocks of a product run on our pool instead.
        openblas_set_num_threads(1)
        executor = .allocate(capacity: 1)
        executor.initialize(to: tandem_executor(pool: pool, vendor_matmul: multiplyWithOpenBLAS))
        name = "\(processor) (OpenBLAS, \(Self.instructionSetName))"
        memoryBytes = Int(tandem_memory_bytes())
        memory = BufferPool(create: HostMemory.init(bytes:), destroy: { $0.release() })
        self.threads = count
    }

    deinit {
        tandem_thread_pool_destroy(executor.pointee.pool)
        executor.deallocate()
    }

    /// How often work was handed to other threads.
    public var handOffs: Int { Int(tandem_thread_pool_jobs(executor.pointee.pool)) }

    /// Name of the processor, for example `AMD EPYC`.
    static func processorName() -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            guard let start = buffer.baseAddress else { return "processor" }
            tandem_processor_name(start, buffer.count)
            return String(cString: start)
        }
    }

    private static func checkInstructionSetVariable() throws(DeviceError) {
        guard let value = getenv(TANDEM_INSTRUCTION_SET_VARIABLE) else { return }
        let name = String(cString: value)
        guard ["portable", "avx2", "avx512"].contains(name) else {
            throw .invalidArgument(
                operation: "CPU device",
                detail: "\(TANDEM_INSTRUCTION_SET_VARIABLE) is '\(name)'; "
                    + "set it to portable, avx2 or avx512, or unset it")
        }
    }

    /// The instruction set that the kernels use.
    static var instructionSetName: String {
        switch tandem_current_instruction_set() {
        case TANDEM_AVX512: "AVX-512"
        case TANDEM_AVX2: "AVX2"
        default: "portable"
        }
    }
}

/// One block of a product, by OpenBLAS on the calling thread.
private func multiplyWithOpenBLAS(
    transposeLeft: Bool, transposeRight: Bool, m: Int32, n: Int32, k: Int32, alpha: Float,
    left: UnsafePointer<Float>?, leftStride: Int32, right: UnsafePointer<Float>?,
    rightStride: Int32, beta: Float, output: UnsafeMutablePointer<Float>?, outputStride: Int32
) {
    cblas_sgemm(
        CblasRowMajor, transposeLeft ? CblasTrans : CblasNoTrans,
        transposeRight ? CblasTrans : CblasNoTrans, m, n, k, alpha, left, leftStride, right,
        rightStride, beta, output, outputStride)
}

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

extension CPUDevice {
    /// Takes host memory from the pool; refuses what physical memory cannot hold.
    public func makeStorage(_ count: Int) throws(DeviceError) -> DeviceStorage {
        let bytes = 4 * max(count, 1)
        let inUse = memory.statistics.liveBytes
        guard bytes <= memoryBytes - inUse, let storage = memory.storage(bytes) else {
            throw .outOfMemory(device: name, wanted: bytes, inUse: inUse, available: memoryBytes)
        }
        return storage
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
        let storage = unsafeDowncast(slice.buffer.storage, to: PooledStorage<HostMemory>.self)
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

/// Elements that one thread handles faster alone than with a hand-off to others.
enum Grain {
    /// For work limited by memory: copies, sums, arithmetic.
    static let light = 65_536
    /// For work limited by arithmetic: exponentials, normalisations.
    static let heavy = 8_192
}

/// The work of one parallel loop, as seen by the pool's threads.
private struct SharedLoop {
    let count: Int
    let part: Int
    let body: (Range<Int>) -> Void

    func run(_ index: Int) {
        let start = index * part
        body(start..<min(start + part, count))
    }
}

extension CPUDevice {
    /// Calls `body` with ranges that cover `0 ..< count` once: on the calling thread when there are at most `grain` items, otherwise shared
    /// out over the pool in parts that are multiples of `alignment`.
    ///
    /// `body` runs on several threads at a time and must write disjoint memory for disjoint ranges; its results must not depend on the cut.
    func share(_ count: Int, grain: Int, alignment: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > max(grain, 1), threads > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        // Two parts per thread even out what other programs take away from one of them.
        let parts = min(2 * threads, count.parts(of: max(grain, 1)))
        let part = count.parts(of: parts).parts(of: alignment) * alignment
        runOnPool(count: count, part: part, body)
    }

    /// Shares out elements in whole cache lines: `body` gets the first element and their number, as kernels take it.
    func shareElements(_ count: Int, grain: Int, _ body: (Int, Int64) -> Void) {
        share(count, grain: grain, alignment: 64) { body($0.lowerBound, Int64($0.count)) }
    }

    /// Shares out rows of `columns` elements, `grain` elements being worth a thread; `body` gets the first row and their number.
    func shareRows(_ rows: Int, columns: Int, grain: Int, _ body: (Int, Int64) -> Void) {
        share(rows, grain: grain / max(columns, 1)) { body($0.lowerBound, Int64($0.count)) }
    }

    private func runOnPool(count: Int, part: Int, _ body: (Range<Int>) -> Void) {
        withoutActuallyEscaping(body) { body in
            var loop = SharedLoop(count: count, part: part, body: body)
            withUnsafeMutablePointer(to: &loop) { loop in
                tandem_thread_pool_run(
                    executor.pointee.pool, Int64(count.parts(of: part)),
                    { context, index, _ in
                        context?.assumingMemoryBound(to: SharedLoop.self).pointee.run(Int(index))
                    }, loop)
            }
        }
    }
}
