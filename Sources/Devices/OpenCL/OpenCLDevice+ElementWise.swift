import TandemBasics

/// Kernels of the element-wise families, in the order of the operations' raw values.
private enum ElementWiseKernels {
    static let unary = kernels(UnaryOperation.allCases, "element_wise/unary", "unary")
    static let backward = kernels(
        UnaryOperation.allCases, "element_wise/unary_backward", "backward")
    static let binary = kernels(BinaryOperation.allCases, "element_wise/binary", "binary")
    // Built for one operation each.
    static let perColumn = broadcasts("columns")
    static let perRow = broadcasts("rows")
    static let strided = broadcasts("strided")

    private static func kernels(_ operations: [some Any], _ program: String, _ family: String)
        -> [KernelReference]
    {
        operations.map {
            let name = "\($0)"
            return KernelReference(program, family + name.prefix(1).uppercased() + name.dropFirst())
        }
    }

    private static func broadcasts(_ name: String) -> [KernelReference] {
        BinaryOperation.allCases.map {
            KernelReference(
                "element_wise/broadcast", name, definitions: "-D OPERATION=\($0.rawValue)")
        }
    }
}

extension OpenCLDevice {
    /// Sets every element to `value`.
    public func run(_ o: DeviceOperation.Fill) throws(DeviceError) {
        try launch(
            .init("element_wise/scaled", "fill"), over: elements(o.output.count), o.output,
            o.value, o.output.count)
    }

    /// `output[i] = operation(input[i])`.
    public func run(_ o: DeviceOperation.Unary) throws(DeviceError) {
        let kernel = ElementWiseKernels.unary[Int(o.operation.rawValue)]
        try launch(kernel, over: elements(o.output.count), o.output, o.input, o.output.count)
    }

    /// `inputGradient[i] = outputGradient[i] * operation'(input[i])`.
    public func run(_ o: DeviceOperation.UnaryBackward) throws(DeviceError) {
        try launch(
            ElementWiseKernels.backward[Int(o.operation.rawValue)],
            over: elements(o.inputGradient.count), o.inputGradient, o.input, o.output,
            o.outputGradient, o.inputGradient.count)
    }

    /// `output[i] = operation(left[i], right[i])`.
    public func run(_ o: DeviceOperation.Binary) throws(DeviceError) {
        let kernel = ElementWiseKernels.binary[Int(o.operation.rawValue)]
        try launch(
            kernel, over: elements(o.output.count), o.output, o.left, o.right, o.output.count)
    }

    /// `output[i] = scale * input[i] + offset`.
    public func run(_ o: DeviceOperation.Affine) throws(DeviceError) {
        try launch(
            .init("element_wise/scaled", "affine"), over: elements(o.output.count), o.output,
            o.input, o.scale, o.offset, o.output.count)
    }

    /// `y[i] += alpha * x[i]`.
    public func run(_ o: DeviceOperation.Axpy) throws(DeviceError) {
        try launch(
            .init("element_wise/scaled", "axpy"), over: elements(o.y.count), o.y, o.x, o.alpha,
            o.y.count)
    }

    /// `output = operation(left, right)`; a matrix and one vector have kernels of their own.
    public func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) {
        let operation = Int(o.operation.rawValue)
        let (rows, columns) = (o.shape.rows, o.shape.columns)
        let range = matrix(rows: rows, columns: columns)
        guard let axis = o.shape.vectorAxis else {
            return try launch(
                ElementWiseKernels.strided[operation], over: range, o.output, o.left, o.right,
                OperandAxes(shape: o.shape, operands: 2))
        }
        let family = axis == .perColumn ? ElementWiseKernels.perColumn : ElementWiseKernels.perRow
        try launch(family[operation], over: range, o.output, o.left, o.right, rows, columns)
    }

    /// `output = condition != 0 ? ifTrue : ifFalse`.
    public func run(_ o: DeviceOperation.Select) throws(DeviceError) {
        try launch(
            .init("element_wise/select", "selectStrided"),
            over: matrix(rows: o.shape.rows, columns: o.shape.columns), o.output, o.condition,
            o.ifTrue, o.ifFalse, OperandAxes(shape: o.shape, operands: 3))
    }

    /// `output[i] = word(i) >= threshold ? input[i] / (1 - probability) : 0`.
    public func run(_ o: DeviceOperation.Dropout) throws(DeviceError) {
        let constants = try DropoutConstants(probability: o.probability)
        try launch(
            .init("random/philox", "dropout"), over: randomBlocks(o.output.count), o.output,
            o.input, o.output.count, constants.threshold, constants.scale, o.stream.identifier,
            o.stream.seed)
    }

    /// `output[i] = (word(i) >> 8) * 2^-24`.
    public func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) {
        try launch(
            .init("random/philox", "randomUniform"), over: randomBlocks(o.output.count), o.output,
            o.output.count, o.stream.identifier, o.stream.seed)
    }

    /// One work-item per `SPAN` elements (see `Kernels/random/philox.cl`).
    private func randomBlocks(_ count: Int) -> LaunchRange {
        profile.sharesWork
            ? LaunchRange(count.parts(of: 4), local: 256)
            : LaunchRange(count.parts(of: 64), local: 4)
    }
}

extension StridedShape {
    /// How the right operand is a vector spread over a matrix on the left, `nil` if it is not.
    fileprivate var vectorAxis: BroadcastAxis? {
        guard rank == 1 || rank == 2, strides(0)[rank - 1] == 1 else { return nil }
        let (left, right) = (strides(0), strides(1))
        if rank == 1 { return right[0] == 0 ? .perRow : nil }
        guard left[0] == columns else { return nil }
        if right[0] == 0, right[1] == 1 { return .perColumn }
        return right[0] == 1 && right[1] == 0 ? .perRow : nil
    }
}
