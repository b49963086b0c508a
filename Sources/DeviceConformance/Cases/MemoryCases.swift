import TandemBasics
import TandemDevices

/// Transfers, filling, the behaviour of the buffer pool, and arguments that must be refused.
func memoryCases(_ sizes: CaseSizes) -> [ConformanceCase] {
    let size: SuiteSize = sizes.isFull ? .full : .small
    let fills =
        (sizes.lengths + sizes.manyBlocks).map { fill(count: $0, value: 1.5) }
        + [Float.nan, .infinity, -.infinity, 0].map { fill(count: 33, value: $0) }
    return (fills + [transferOfBits()]).map { $0.finished(family: .memory, size: size) } + [
        behaviour("an allocation has exactly the wanted number of elements", allocationCounts),
        behaviour("a buffer belongs to the device it came from", bufferOwner),
        behaviour("a negative number of elements is refused", negativeAllocation),
        behaviour("transfers of the wrong size are refused", transfersOfWrongSize),
        behaviour("a probability outside 0..<1 is refused", impossibleProbability),
        behaviour("momentum without a buffer for it is refused", missingMomenta),
        behaviour("the host memory of an upload may be reused at once", uploadSourceReuse),
        behaviour("released memory is used again without asking the driver", poolReuse),
        behaviour("a repeated training step asks the driver for no memory", steadyState),
        behaviour("trimming the pool gives all cached memory back", poolTrim),
    ]
}

private func fill(count: Int, value: Float) -> CaseBuilder {
    var build = CaseBuilder("fill n=\(count) with \(value)")
    let output = build.output(
        "output", initial: [Float](repeating: 2, count: count),
        .exact([Float](repeating: value, count: count)))
    return build.calls { device, arrays in try device.fill(arrays[output], value: value) }
}

/// Uploads and downloads keep every bit.
private func transferOfBits() -> CaseBuilder {
    var build = CaseBuilder("upload and download of any bits")
    let values: [Int32] = [0, 1, -1, .max, .min, 0x7f80_0001, 0x7fa0_0000, 0x007f_ffff]
    let output = build.output(
        "destination", initial: [Int32](repeating: 0, count: values.count), exactly: values)
    return build.calls { device, arrays in try device.upload(values, to: arrays[output]) }
}

private func behaviour(
    _ name: String, _ check: @escaping @Sendable (any Device) throws -> String?
) -> ConformanceCase {
    ConformanceCase(name: name, family: .memory) { device in
        try check(device).map { [CaseFinding(subject: "behaviour", detail: $0)] } ?? []
    }
}

private func allocationCounts(_ device: any Device) throws -> String? {
    for count in [0, 1, 63, 64, 65, 1000] {
        let found = try device.allocate(count).count
        guard found == count else { return "\(count) elements wanted, \(found) given" }
    }
    return nil
}

private func bufferOwner(_ device: any Device) throws -> String? {
    let owner = try device.allocate(1).device
    return owner.identifier == device.identifier
        ? nil : "the buffer says it belongs to \(owner.identifier), not \(device.identifier)"
}

private func negativeAllocation(_ device: any Device) -> String? {
    refusal("-1 elements were allocated") { _ = try device.allocate(-1) }
}

private func transfersOfWrongSize(_ device: any Device) throws -> String? {
    let slice = try device.allocate(4).slice
    var host = [Float](repeating: 1, count: 3)
    return refusal("3 values were accepted for 4 elements") {
        try device.upload(host, to: slice)
    }
        ?? refusal("12 bytes were uploaded to 16") {
            try host.withUnsafeBytes { try device.upload($0, to: slice) }
        }
        ?? refusal("16 bytes were downloaded to 12") {
            try host.withUnsafeMutableBytes { try device.download(slice, to: $0) }
        }
}

private func impossibleProbability(_ device: any Device) throws -> String? {
    let slice = try device.allocate(4).slice
    let stream = RandomStream(seed: 1, identifier: 1)
    return ([-0.1, 1, .nan, .infinity] as [Float]).lazy.compactMap { probability in
        refusal("dropout accepted the probability \(probability)") {
            try device.dropout(
                input: slice, output: slice, probability: probability, stream: stream)
        }
    }.first
}

private func missingMomenta(_ device: any Device) throws -> String? {
    let slice = try device.allocate(4).slice
    let segment = ParameterSegment(start: 0, count: 4, learningRate: 0.1, weightDecay: 0)
    return refusal("sgd ran with momentum 0.9 and no buffer for it") {
        try device.sgd(
            values: slice, gradients: slice, momenta: nil, gradientScale: nil,
            segments: [segment],
            SGDParameters(momentum: 0.9, nesterov: false, isFirstStep: true))
    }
}

