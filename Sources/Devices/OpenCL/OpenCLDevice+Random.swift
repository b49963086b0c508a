extension KernelReference {
    fileprivate static let dropout = KernelReference("random/philox", "dropout")
    fileprivate static let randomUniform = KernelReference("random/philox", "randomUniform")
}

extension OpenCLDevice {
    /// `output[i] = word(i) >= threshold ? input[i] / (1 - probability) : 0`.
    public func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        guard probability >= 0, probability < 1 else {
            throw .invalidArgument(
                operation: "dropout", detail: "probability \(probability) is not in 0..<1")
        }
        let threshold = (Double(probability) * 0x1p32).rounded()
        try launch(.dropout, over: randomBlocks(output.count)) {
            $0.buffer(output)
            $0.buffer(input)
            $0.size(output.count)
            $0.word(UInt32(threshold))
            $0.float(Float(1 / (1 - Double(probability))))
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
