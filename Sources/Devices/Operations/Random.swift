public import TandemBasics

extension DeviceOperation {
    /// The operands of `Device.dropout`.
    public struct Dropout: RandomPayload {
        package var input, output: BufferSlice
        package let probability: Float
        package var stream: RandomStream

        package var floatingPointOperations: Int { output.count }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            _ = try DropoutConstants(probability: probability)
            try operands.take(&input, "input", &output, "output", output.count)
        }
    }

    /// The operands of `Device.randomUniform`.
    public struct RandomUniform: RandomPayload {
        package var output: BufferSlice
        package var stream: RandomStream

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            try operands.take(&output, "output", output.count)
        }
    }
}

/// Random numbers, identical to the bit on every device.
///
/// Primitives: every device implements them.
extension Device {
    /// `output[i] = word(i) >= threshold ? input[i] * scale : 0` with the words of `stream`,
    /// `threshold = round(probability * 2^32)` and `scale = 1 / (1 - probability)`, both computed in double precision, the
    /// scale then rounded to single; `probability` in `[0, 1)`.
    ///
    /// The mask is never stored: the backward pass is the same call on the gradient. May run in place. Throws
    /// `invalidArgument` for a probability outside `[0, 1)`.
    public func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Dropout(
                input: input, output: output, probability: probability, stream: stream))
    }

    /// `output[i] = (word(i) >> 8) * 2^-24`: uniform in `[0, 1)`.
    public func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        try issue(DeviceOperation.RandomUniform(output: output, stream: stream))
    }
}

/// The constants of one dropout call.
struct DropoutConstants {
    /// Words from this one on keep their element; below 2^32, because no `Float` under 1 rounds up to it.
    let threshold: UInt32
    /// Factor of the elements that are kept.
    let scale: Float

    /// Throws `invalidArgument` unless `probability` lies in `[0, 1)`.
    init(probability: Float) throws(DeviceError) {
        guard probability >= 0, probability < 1 else {
            throw .invalidArgument(
                operation: "dropout", detail: "probability \(probability) is not in 0..<1")
        }
        threshold = UInt32((Double(probability) * 0x1p32).rounded())
        scale = Float(1 / (1 - Double(probability)))
    }
}
