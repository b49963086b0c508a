extension KernelReference {
    static let fill = KernelReference("element_wise/scaled", "fill")
    static let affine = KernelReference("element_wise/scaled", "affine")
    static let axpy = KernelReference("element_wise/scaled", "axpy")
}

/// Kernels of one element-wise family, in the order of the operations' raw values.
private enum ElementWiseKernels {
    static let unary = names(unaryNames).map { KernelReference("element_wise/unary", "unary\($0)") }
    static let backward = names(unaryNames).map {
        KernelReference("element_wise/unary_backward", "backward\($0)")
    }
    static let binary = names(binaryNames).map {
        KernelReference("element_wise/binary", "binary\($0)")
    }
    private static let unaryNames: [String] = UnaryOperation.allCases.map { "\($0)" }
    private static let binaryNames: [String] = BinaryOperation.allCases.map { "\($0)" }

    private static func names(_ cases: [String]) -> [String] {
        cases.map { $0.prefix(1).uppercased() + $0.dropFirst() }
    }
}

extension OpenCLDevice {
    /// Elements per work-item of the element-wise kernels: `WIDTH` of `Kernels/element_wise/vectors.clh`.
    var vectorWidth: Int { profile == .cpu ? 16 : 4 }

    /// Largest extent of a launch's second dimension, in work-groups; kernels go round for more rows.
    static let largestSecondExtent = 32768

    /// One work-item per vector of an array of `count` elements.
    func elements(_ count: Int) -> LaunchRange {
        LaunchRange((count + vectorWidth - 1) / vectorWidth, local: profile == .cpu ? 16 : 256)
    }

    /// One work-item per vector of a row in dimension 0, rows in dimension 1.
    ///
    /// Only three shapes of work-group are used, since drivers may compile a kernel for each.
    func matrix(rows: Int, columns: Int) -> LaunchRange {
        let vectors = (columns + vectorWidth - 1) / vectorWidth
        let local =
            profile == .cpu
            ? (vectors > 8 ? (16, 1) : (vectors > 2 ? (4, 4) : (1, 16)))
            : (vectors > 32 ? (256, 1) : (vectors > 8 ? (32, 8) : (8, 32)))
        let extent = min(rows, Self.largestSecondExtent * local.1)
        return LaunchRange((vectors, extent), local: local)
    }

    /// `output[i] = operation(input[i])`.
    public func run(_ o: DeviceOperation.Unary) throws(DeviceError) {
        let kernel = ElementWiseKernels.unary[Int(o.operation.rawValue)]
        try launch(kernel, over: elements(o.output.count)) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.size(o.output.count)
        }
    }

    /// `inputGradient[i] = outputGradient[i] * operation'(input[i])`.
    public func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) {
        let kernel = ElementWiseKernels.backward[Int(o.operation.rawValue)]
        try launch(kernel, over: elements(o.inputGradient.count)) {
            $0.buffer(o.inputGradient)
            $0.buffer(o.input)
            $0.buffer(o.output)
            $0.buffer(o.outputGradient)
            $0.size(o.inputGradient.count)
        }
    }

    /// `output[i] = operation(left[i], right[i])`.
    public func run(_ o: DeviceOperation.Binary) throws(DeviceError) {
        let kernel = ElementWiseKernels.binary[Int(o.operation.rawValue)]
        try launch(kernel, over: elements(o.output.count)) {
            $0.buffer(o.output)
            $0.buffer(o.left)
            $0.buffer(o.right)
            $0.size(o.output.count)
        }
    }

    /// `output[i] = scale * input[i] + offset`.
    public func run(_ o: DeviceOperation.Affine) throws(DeviceError) {
        try launch(.affine, over: elements(o.output.count)) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.float(o.scale)
            $0.float(o.offset)
            $0.size(o.output.count)
        }
    }

    /// `y[i] += alpha * x[i]`.
    public func run(_ o: DeviceOperation.Axpy) throws(DeviceError) {
        try launch(.axpy, over: elements(o.y.count)) {
            $0.buffer(o.y)
            $0.buffer(o.x)
            $0.float(o.alpha)
            $0.size(o.y.count)
        }
    }
}
