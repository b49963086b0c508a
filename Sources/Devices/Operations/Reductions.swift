/// What a reduction computes.
///
/// Raw values are shared with the kernels.
public enum ReductionOperation: Int32, Sendable, CaseIterable {
    /// Sum of the elements.
    case sum = 0
    /// Largest element; NaN if there is one.
    case maximum = 1
    /// Smallest element; NaN if there is one.
    case minimum = 2
}

/// Which end of the number line is looked for; a NaN lies beyond either.
///
/// Raw values are shared with the kernels.
public enum Extreme: Int32, Sendable, CaseIterable {
    /// The largest element.
    case maximum = 0
    /// The smallest element.
    case minimum = 1
}

extension DeviceOperation {
    /// The operands of `Device.reduce`.
    public struct Reduce: OperationPayload {
        package let operation: ReductionOperation
        package var input, output: BufferSlice
        package let outer, count, inner: Int
        package let scale: Float
        package let accumulate: Bool

        package var floatingPointOperations: Int { outer * count * inner }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", try operands.elements(outer, count, inner))
            try operands.take(&output, "output", try operands.elements(outer, inner))
        }
    }

    /// The operands of `Device.argumentReduce`.
    public struct ArgumentReduce: OperationPayload {
        package let extreme: Extreme
        package var input, output: BufferSlice
        package let outer, count, inner: Int

        package var floatingPointOperations: Int { outer * count * inner }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&input, "input", try operands.elements(outer, count, inner))
            try operands.take(&output, "output", try operands.elements(outer, inner))
        }
    }
}

/// Sums and extremes along one axis, in a fixed order.
///
/// The axis stands in the middle: a matrix `[R, C]` is reduced along its rows with `outer` R, `count` C and `inner` 1, along
/// its columns with `outer` 1, `count` R and `inner` C, and as a whole with `outer` and `inner` 1.
/// Primitives: every device implements them.
extension Device {
    /// Reduces the middle axis, `[outer, count, inner] -> [outer, inner]`: `output = scale * reduction`, or
    /// `output += scale * reduction` with `accumulate`.
    ///
    /// Devices split long axes over their units and combine the partial results in a fixed order. Empty sums are 0. `count` is
    /// at least 1 for the other operations. Input and output do not overlap.
    public func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, outer: Int,
        count: Int, inner: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Reduce(
                operation: operation, input: input, output: output, outer: outer, count: count,
                inner: inner, scale: scale, accumulate: accumulate))
    }

    /// `output = index of the extreme along the middle axis`, `[outer, count, inner] -> Int32 [outer, inner]`.
    ///
    /// The first of several equal extremes; the first NaN if there is one, as in PyTorch. `count` is at least 1. Input and
    /// output do not overlap.
    public func argumentReduce(
        _ extreme: Extreme, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.ArgumentReduce(
                extreme: extreme, input: input, output: output, outer: outer, count: count,
                inner: inner))
    }
}
