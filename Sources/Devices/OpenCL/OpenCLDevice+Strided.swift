extension KernelReference {
    fileprivate static let select = KernelReference("element_wise/select", "selectStrided")
}

/// The kernels of `element_wise/broadcast`, built for one operation each; in the order of the operations' raw values.
private enum BroadcastKernels {
    static let perColumn = kernels("columns")
    static let perRow = kernels("rows")
    static let strided = kernels("strided")

    private static func kernels(_ name: String) -> [KernelReference] {
        BinaryOperation.allCases.map {
            KernelReference(
                "element_wise/broadcast", name, definitions: "-D OPERATION=\($0.rawValue)")
        }
    }
}

extension OpenCLDevice {
    /// `output = operation(left, right)`; a matrix and one vector have kernels of their own.
    public func run(_ o: DeviceOperation.BinaryBroadcast) throws(DeviceError) {
        let operation = Int(o.operation.rawValue)
        if let axis = o.shape.vectorAxis {
            let family = axis == .perColumn ? BroadcastKernels.perColumn : BroadcastKernels.perRow
            return try launch(
                family[operation], over: matrix(rows: o.shape.rows, columns: o.shape.columns)
            ) {
                $0.buffer(o.output)
                $0.buffer(o.left)
                $0.buffer(o.right)
                $0.size(o.shape.rows)
                $0.size(o.shape.columns)
            }
        }
        try launch(
            BroadcastKernels.strided[operation],
            over: matrix(rows: o.shape.rows, columns: o.shape.columns)
        ) {
            $0.buffer(o.output)
            $0.buffer(o.left)
            $0.buffer(o.right)
            $0.shape(o.shape, operands: 2)
        }
    }

    /// `output = condition != 0 ? ifTrue : ifFalse`.
    public func run(_ o: DeviceOperation.Select) throws(DeviceError) {
        try launch(.select, over: matrix(rows: o.shape.rows, columns: o.shape.columns)) {
            $0.buffer(o.output)
            $0.buffer(o.condition)
            $0.buffer(o.ifTrue)
            $0.buffer(o.ifFalse)
            $0.shape(o.shape, operands: 3)
        }
    }
}

extension KernelArguments {
    /// The arguments that `SHAPE` of `Kernels/element_wise/vectors.clh` names, then the strides of each operand.
    mutating func shape(_ shape: StridedShape, operands: Int) {
        size(shape.rows)
        size(shape.columns)
        size(shape.rank)
        axes(shape.sizes)
        for operand in 0..<operands { axes(shape.strides(operand)) }
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
