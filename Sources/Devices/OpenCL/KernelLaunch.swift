import TandemCOpenCL
import TandemBasics

/// How many work-items a launch has and how they are grouped; sizes are rounded up to whole work-groups.
struct LaunchRange {
    let dimensions: cl_uint
    let global: (Int, Int, Int)
    let local: (Int, Int, Int)

    /// `items` work-items in groups of `local`.
    init(_ items: Int, local: Int) {
        dimensions = 1
        global = (Self.roundUp(items, local), 1, 1)
        self.local = (local, 1, 1)
    }

    /// `items` work-items in a plane, in groups of `local`.
    init(_ items: (Int, Int), local: (Int, Int)) {
        dimensions = 2
        global = (Self.roundUp(items.0, local.0), Self.roundUp(items.1, local.1), 1)
        self.local = (local.0, local.1, 1)
    }

    /// `items` work-items in space, in groups of `local`.
    init(_ items: (Int, Int, Int), local: (Int, Int, Int)) {
        dimensions = 3
        global = (
            Self.roundUp(items.0, local.0), Self.roundUp(items.1, local.1),
            Self.roundUp(items.2, local.2)
        )
        self.local = local
    }

    var isEmpty: Bool { global.0 == 0 || global.1 == 0 || global.2 == 0 }

    private static func roundUp(_ value: Int, _ unit: Int) -> Int {
        (value + unit - 1) / unit * unit
    }
}

extension LaunchRange: CustomStringConvertible {
    var description: String {
        "global \(global.0)x\(global.1)x\(global.2), local \(local.0)x\(local.1)x\(local.2)"
    }
}

/// Sets the arguments of one kernel, in order; the first failure is kept and later ones do nothing.
struct KernelArguments {
    let kernel: cl_kernel
    let device: OpenCLDevice
    private(set) var status: Int32 = CL_SUCCESS
    private(set) var tooLarge: Int?
    /// Bytes of all buffers that the kernel touches.
    private(set) var bytes = 0
    private var index: cl_uint = 0

    init(kernel: cl_kernel, device: OpenCLDevice) {
        self.kernel = kernel
        self.device = device
    }

    /// A buffer and the offset of its first element (the pair `INPUT` or `OUTPUT` in the kernel).
    mutating func buffer(_ slice: BufferSlice) {
        bytes += 4 * slice.count
        pointer(device.memory(of: slice).handle, offset: slice.offset)
    }

    /// A buffer that may be absent: a null pointer then.
    mutating func buffer(_ slice: BufferSlice?) {
        if let slice { buffer(slice) } else { pointer(nil, offset: 0) }
    }

    /// A size, count or stride as `uint`.
    mutating func size(_ value: Int) {
        guard let value = cl_uint(exactly: value) else {
            tooLarge = tooLarge ?? value
            return
        }
        set(value)
    }

    /// A stride as `ulong`.
    mutating func stride(_ value: Int) { set(cl_ulong(value)) }

    /// Sizes or strides of up to eight axes as `uint8`.
    mutating func axes(_ values: SIMD8<Int>) {
        for index in values.indices where cl_uint(exactly: values[index]) == nil {
            tooLarge = tooLarge ?? values[index]
        }
        guard tooLarge == nil else { return }
        set(SIMD8<cl_uint>(truncatingIfNeeded: values))
    }

    /// An `int`.
    mutating func integer(_ value: Int32) { set(value) }

    /// A `uint` with all its bits.
    mutating func word(_ value: UInt32) { set(value) }

    /// A flag as `uint` 0 or 1.
    mutating func flag(_ value: Bool) { set(cl_uint(value ? 1 : 0)) }

    /// A `uint2`: low word, high word.
    mutating func words(_ value: UInt64) { set(value) }

    /// A `float`.
    mutating func float(_ value: Float) { set(value) }

    private mutating func pointer(_ handle: cl_mem?, offset: Int) {
        set(handle)
        set(cl_ulong(offset))
    }

    private mutating func set<Value: BitwiseCopyable>(_ value: Value) {
        guard status == CL_SUCCESS else { return }
        status = withUnsafePointer(to: value) {
            clSetKernelArg(kernel, index, MemoryLayout<Value>.size, $0)
        }
        index += 1
    }
}

extension OpenCLDevice {
    /// Issued commands are handed to the device in bundles of this many, so that it starts before anybody waits.
    private static let launchesPerFlush = 16

    /// Issues `kernel` over `range` without waiting; `setArguments` sets its arguments in order.
    ///
    /// An empty range does nothing.
    func launch(
        _ kernel: KernelReference, over range: LaunchRange,
        _ setArguments: (inout KernelArguments) -> Void
    ) throws(DeviceError) {
        guard !range.isEmpty else { return }
        try issuing.withLock { _ throws(DeviceError) in
            try enqueue(kernel, try arguments(of: kernel, setArguments), over: range)
        }
    }

    /// Issues `kernel` once for each of `steps`, in order and without waiting; the step is its last argument.
    ///
    /// `setArguments` sets the other arguments, once for all launches. An empty range does nothing.
    func launch(
        _ kernel: KernelReference, over range: LaunchRange, steps: some Sequence<Int>,
        _ setArguments: (inout KernelArguments) -> Void
    ) throws(DeviceError) {
        guard !range.isEmpty else { return }
        try issuing.withLock { _ throws(DeviceError) in
            let shared = try arguments(of: kernel, setArguments)
            for step in steps {
                var arguments = shared
                arguments.size(step)
                try check(arguments, of: kernel)
                try enqueue(kernel, arguments, over: range)
            }
        }
    }

    private func arguments(
        of kernel: KernelReference, _ setArguments: (inout KernelArguments) -> Void
    ) throws(DeviceError) -> KernelArguments {
        var arguments = KernelArguments(kernel: try programs.kernel(kernel), device: self)
        setArguments(&arguments)
        try check(arguments, of: kernel)
        return arguments
    }

    private func check(_ arguments: KernelArguments, of kernel: KernelReference)
        throws(DeviceError)
    {
        if let size = arguments.tooLarge {
            throw .invalidArgument(
                operation: kernel.name,
                detail: "size \(size) is outside 0...\(cl_uint.max), the range of OpenCL kernels")
        }
        try check(arguments.status, "setting the arguments of \(kernel.name)")
    }

    private func enqueue(
        _ kernel: KernelReference, _ arguments: KernelArguments, over range: LaunchRange
    ) throws(DeviceError) {
        var event: cl_event?
        let status = retryingWithoutCache {
            withUnsafePointer(to: range.global) { global in
                withUnsafePointer(to: range.local) { local in
                    global.withMemoryRebound(to: Int.self, capacity: 3) { global in
                        local.withMemoryRebound(to: Int.self, capacity: 3) { local in
                            withUnsafeMutablePointer(to: &event) { event in
                                clEnqueueNDRangeKernel(
                                    queue, arguments.kernel, range.dimensions, nil, global, local,
                                    0, nil, kernelClock == nil ? nil : event)
                            }
                        }
                    }
                }
            }
        }
        guard status == CL_SUCCESS else {
            throw commandError(
                status, kernel.name, bytes: arguments.bytes,
                "\(range), \(arguments.bytes) bytes of buffers")
        }
        if let event { kernelClock?.add(kernel.name, event) }
        launchesSinceFlush += 1
        if launchesSinceFlush >= Self.launchesPerFlush { try flush() }
    }

    /// Hands all issued commands to the device without waiting for them.
    func flush() throws(DeviceError) {
        launchesSinceFlush = 0
        try check(clFlush(queue), "flushing the queue")
    }
}
