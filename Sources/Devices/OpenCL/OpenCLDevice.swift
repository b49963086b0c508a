import TandemCOpenCL
import TandemBasics

/// A device behind an OpenCL driver: one in-order queue, kernels compiled on first use, memory from a pool.
///
/// Commands are issued without waiting; `download` and `synchronize` wait. Same calls, same device, same bits: every
/// kernel adds in a fixed order.
public final class OpenCLDevice: Device, @unchecked Sendable {
    // Mutable state (programs, staging, timings) is reached only with `issuing` held.

    /// The device's own name with the driver's.
    public let name: String
    /// Kind of hardware.
    public let kind: DeviceKind
    /// Bytes of memory that may be used.
    public let memoryBytes: Int
    /// What the driver says about the device.
    public let details: OpenCLDescription
    /// The layout of the kernels.
    public let profile: KernelProfile

    let pool: BufferPool<MemoryObject>
    let hardware: OpenCLHardware
    let context: cl_context
    let queue: cl_command_queue
    let issuing = Guarded(())
    let programs: OpenCLPrograms
    let staging: StagingArea
    let kernelClock: KernelClock?
    var launchesSinceFlush = 0

    /// The text that selects this device: `opencl:P.D`.
    public var identifier: String { details.identifier }

    init(hardware: OpenCLHardware, options: OpenCLOptions) throws(DeviceError) {
        let details = hardware.description
        let profile =
            if let chosen = options.profile { chosen } else {
                try KernelProfile.fromEnvironment() ?? KernelProfile(for: details)
            }
        let handles = try Self.open(hardware, measuresKernels: options.measuresKernels)
        let limit = options.memoryLimit ?? details.memoryBytes
        self.hardware = hardware
        self.details = details
        self.profile = profile
        name = "\(details.name) (OpenCL, \(details.platform))"
        kind = details.kind
        memoryBytes = limit
        context = handles.context
        queue = handles.queue
        pool = Self.makePool(
            context: handles.context, limit: limit, largest: details.maximumAllocationBytes)
        programs = OpenCLPrograms(
            context: handles.context, hardware: hardware, profile: profile,
            cache: options.programCache.cache(for: details))
        staging = StagingArea(
            context: handles.context, queue: handles.queue, isPinned: details.kind != .cpu)
        kernelClock = options.measuresKernels ? KernelClock() : nil
    }

    deinit {
        clFinish(queue)
        staging.releaseAll()
        clReleaseCommandQueue(queue)
        clReleaseContext(context)
    }

    private static func open(_ hardware: OpenCLHardware, measuresKernels: Bool)
        throws(DeviceError) -> (context: cl_context, queue: cl_command_queue)
    {
        var status: Int32 = 0
        var device: cl_device_id? = hardware.device
        var properties: [cl_context_properties] = [
            cl_context_properties(CL_CONTEXT_PLATFORM), Int(bitPattern: hardware.platform), 0,
        ]
        guard let context = clCreateContext(&properties, 1, &device, nil, nil, &status) else {
            throw hardware.error("creating a context", status)
        }
        let flags = measuresKernels ? cl_command_queue_properties(CL_QUEUE_PROFILING_ENABLE) : 0
        guard let queue = clCreateCommandQueue(context, hardware.device, flags, &status) else {
            clReleaseContext(context)
            throw hardware.error("creating a command queue", status)
        }
        return (context, queue)
    }

    /// Throws `driver` with the error's name unless `status` is success.
    func check(_ status: Int32, _ operation: @autoclosure () -> String) throws(DeviceError) {
        guard status != CL_SUCCESS else { return }
        throw .driver(
            device: name, operation: operation(), code: OpenCLStatus.name(status), detail: "")
    }

    /// The error of an enqueued command, told apart from running out of memory, which drivers report only now.
    func commandError(_ status: Int32, _ operation: String, bytes: Int, _ detail: String)
        -> DeviceError
    {
        let inUse = pool.statistics.liveBytes
        let isCertain = status == CL_MEM_OBJECT_ALLOCATION_FAILURE
        if isCertain || status == CL_OUT_OF_RESOURCES && inUse > memoryBytes / 2 {
            return .outOfMemory(device: name, wanted: bytes, inUse: inUse, available: memoryBytes)
        }
        return .driver(
            device: name, operation: operation, code: OpenCLStatus.name(status), detail: detail)
    }

    /// Runs a command; when it fails for want of memory, waits, gives cached memory back and tries once more.
    ///
    /// Work that had failed before shows only now; then that first failure is returned.
    func retryingWithoutCache(_ command: () -> Int32) -> Int32 {
        let status = command()
        guard OpenCLStatus.mayMeanOutOfMemory(status) else { return status }
        let earlier = clFinish(queue)
        pool.trim()
        return earlier == CL_SUCCESS ? command() : earlier
    }

    /// The memory of a slice.
    ///
    /// `issue` has checked that the slice is this device's own.
    func memory(of slice: BufferSlice) -> MemoryObject {
        unsafeDowncast(slice.buffer.storage, to: PooledStorage<MemoryObject>.self).memory
    }
}
