/// Random numbers, identical to the bit on every device.
///
/// Primitives: every device implements them.
public protocol RandomOperations {
    /// `output[i] = word(i) >= threshold ? input[i] * scale : 0` with the words of `stream`,
    /// `threshold = round(probability * 2^32)` and `scale = 1 / (1 - probability)`, both computed in double precision, the
    /// scale then rounded to single; `probability` in `[0, 1)`.
    ///
    /// The mask is never stored: the backward pass is the same call on the gradient. May run in place.
    func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream)
        throws(DeviceError)

    /// `output[i] = (word(i) >> 8) * 2^-24`: uniform in `[0, 1)`.
    func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError)
}
