import TandemBasics
import TandemDevices

/// Uniform numbers and dropout: the same bits as the host's generator.
func randomCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let streams = [
        RandomStream(seed: 0, identifier: 0),
        RandomStream(seed: .max, identifier: .max),
        RandomStream(seed: 0xa409_3822_299f_31d0, identifier: 0x1319_8a2e_0370_7344),
    ]
    let counts = sizes.lengths + [2, 3, 5] + sizes.manyBlocks
    return counts.map { uniform($0, streams[2]) } + streams.map { uniform(37, $0) }
        + counts.map { dropout($0, probability: 0.1, streams[2], inPlace: false) }
        + [0, 0.25, 0.5, 0.9, 0.999].map {
            dropout(100, probability: $0, streams[1], inPlace: true)
        } + [dropoutSpecialValues()]
}

private func uniform(_ count: Int, _ stream: RandomStream) -> CaseBuilder {
    var build = CaseBuilder("uniform n=\(count) \(describe(stream))")
    let expected = words(count, of: stream).map { Float($0 >> 8) / Float(1 << 24) }
    let output = build.output("output", .exact(expected))
    return build.calls { device, arrays in
        try device.randomUniform(arrays[output], stream: stream)
    }
}

private func describe(_ stream: RandomStream) -> String {
    "seed 0x\(String(stream.seed, radix: 16)) stream 0x\(String(stream.identifier, radix: 16))"
}

private func dropout(
    _ count: Int, probability: Float, _ stream: RandomStream, inPlace: Bool
) -> CaseBuilder {
    var build = CaseBuilder("dropout n=\(count) p=\(probability)\(inPlace ? " in place" : "")")
    let values = build.random.signed(count, magnitude: 0.1...2)
    let expected = dropoutReference(values, probability, stream)
    let (input, output) = build.pair("input", values, inPlace: inPlace, "output", .exact(expected))
    return build.calls { device, arrays in
        try device.dropout(
            input: arrays[input], output: arrays[output], probability: probability,
            stream: stream)
    }
}

/// A dropped element is 0 whatever it was.
private func dropoutSpecialValues() -> CaseBuilder {
    var build = CaseBuilder("dropout special values")
    let stream = RandomStream(seed: 3, identifier: 4)
    let values = (0..<64).map { [Float.nan, .infinity, -.infinity, 1][$0 % 4] }
    let input = build.input("input", values)
    let output = build.output("output", .exact(dropoutReference(values, 0.5, stream)))
    return build.calls { device, arrays in
        try device.dropout(
            input: arrays[input], output: arrays[output], probability: 0.5, stream: stream)
    }
}

private func dropoutReference(
    _ values: [Float], _ probability: Float, _ stream: RandomStream
) -> [Float] {
    let threshold = UInt64((Double(probability) * 0x1p32).rounded())
    let scale = Float(1 / (1 - Double(probability)))
    return zip(values, words(values.count, of: stream)).map { value, word in
        UInt64(word) >= threshold ? value * scale : 0
    }
}

private func words(_ count: Int, of stream: RandomStream) -> [UInt32] {
    (0..<count).map { Philox.block(stream, index: UInt64($0 / 4))[$0 % 4] }
}
