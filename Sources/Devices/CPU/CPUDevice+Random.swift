public import TandemBasics
import TandemCPUKernels

extension CPUDevice {
    /// Dropout with the words of `stream`, 64 of them computed at a time.
    public func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        let source = try elements(input, "dropout")
        let target = try elements(output, "dropout")
        let constants = try DropoutConstants(probability: probability)
        let words = tandem_random_stream(seed: stream.seed, identifier: stream.identifier)
        share(output.count, grain: Grain.heavy, alignment: 64) { range in
            tandem_dropout(
                words, Int64(range.lowerBound), constants.threshold, constants.scale,
                source + range.lowerBound, target + range.lowerBound, Int64(range.count))
        }
    }

    /// Uniform numbers from the words of `stream`, 64 of them computed at a time.
    public func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        let target = try elements(output, "randomUniform")
        let words = tandem_random_stream(seed: stream.seed, identifier: stream.identifier)
        share(output.count, grain: Grain.heavy, alignment: 64) { range in
            tandem_random_uniform(
                words, Int64(range.lowerBound), target + range.lowerBound, Int64(range.count))
        }
    }
}