/// `nil` if `body` throws `invalidArgument`, otherwise what went wrong.
private func refusal(_ accepted: String, _ body: () throws -> Void) -> String? {
    do {
        try body()
        return accepted
    } catch DeviceError.invalidArgument {
        return nil
    } catch {
        return "not refused as an invalid argument: \(error)"
    }
}

private func uploadSourceReuse(_ device: any Device) throws -> String? {
    let count = 5000
    var source = [Float](repeating: 1, count: count)
    let buffer = try device.allocate(count)
    try device.upload(source, to: buffer.slice)
    source.withUnsafeMutableBufferPointer { $0.update(repeating: 2) }
    let found = try device.download(buffer.slice)
    return found.allSatisfy { $0 == 1 } ? nil : "later changes of the source reached the device"
}

private func poolReuse(_ device: any Device) throws -> String? {
    func useMemory() throws {
        let buffers = try [1000, 3, 1000, 50_000].map { try device.allocate($0) }
        for buffer in buffers { try device.fill(buffer.slice, value: 1) }
        try device.synchronize()
    }
    let before = device.poolStatistics.liveBytes
    try useMemory()
    let first = device.poolStatistics
    try useMemory()
    let second = device.poolStatistics
    guard second.requests > first.requests else { return "requests are not counted" }
    guard second.driverAllocations == first.driverAllocations else {
        return "driver allocations rose from \(first.driverAllocations) to "
            + "\(second.driverAllocations) in a second, equal round"
    }
    guard second.liveBytes == before else {
        return "\(before) live bytes before, \(second.liveBytes) after all was released"
    }
    return nil
}

/// Operations that take temporary buffers find them in the pool from the second step on.
private func steadyState(_ device: any Device) throws -> String? {
    let shape = RecurrentShape(steps: 3, batch: 5, input: 7, hidden: 9)
    // Input, initial state, four weights, output, reserve, gradients of output, input and state, four weight gradients.
    let sizes = [105, 45, 189, 243, 27, 27, 135, 540, 135, 105, 45, 189, 243, 27, 27]
    let arrays = try sizes.map { count in
        let slice = try device.allocate(count).slice
        try device.fill(slice, value: 0.1)
        return slice
    }
    func weights(_ start: Int) -> RecurrentWeights {
        RecurrentWeights(
            inputWeight: arrays[start], hiddenWeight: arrays[start + 1],
            inputBias: arrays[start + 2], hiddenBias: arrays[start + 3])
    }
    let segment = ParameterSegment(start: 0, count: 243, learningRate: 0.1, weightDecay: 0.1)
    func step() throws {
        try device.gruForward(
            input: arrays[0], initialState: arrays[1], weights: weights(2), output: arrays[6],
            reserve: arrays[7], shape)
        try device.softmax(
            .probabilities, input: arrays[6], output: arrays[8], outer: 15, count: 9, inner: 1)
        try device.gruBackward(
            input: arrays[0], initialState: arrays[1], weights: weights(2), output: arrays[6],
            reserve: arrays[7], outputGradient: arrays[8], inputGradient: arrays[9],
            initialStateGradient: arrays[10], weightGradients: weights(11), shape)
        try device.clipScale(arrays[12], maximumNorm: 1, output: arrays[10].part(from: 0, count: 2))
        try device.sgd(
            values: arrays[3], gradients: arrays[12], momenta: nil,
            gradientScale: arrays[10].part(from: 1, count: 1), segments: [segment],
            SGDParameters(momentum: 0, nesterov: false, isFirstStep: true))
        try device.synchronize()
    }
    try step()
    let before = device.poolStatistics.driverAllocations
    for _ in 0..<3 { try step() }
    let after = device.poolStatistics.driverAllocations
    return after == before
        ? nil : "driver allocations rose from \(before) to \(after) in three more steps"
}

private func poolTrim(_ device: any Device) throws -> String? {
    do {
        let buffer = try device.allocate(2000)
        try device.fill(buffer.slice, value: 1)
    }
    try device.synchronize()
    let before = device.poolStatistics
    device.trimPool()
    let after = device.poolStatistics
    guard before.cachedBytes > 0 else { return "a released buffer was not kept for reuse" }
    guard after.cachedBytes == 0 else { return "\(after.cachedBytes) bytes still cached" }
    guard after.liveBytes == before.liveBytes, after.peakBytes >= before.peakBytes else {
        return "live or peak bytes changed: \(before) became \(after)"
    }
    return nil
}
