import TandemBasics
import TandemDevices
import Testing

/// What is special about the CPU device: sharing out work over threads, and its errors.
@Suite struct CPUDeviceTests {
    /// Operations large enough to be shared out, each on arrays of its own.
    enum LargeOperation: String, CaseIterable, CustomTestStringConvertible {
        case gelu, dropout, fullSum, columnSum, transpose, layerNorm, softmax
        case matmul, deepMatmul, rowMatmul
        case scatterAdd, gruForward, gruBackward, clipScale

        var testDescription: String { rawValue }
    }

    @Test(arguments: LargeOperation.allCases)
    func resultsDoNotDependOnTheNumberOfThreads(_ operation: LargeOperation) throws {
        let alone = try operation.run(on: CPUDevice(threads: 1))
        #expect(alone.contains { $0 != 0 && $0.isFinite })
        for threads in [2, 3, 4] {
            let shared = try operation.run(on: CPUDevice(threads: threads))
            #expect(shared.map(\.bitPattern) == alone.map(\.bitPattern), "\(threads) threads")
        }
    }

    @Test func refusesBuffersOfAnotherDevice() throws {
        let (here, there) = (try CPUDevice(threads: 1), try CPUDevice(threads: 1))
        let buffer = try there.allocate(4)
        let error = DeviceError.foreignBuffer(
            operation: "fill", expected: here.name, found: there.name)
        #expect(throws: error) { try here.fill(buffer.slice, value: 1) }
    }

    @Test func aDeviceGoesWithItsLastBuffer() throws {
        weak var device: CPUDevice?
        var buffer: DeviceBuffer?
        do {
            let opened = try CPUDevice(threads: 2)
            let kept = try opened.allocate(100_000)
            try opened.fill(kept.slice, value: 1)
            (device, buffer) = (opened, kept)
        }
        #expect(device != nil && buffer?.count == 100_000)
        buffer = nil
        #expect(device == nil)
    }

    @Test(arguments: [0, -1, 100_000])
    func refusesImpossibleThreadCounts(_ threads: Int) {
        #expect(throws: DeviceError.self) { try CPUDevice(threads: threads) }
    }

    @Test func reportsMemoryThatCannotBeHad() throws {
        let device = try CPUDevice(threads: 1)
        let held = try device.allocate(1000)
        let wanted = device.memoryBytes / 4
        let error = DeviceError.outOfMemory(
            device: device.name, wanted: 4 * wanted, inUse: device.poolStatistics.liveBytes,
            available: device.memoryBytes)
        #expect(throws: error) { try device.allocate(wanted) }
        #expect(throws: DeviceError.self) { try device.allocate(.max) }
        #expect(held.count == 1000)
    }

    @Test func repeatedWorkRequestsNoMemoryFromTheSystem() throws {
        let device = try CPUDevice(threads: 2)
        _ = try LargeOperation.gruBackward.run(on: device)
        let before = device.poolStatistics
        for _ in 0..<3 { _ = try LargeOperation.gruBackward.run(on: device) }
        #expect(device.poolStatistics.driverAllocations == before.driverAllocations)
        #expect(device.poolStatistics.liveBytes == 0)
        #expect(device.poolStatistics.peakBytes == before.peakBytes)
    }
}

extension CPUDeviceTests.LargeOperation {
    /// Runs the operation on fixed pseudo-random input and returns its results.
    func run(on device: CPUDevice) throws -> [Float] {
        switch self {
        case .gelu: try map(device) { try $0.unary(.gelu, input: $1, output: $2) }
        case .dropout:
            try map(device) {
                try $0.dropout(
                    input: $1, output: $2, probability: 0.3,
                    stream: RandomStream(seed: 1, identifier: 2))
            }
        case .fullSum: try reduce(device, outer: 1, count: 100_001, inner: 1, results: 1)
        case .columnSum:
            try reduce(device, outer: 1, count: 1000, inner: 100, results: 100)
        case .transpose:
            try map(device) {
                try $0.copyStrided(input: $1, output: $2, .permuted([100, 1000], [1, 0]))
            }
        case .matmul: try matmul(device, MatmulParameters(m: 100, n: 110, k: 120))
        case .deepMatmul:
            try matmul(
                device, MatmulParameters(m: 5, n: 7, k: 30_000, transposeLeft: true, beta: 0.5))
        case .rowMatmul:
            try matmul(device, MatmulParameters(m: 1, n: 3001, k: 501, transposeRight: true))
        case .layerNorm: try layerNorm(device)
        case .softmax:
            try map(device) {
                try $0.softmax(
                    .probabilities, input: $1, output: $2, outer: 100, count: 1000, inner: 1)
            }
        case .scatterAdd: try scatterAdd(device)
        case .gruForward: try gru(device).forward
        case .gruBackward: try gru(device).gradients
        case .clipScale:
            try map(device, results: 2) {
                try $0.clipScale($1, maximumNorm: 1, output: $2)
            }
        }
    }

