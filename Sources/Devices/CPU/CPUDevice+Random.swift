import TandemBasics
import TandemCPUKernels

extension CPUDevice {
    /// Dropout with the words of `stream`, 64 of them computed at a time.
    public func run(_ o: DeviceOperation.Dropout) throws(DeviceError) {
        let source = elements(o.input)
        let target = elements(o.output)
        let constants = try DropoutConstants(probability: o.probability)
        let words = tandem_random_stream(seed: o.stream.seed, identifier: o.stream.identifier)
        share(o.output.count, grain: Grain.heavy, alignment: 64) { range in
            tandem_dropout(
                words, Int64(range.lowerBound), constants.threshold, constants.scale,
                source + range.lowerBound, target + range.lowerBound, Int64(range.count))
        }
    }

    /// Uniform numbers from the words of `stream`, 64 of them computed at a time.
    public func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) {
        let target = elements(o.output)
        let words = tandem_random_stream(seed: o.stream.seed, identifier: o.stream.identifier)
        share(o.output.count, grain: Grain.heavy, alignment: 64) { range in
            tandem_random_uniform(
                words, Int64(range.lowerBound), target + range.lowerBound, Int64(range.count))
        }
    }
}
