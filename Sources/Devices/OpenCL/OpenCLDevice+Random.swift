import TandemBasics

extension KernelReference {
    fileprivate static let dropout = KernelReference("random/philox", "dropout")
    fileprivate static let randomUniform = KernelReference("random/philox", "randomUniform")
}

extension OpenCLDevice {
    /// `output[i] = word(i) >= threshold ? input[i] / (1 - probability) : 0`.
    public func run(_ o: DeviceOperation.Dropout) throws(DeviceError) {
        let constants = try DropoutConstants(probability: o.probability)
        try launch(.dropout, over: randomBlocks(o.output.count)) {
            $0.buffer(o.output)
            $0.buffer(o.input)
            $0.size(o.output.count)
            $0.word(constants.threshold)
            $0.float(constants.scale)
            $0.words(o.stream.identifier)
            $0.words(o.stream.seed)
        }
    }

    /// `output[i] = (word(i) >> 8) * 2^-24`.
    public func run(_ o: DeviceOperation.RandomUniform) throws(DeviceError) {
        try launch(.randomUniform, over: randomBlocks(o.output.count)) {
            $0.buffer(o.output)
            $0.size(o.output.count)
            $0.words(o.stream.identifier)
            $0.words(o.stream.seed)
        }
    }

    /// One work-item per `SPAN` elements (see `Kernels/random/philox.cl`).
    private func randomBlocks(_ count: Int) -> LaunchRange {
        profile.sharesWork
            ? LaunchRange((count + 3) / 4, local: 256) : LaunchRange((count + 63) / 64, local: 4)
    }
}