    private func filled(_ device: CPUDevice, _ count: Int, _ identifier: UInt64) throws
        -> BufferSlice
    {
        let slice = try device.allocate(count).slice
        try device.randomUniform(slice, stream: RandomStream(seed: 7, identifier: identifier))
        try device.affine(input: slice, output: slice, scale: 2, offset: -1)
        return slice
    }

    private func map(
        _ device: CPUDevice, results: Int = 100_000,
        _ body: (CPUDevice, BufferSlice, BufferSlice) throws -> Void
    ) throws -> [Float] {
        let output = try device.allocate(results).slice
        try body(device, try filled(device, 100_000, 1), output)
        return try device.download(output)
    }

    private func reduce(
        _ device: CPUDevice, outer: Int, count: Int, inner: Int, results: Int
    ) throws -> [Float] {
        let output = try device.allocate(results).slice
        try device.reduce(
            .sum, input: filled(device, outer * count * inner, 1), output: output,
            outer: outer, count: count, inner: inner, scale: 1, accumulate: false)
        return try device.download(output)
    }

    private func matmul(_ device: CPUDevice, _ parameters: MatmulParameters) throws -> [Float] {
        let output = try filled(device, parameters.m * parameters.n, 3)
        try device.matmul(
            left: filled(device, parameters.m * parameters.k, 1),
            right: filled(device, parameters.k * parameters.n, 2), bias: nil, output: output,
            parameters)
        return try device.download(output)
    }

    private func layerNorm(_ device: CPUDevice) throws -> [Float] {
        let shape = LayerNormShape(rows: 300, columns: 257, epsilon: 1e-5)
        let count = shape.rows * shape.columns
        let (input, gamma) = (try filled(device, count, 1), try filled(device, 257, 2))
        let (mean, deviation) = (try filled(device, 300, 3), try filled(device, 300, 4))
        let output = try device.allocate(count).slice
        try device.layerNorm(
            input: input, gamma: gamma, beta: gamma, output: output, mean: mean,
            reciprocalDeviation: deviation, shape)
        let (gradient, sums) = (try device.allocate(count).slice, try filled(device, 514, 5))
        try device.layerNormBackward(
            input: input, gamma: gamma, mean: mean, reciprocalDeviation: deviation,
            outputGradient: output, inputGradient: gradient,
            gammaGradient: sums.part(from: 0, count: 257),
            betaGradient: sums.part(from: 257, count: 257), shape)
        return try device.download(output) + device.download(gradient) + device.download(sums)
    }

    private func scatterAdd(_ device: CPUDevice) throws -> [Float] {
        let (rows, columns) = (300, 300)
        let indices = try device.allocate(rows).slice
        try device.upload((0..<rows).map { Int32($0 * $0 % 10) }, to: indices)
        let table = try filled(device, 10 * columns, 2)
        try device.scatterAddRows(
            rows: filled(device, rows * columns, 1), indices: indices, table: table, count: rows,
            columns: columns, tableRows: 10)
        return try device.download(table)
    }

    private func gru(_ device: CPUDevice) throws -> (forward: [Float], gradients: [Float]) {
        let shape = RecurrentShape(steps: 9, batch: 37, input: 70, hidden: 40)
        func weights(_ first: UInt64) throws -> RecurrentWeights {
            RecurrentWeights(
                inputWeight: try filled(device, 120 * 70, first),
                hiddenWeight: try filled(device, 120 * 40, first + 1),
                inputBias: try filled(device, 120, first + 2),
                hiddenBias: try filled(device, 120, first + 3))
        }
        let (parameters, gradients) = (try weights(10), try weights(20))
        let (input, states) = (try filled(device, 9 * 37 * 70, 1), 9 * 37 * 40)
        let (output, reserve) = (try filled(device, states, 2), try filled(device, 4 * states, 3))
        let inputGradient = try device.allocate(9 * 37 * 70).slice
        try device.gruForward(
            input: input, initialState: nil, weights: parameters, output: output, reserve: reserve,
            shape)
        try device.gruBackward(
            input: input, initialState: nil, weights: parameters, output: output, reserve: reserve,
            outputGradient: output, inputGradient: inputGradient, initialStateGradient: nil,
            weightGradients: gradients, shape)
        let sums = [
            gradients.inputWeight, gradients.hiddenWeight, gradients.inputBias,
            gradients.hiddenBias, inputGradient,
        ]
        return (try device.download(output), try sums.flatMap { try device.download($0) })
    }
}
