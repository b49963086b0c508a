import TandemBasics
import TandemDevices
import TandemTestSupport
import Testing

/// Every operation refuses a buffer of another device, and names both devices.
@Suite struct ForeignBufferTests {
    struct Call: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Makes the call with two buffers of 8 elements of the device and one of another device.
        let body: @Sendable (any Device, _ own: BufferSlice, _ foreign: BufferSlice) throws -> Void

        init(
            _ name: String,
            _ body: @escaping @Sendable (any Device, BufferSlice, BufferSlice) throws -> Void
        ) {
            testDescription = name
            self.body = body
        }
    }

    private static let adam = AdamParameters(
        beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1, decoupledWeightDecay: false)

    private static func segment(_ start: Int, _ count: Int) -> ParameterSegment {
        ParameterSegment(start: start, count: count, learningRate: 0, weightDecay: 0)
    }

    static let calls = [
        Call("upload") { try $0.upload([Float](repeating: 0, count: 8), to: $2) },
        Call("download") { _ = try $0.download($2) as [Float] },
        Call("fill") { try $0.fill($2, value: 0) },
        Call("unary input") { try $0.unary(.tanh, input: $2, output: $1) },
        Call("unary output") { try $0.unary(.tanh, input: $1, output: $2) },
        Call("unaryBackward") {
            try $0.unaryBackward(
                .tanh, input: $1, output: $1, outputGradient: $2, inputGradient: $1)
        },
        Call("binary") { try $0.binary(.add, left: $1, right: $2, output: $1) },
        Call("binaryBroadcast") {
            try $0.binaryBroadcast(
                .add, left: $1, right: $2, output: $1, .matrix(rows: 1, columns: 8, vector: .perRow)
            )
        },
        Call("select") {
            try $0.select(
                condition: $1, ifTrue: $2, ifFalse: $1, output: $1,
                StridedShape(broadcasting: [[8], [8], [8]]))
        },
        Call("affine") { try $0.affine(input: $2, output: $1, scale: 1, offset: 0) },
        Call("axpy") { try $0.axpy(alpha: 1, x: $2, y: $1) },
        Call("copy") {
            try $0.copy(
                Region($2, rowStride: 8), to: Region($1, rowStride: 8), rows: 1, columns: 8,
                accumulate: false)
        },
        Call("topK") {
            try $0.topK(
                scores: $2, values: $1, indices: $1, k: 1, ScoreBlock(rows: 1, columns: 8))
        },
        Call("topK indices") {
            try $0.topK(
                scores: $1, values: $1, indices: $2, k: 1, ScoreBlock(rows: 1, columns: 8))
        },
        Call("countAtLeast") {
            try $0.countAtLeast(
                scores: $1, thresholds: $1, excluded: $2, excludedCount: 1, counts: $1,
                ScoreBlock(rows: 1, columns: 8))
        },
        Call("copyStrided") {
            try $0.copyStrided(input: $2, output: $1, .permuted([2, 4], [1, 0]))
        },
        Call("gatherRows") {
            try $0.gatherRows(
                table: $2, indices: $1, output: $1, count: 8, columns: 1, tableRows: 8)
        },
        Call("scatterAddRows") {
            try $0.scatterAddRows(
                rows: $2, indices: $1, table: $1, count: 8, columns: 1, tableRows: 8)
        },
        Call("reduce") {
            try $0.reduce(
                .sum, input: $2, output: $1.part(from: 0, count: 1), outer: 1, count: 8, inner: 1,
                scale: 1, accumulate: false)
        },
        Call("matmul") {
            try $0.matmul(
                left: $1.part(from: 0, count: 2), right: $2.part(from: 0, count: 2), bias: nil,
                output: $1.part(from: 4, count: 4), MatmulParameters(m: 2, n: 2, k: 1))
        },
        Call("matmul bias") {
            try $0.matmul(
                left: $1.part(from: 0, count: 2), right: $1.part(from: 2, count: 2),
                bias: $2.part(from: 0, count: 2), output: $1.part(from: 4, count: 4),
                MatmulParameters(m: 2, n: 2, k: 1))
        },
        Call("randomUniform") {
            try $0.randomUniform($2, stream: RandomStream(seed: 0, identifier: 0))
        },
        Call("dropout") {
            try $0.dropout(
                input: $2, output: $1, probability: 0.5,
                stream: RandomStream(seed: 0, identifier: 0))
        },
        Call("softmax") {
            try $0.softmax(
                .probabilities, input: $2, output: $1, outer: 1, count: 8, inner: 1)
        },
        Call("softmaxBackward") {
            try $0.softmaxBackward(
                .logarithms, output: $1, outputGradient: $2, inputGradient: $1, outer: 1,
                count: 4, inner: 2)
        },
        Call("argumentReduce") {
            try $0.argumentReduce(
                .maximum, input: $2, output: $1.part(from: 0, count: 1), outer: 1, count: 8,
                inner: 1)
        },
        Call("rmsNorm") {
            try $0.rmsNorm(
                input: $1, gamma: $2, output: $1, reciprocalRoot: $1.part(from: 0, count: 1),
                LayerNormShape(rows: 1, columns: 8, epsilon: 1e-5))
        },
        Call("attention") {
            try $0.attention(
                query: $1, key: $2, value: $1, mask: nil, output: $1, probabilities: nil,
                AttentionShape(batch: 1, heads: 1, queries: 1, keys: 1, width: 8, scale: 1))
        },
        Call("l2Normalize") {
            try $0.l2Normalize(
                input: $2, output: $1, norms: $1.part(from: 0, count: 1), rows: 1, columns: 8,
                epsilon: 1e-12)
        },
        Call("layerNorm") {
            try $0.layerNorm(
                input: $2, gamma: $1, beta: $1, output: $1, mean: $1.part(from: 0, count: 1),
                reciprocalDeviation: $1.part(from: 1, count: 1),
                LayerNormShape(rows: 1, columns: 8, epsilon: 1e-5))
        },
        Call("gruForward") {
            let one = try $1.part(from: 0, count: 1)
            let three = try $1.part(from: 1, count: 3)
            try $0.gruForward(
                input: one, initialState: nil,
                weights: RecurrentWeights(
                    inputWeight: three, hiddenWeight: $2.part(from: 0, count: 3),
                    inputBias: three, hiddenBias: three),
                output: $1.part(from: 7, count: 1), reserve: nil,
                RecurrentShape(steps: 1, batch: 1, input: 1, hidden: 1))
        },
        Call("adam") {
            try $0.adam(
                values: $1, gradients: $2, firstMoments: $1, secondMoments: $1,
                gradientScale: nil, segments: [segment(0, 8)], adam)
        },
        Call("clipScale") {
            try $0.clipScale($2, maximumNorm: 1, output: $1.part(from: 0, count: 2))
        },
    ]

    /// Sizes, offsets and indices that leave their memory are errors or do no harm, whatever the caller says.
    @Test(
        arguments: TestedDevice.present.filter {
            [.reference, .twoThreads, .openCLForProcessors, .openCLForGraphics].contains($0)
        })
    func nothingLeavesItsMemory(_ tested: TestedDevice) throws {
        let device = try tested.make()
        let x = try device.allocate(8).slice
        try device.fill(x, value: 1)
        func softmax(_ outer: Int, _ count: Int) throws {
            try device.softmax(
                .probabilities, input: x, output: x, outer: outer, count: count, inner: 1)
        }
        let wrong: [() throws -> Void] = [
            { _ = try x.part(from: 0, count: 9) },
            { _ = try x.part(from: 8, count: 1) },
            { _ = try x.part(from: -1, count: 2) },
            { _ = try x.part(from: 0, count: -1) },
            { _ = try x.part(from: .max, count: .max) },
            { _ = try BufferSlice(buffer: x.buffer, offset: 1, count: 8) },
            { _ = try device.allocate(-1) },
            { _ = try device.allocate(.max) },
            { try device.unary(.tanh, input: x.part(from: 0, count: 4), output: x) },
            { try softmax(3, 3) },
            { try softmax(-2, -4) },
            { try softmax(.max, 4) },
            {
                try device.matmul(
                    left: x, right: x, bias: nil, output: x, MatmulParameters(m: 3, n: 3, k: 1))
            },
            {
                try device.copy(
                    Region(x, start: 1, rowStride: 4), to: Region(x, rowStride: 4), rows: 2,
                    columns: 4, accumulate: false)
            },
            {
                try device.copy(
                    Region(x, start: -1, rowStride: 4), to: Region(x, rowStride: 4), rows: 2,
                    columns: 2, accumulate: false)
            },
            {
                try device.copyStrided(
                    input: x, output: x, StridedShape([2, 4], strides: [[5, 1]]))
            },
            {
                try device.binaryBroadcast(
                    .add, left: x, right: x, output: x,
                    StridedShape([9], strides: [[0], [0]]))
            },
            {
                try device.adam(
                    values: x, gradients: x, firstMoments: x, secondMoments: x,
                    gradientScale: nil, segments: [Self.segment(4, 5)], Self.adam)
            },
            {
                try device.topK(
                    scores: x, values: x, indices: x, k: 0, ScoreBlock(rows: 1, columns: 4))
            },
            {
                try device.topK(
                    scores: x, values: x, indices: x, k: 5, ScoreBlock(rows: 1, columns: 4))
            },
            {
                try device.topK(
                    scores: x, values: x, indices: x, k: 1, ScoreBlock(rows: 3, columns: 3))
            },
            {
                try device.topK(
                    scores: x, values: x, indices: x, k: 3, ScoreBlock(rows: 3, columns: 2))
            },
            {
                try device.topK(
                    scores: x, values: x, indices: x, k: 1,
                    ScoreBlock(rows: 1, columns: 4, firstColumn: Int(Int32.max) - 3))
            },
            {
                try device.countAtLeast(
                    scores: x, thresholds: x, excluded: nil, excludedCount: 1, counts: x,
                    ScoreBlock(rows: 1, columns: 4))
            },
            {
                try device.countAtLeast(
                    scores: x, thresholds: x, excluded: x, excludedCount: 5, counts: x,
                    ScoreBlock(rows: 2, columns: 4))
            },
            {
                try [Float](repeating: 0, count: 9).withUnsafeBytes {
                    try device.upload($0, to: x)
                }
            },
        ]
        for (number, call) in wrong.enumerated() {
            #expect(throws: DeviceError.self, "call \(number)") { try call() }
        }
        #expect(try device.download(x) == [Float](repeating: 1, count: 8))
    }

    @Test(
        arguments: TestedDevice.present.filter {
            [.twoThreads, .openCLForProcessors, .openCLForGraphics].contains($0)
        })
    func indicesOutsideATableDoNoHarm(_ tested: TestedDevice) throws {
        let device = try tested.make()
        let indices = try device.allocate(4).slice
        try device.upload([1, -1, 1 << 30, 2] as [Int32], to: indices)
        let (table, rows) = (try device.allocate(4).slice, try device.allocate(8).slice)
        try device.upload([1, 2, 3, 4] as [Float], to: table)
        try device.gatherRows(
            table: table, indices: indices, output: rows, count: 4, columns: 2, tableRows: 2)
        let found = try device.download(rows) as [Float]
        #expect(found[0...1] == [3, 4] && found[2...].allSatisfy(\.isNaN))
        try device.fill(rows, value: 1)
        try device.scatterAddRows(
            rows: rows, indices: indices, table: table, count: 4, columns: 2, tableRows: 2)
        #expect(try device.download(table) == [1, 2, 4, 5])
        let losses = try device.allocate(4).slice
        try device.softmaxCrossEntropy(
            logits: rows, targets: indices, losses: losses, gradient: rows, rows: 4, columns: 2,
            ignoreIndex: 100)
        let values = try device.download(losses) as [Float]
        #expect(values[0].isFinite && values[1...].allSatisfy(\.isNaN))
    }

    @Test(
        arguments: TestedDevice.present.filter {
            [.twoThreads, .composedCPU, .openCLForProcessors].contains($0)
        }, calls)
    func isRefused(_ tested: TestedDevice, _ call: Call) throws {
        let device = try tested.make()
        let own = try device.allocate(8)
        try device.fill(own.slice, value: 0)
        let other = TestDevices.makePlain()
        let foreign = try other.allocate(8)
        #expect {
            try call.body(device, own.slice, foreign.slice)
        } throws: { error in
            guard case DeviceError.foreignBuffer(_, let expected, let found) = error else {
                return false
            }
            return expected == device.name && found == other.name
        }
    }
}
