public import TandemBasics

extension KernelReference {
    fileprivate static let dropout = KernelReference("random/philox", "dropout")
    fileprivate static let randomUniform = KernelReference("random/philox", "randomUniform")
}

extension OpenCLDevice {
    /// `output[i] = word(i) >= threshold ? input[i] / (1 - probability) : 0`.
    public func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        let constants = try DropoutConstants(probability: probability)
        try launch(.dropout, over: randomBlocks(output.count)) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(output.count)
            $0.word(constants.threshold)
            $0.float(constants.scale)
            $0.words(stream.identifier)
            $0.words(stream.seed)
        }
    }

    /// `output[i] = (word(i) >> 8) * 2^-24`.
    public func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        try launch(.randomUniform, over: randomBlocks(output.count)) {
            $0.buffer(output)
            $0.size(output.count)
            $0.words(stream.identifier)
            $0.words(stream.seed)
        }
    }

    /// One work-item per `SPAN` elements (see `Kernels/random/philox.cl`).
    private func randomBlocks(_ count: Int) -> LaunchRange {
        profile.sharesWork
            ? LaunchRange((count + 3) / 4, local: 256) : LaunchRange((count + 63) / 64, local: 4)
    }
}
