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
