/// What a softmax writes.
///
/// Raw values are shared with the kernels.
public enum SoftmaxResult: Int32, Sendable, CaseIterable {
    /// The probabilities, which add up to 1.
    case probabilities = 0
    /// The natural logarithms of the probabilities, exact also where a probability underflows.
    case logarithms = 1
}

extension DeviceOperation {
    /// The operands of `Device.softmax`.
    public struct Softmax: OperationPayload {
        package let result: SoftmaxResult
        package var input, output: BufferSlice
        package let outer, count, inner: Int

        package var floatingPointOperations: Int { 5 * outer * count * inner }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let elements = try operands.elements(outer, count, inner)
            try operands.take(&input, "input", &output, "output", elements)
        }
    }

    /// The operands of `Device.softmaxBackward`.
    public struct SoftmaxBackward: OperationPayload {
        package let result: SoftmaxResult
        package var output, outputGradient, inputGradient: BufferSlice
        package let outer, count, inner: Int

        package var floatingPointOperations: Int { 4 * outer * count * inner }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let elements = try operands.elements(outer, count, inner)
            try operands.take(&output, "output", &outputGradient, "outputGradient", elements)
            try operands.take(&inputGradient, "inputGradient", elements)
        }
    }

    /// The operands of `Device.softmaxCrossEntropy`.
    public struct SoftmaxCrossEntropy: OperationPayload {
        package var logits, targets, losses: BufferSlice
        package var gradient: BufferSlice?
        package let rows, columns: Int
        package let ignoreIndex: Int32

        package var floatingPointOperations: Int { 5 * rows * columns }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let count = try operands.elements(rows, columns)
            try operands.take(&logits, "logits", count)
            try operands.take(&targets, "targets", &losses, "losses", rows)
            try operands.take(&gradient, "gradient", count)
        }
    }
}

/// Softmax along any axis, and its cross-entropy along rows.
///
/// Fused: the default implementations are made of primitives.
extension Device {
    /// Softmax along the middle axis of `[outer, count, inner]`, the largest element of each line subtracted first.
    ///
    /// `probabilities`: `output = e^(x - m) / s` with the line's maximum `m` and `s = sum e^(x - m)`; `logarithms`:
    /// `output = x - m - log(s)`. A line of -infinity alone gives NaN, as in PyTorch. In place allowed.
    public func softmax(
        _ result: SoftmaxResult, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Softmax(
                result: result, input: input, output: output, outer: outer, count: count,
                inner: inner))
    }

    /// Gradient of `softmax` from its `output` y, with `g = outputGradient` and sums along the middle axis:
    /// `y (g - sum g y)` for `probabilities`, `g - e^y sum g` for `logarithms`.
    ///
    /// All `[outer, count, inner]`. `inputGradient` may be the same slice as `outputGradient`.
    public func softmaxBackward(
        _ result: SoftmaxResult, output: BufferSlice, outputGradient: BufferSlice,
        inputGradient: BufferSlice, outer: Int, count: Int, inner: Int
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.SoftmaxBackward(
                result: result, output: output, outputGradient: outputGradient,
                inputGradient: inputGradient, outer: outer, count: count, inner: inner))
    }

    /// Softmax and cross-entropy in one: `losses[r] = logsumexp(logits[r, :]) - logits[r, targets[r]]` and, when wanted,
    /// `gradient[r, :] = softmax(logits[r, :]) - onehot(targets[r])`.
    ///
    /// logits and gradient `[rows, columns]`, targets `Int32 [rows]`, losses `[rows]`. A row whose target equals
    /// `ignoreIndex` gives loss 0 and gradient 0. Another target outside `0..<columns` gives a loss that is NaN.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.SoftmaxCrossEntropy(
                logits: logits, targets: targets, losses: losses, gradient: gradient, rows: rows,
                columns: columns, ignoreIndex: ignoreIndex))
    }
}
