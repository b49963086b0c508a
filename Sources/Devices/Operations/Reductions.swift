/// What a reduction computes.
///
/// Raw values are shared with the kernels.
public enum ReductionOperation: Int32, Sendable, CaseIterable {
    /// Sum of the elements.
    case sum = 0
    /// Largest element; NaN if there is one.
    case maximum = 1
}

/// Which elements of a matrix are reduced together.
///
/// Raw values are shared with the kernels.
public enum ReductionAxis: Int32, Sendable, CaseIterable {
    /// Each row `[C]` gives one value: `[R, C] -> [R]`.
    case alongRows = 0
    /// Each column `[R]` gives one value: `[R, C] -> [C]`.
    case alongColumns = 1
}

extension DeviceOperation {
    /// The operands of `Device.reduce`.
    public struct Reduce: OperationPayload {
        package let operation: ReductionOperation
        package var input, output: BufferSlice
        package let rows, columns: Int
        package let axis: ReductionAxis
        package let scale: Float
        package let accumulate: Bool

        package static var name: StaticString { "reduce" }
        package var floatingPointOperations: Int { rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", try operands.elements(rows, columns))
            try operands.take(&output, "output", axis == .alongRows ? rows : columns)
        }
    }
}

/// Sums and maxima in a fixed order.
///
/// Primitives: every device implements them.
extension Device {
    /// Reduces `input [rows, columns]` along `axis`: `output = scale * reduction`, or `output += scale * reduction` with
    /// `accumulate`. A full reduction is `alongRows` with `rows` 1 (devices split long rows over their units and add the
    /// partial results in a fixed order). Empty sums are 0. `columns` (`rows`) is at least 1 for `maximum`.
    public func reduce(_ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, rows: Int, columns: Int, axis: ReductionAxis, scale: Float, accumulate: Bool) throws(DeviceError) {
        try issue(DeviceOperation.Reduce(operation: operation, input: input, output: output, rows: rows, columns: columns, axis: axis, scale: scale, accumulate: accumulate))
    }
}
