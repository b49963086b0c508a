import TandemBasics
import TandemCOpenCL

/// A value that a kernel takes, as one of its arguments or as several that belong together.
protocol KernelArgument {
    /// Sets the next arguments.
    func set(_ arguments: inout KernelArguments)
}

extension KernelArgument where Self: BitwiseCopyable {
    func set(_ arguments: inout KernelArguments) { arguments.set(self) }
}

/// A `float`.
extension Float: KernelArgument {}
/// An `int`.
extension Int32: KernelArgument {}
/// A `uint` with all its bits.
extension UInt32: KernelArgument {}
/// A `uint2`: low word, high word.
extension UInt64: KernelArgument {}

/// A flag as `uint` 0 or 1.
extension Bool: KernelArgument {
    func set(_ arguments: inout KernelArguments) { arguments.set(cl_uint(self ? 1 : 0)) }
}

/// A size, count or stride as `uint`.
extension Int: KernelArgument {
    func set(_ arguments: inout KernelArguments) {
        if arguments.fits(self) { arguments.set(cl_uint(self)) }
    }
}

/// A stride as `ulong`.
struct Stride: KernelArgument {
    private let value: cl_ulong

    init(_ value: Int) {
        self.value = cl_ulong(value)
    }

    func set(_ arguments: inout KernelArguments) { arguments.set(value) }
}

/// A buffer and the offset of its first element (the pair `INPUT` or `OUTPUT` in the kernel).
extension BufferSlice: KernelArgument {
    func set(_ arguments: inout KernelArguments) {
        arguments.bytes += 4 * count
        arguments.set(arguments.device.memory(of: self).handle as cl_mem?)
        arguments.set(cl_ulong(offset))
    }
}

/// A buffer that may be absent: a null pointer then.
extension Optional: KernelArgument where Wrapped == BufferSlice {
    func set(_ arguments: inout KernelArguments) {
        if let slice = self { return slice.set(&arguments) }
        arguments.set(nil as cl_mem?)
        arguments.set(cl_ulong(0))
    }
}

/// The arguments that `SHAPE` of `Kernels/element_wise/vectors.clh` names, then the strides of each operand as `uint8`.
struct OperandAxes: KernelArgument {
    let shape: StridedShape
    let operands: Int

    func set(_ arguments: inout KernelArguments) {
        shape.rows.set(&arguments)
        shape.columns.set(&arguments)
        shape.rank.set(&arguments)
        set(shape.sizes, &arguments)
        for operand in 0..<operands { set(shape.strides(operand), &arguments) }
    }

    private func set(_ axes: SIMD8<Int>, _ arguments: inout KernelArguments) {
        guard axes.indices.allSatisfy({ arguments.fits(axes[$0]) }) else { return }
        arguments.set(SIMD8<cl_uint>(truncatingIfNeeded: axes))
    }
}

/// Sets the arguments of one kernel, in order; the first failure is kept and later ones do nothing.
struct KernelArguments {
    let kernel: cl_kernel
    let device: OpenCLDevice
    private(set) var status: Int32 = CL_SUCCESS
    private(set) var tooLarge: Int?
    /// Bytes of all buffers that the kernel touches.
    var bytes = 0
    private var index: cl_uint = 0

    init(kernel: cl_kernel, device: OpenCLDevice) {
        self.kernel = kernel
        self.device = device
    }

    /// Whether a kernel can count to `size`; the first that is too large is kept.
    mutating func fits(_ size: Int) -> Bool {
        if cl_uint(exactly: size) != nil { return true }
        tooLarge = tooLarge ?? size
        return false
    }

    /// Sets the next argument to the bytes of `value`.
    mutating func set<Value: BitwiseCopyable>(_ value: Value) {
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

    /// Issues `kernel` with `values` as its arguments over `range`, without waiting; an empty range does nothing.
    func launch<each Argument: KernelArgument>(
        _ kernel: KernelReference, over range: LaunchRange, _ values: repeat each Argument
    ) throws(DeviceError) {
        guard !range.isEmpty else { return }
        try issuing.withLock { _ throws(DeviceError) in
            var arguments = KernelArguments(kernel: try programs.kernel(kernel), device: self)
            repeat (each values).set(&arguments)
            try enqueue(kernel, arguments, over: range)
        }
    }

    /// Issues `kernel` once for each of `steps`, in order; the step is its last argument, the others are set once.
    func launch<each Argument: KernelArgument>(
        _ kernel: KernelReference, over range: LaunchRange, steps: some Sequence<Int>,
        _ values: repeat each Argument
    ) throws(DeviceError) {
        guard !range.isEmpty else { return }
        try issuing.withLock { _ throws(DeviceError) in
            var shared = KernelArguments(kernel: try programs.kernel(kernel), device: self)
            repeat (each values).set(&shared)
            for step in steps {
                var arguments = shared
                step.set(&arguments)
                try enqueue(kernel, arguments, over: range)
            }
        }
    }

    private func enqueue(
        _ kernel: KernelReference, _ arguments: KernelArguments, over range: LaunchRange
    ) throws(DeviceError) {
        if let size = arguments.tooLarge {
            throw .invalidArgument(
                operation: kernel.name,
                detail: "size \(size) is outside 0...\(cl_uint.max), the range of OpenCL kernels")
        }
        try check(arguments.status, "setting the arguments of \(kernel.name)")
        var event: cl_event?
        let status = retryingWithoutCache {
            withUnsafeBytes(of: range.global) { global in
                withUnsafeBytes(of: range.local) { local in
                    withUnsafeMutablePointer(to: &event) { event in
                        clEnqueueNDRangeKernel(
                            queue, arguments.kernel, range.dimensions, nil,
                            global.assumingMemoryBound(to: Int.self).baseAddress,
                            local.assumingMemoryBound(to: Int.self).baseAddress, 0, nil,
                            kernelClock == nil ? nil : event)
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
