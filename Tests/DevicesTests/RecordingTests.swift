import TandemBasics
import TandemDevices
import TandemTestSupport
import Testing

import Foundation

/// Recording operations and issuing them again.
@Suite(.exclusiveDevices) struct RecordingTests {
    private func filled(_ device: any Device, _ count: Int, _ call: Int = 0) throws -> BufferSlice {
        let slice = try device.allocate(count).slice
        try device.randomUniform(slice, stream: PassStream(seed: 9, call: call).stream(pass: 0))
        return slice
    }

    @Test(arguments: TestDevices.all)
    func replaysOnTheMemoryAsItIsThen(_ target: TestDevice) throws {
        let device = target.device
        let (x, y) = (try device.allocate(3).slice, try device.allocate(3).slice)
        try device.upload([1, 2, 3] as [Float], to: x)
        try device.fill(y, value: 0)
        let recording = try device.record(pass: 0) {
            let square = try device.allocate(3).slice
            try device.binary(.multiply, left: x, right: x, output: square)
            try device.axpy(alpha: 2, x: square, y: y)
        }
        #expect(recording.count == 2)
        #expect(try device.download(y) == [2, 8, 18])
        try device.upload([10, 0, 1] as [Float], to: x)
        try recording.replay(pass: 1)
        #expect(try device.download(y) == [202, 8, 20])
    }

    @Test(arguments: TestDevices.all)
    func randomNumbersAreThoseOfThePass(_ target: TestDevice) throws {
        let device = target.device
        let streams = [PassStream(seed: 5, call: 0), PassStream(seed: 5, call: 1)]
        let ones = try device.allocate(1000).slice
        try device.fill(ones, value: 1)
        let (dropped, uniform) = (try device.allocate(1000).slice, try device.allocate(1000).slice)
        func draw(_ pass: Int) throws {
            try device.dropout(
                input: ones, output: dropped, probability: 0.4,
                stream: streams[0].stream(pass: pass))
            try device.randomUniform(uniform, stream: streams[1].stream(pass: pass))
        }
        func results() throws -> [Float] {
            try device.download(dropped) + device.download(uniform)
        }
        let recording = try device.record(pass: 3) { try draw(3) }
        let first = try results()
        for pass in [3, 4, 1 << 37] {
            try recording.replay(pass: pass)
            let replayed = try results()
            try draw(pass)
            #expect(try replayed == results())
            #expect((replayed == first) == (pass == 3))
        }
    }

    @Test func passAndCallMakeTheStream() {
        let stream = PassStream(seed: 8, call: 6).stream(pass: 5)
        #expect(stream == RandomStream(seed: 8, identifier: 5 << 24 | 6))
        #expect(PassStream(stream, pass: 5) == PassStream(seed: 8, call: 6))
        #expect(PassStream(stream, pass: 4) == nil)
        let other = RandomStream(seed: 8, identifier: 1 << 62 | 5 << 24 | 6)
        #expect(PassStream(other, pass: 5) == nil)
    }

    /// Memory that a recording released is used again inside it, and by nothing else.
    @Test(arguments: TestDevices.all)
    func memoryOfARecordingStaysItsOwn(_ target: TestDevice) throws {
        let device = target.device
        let (x, sum) = (try filled(device, 500), try device.allocate(500).slice)
        try device.fill(sum, value: 0)
        func step() throws {
            for scale in [1, 2, 3] as [Float] {
                let scaled = try device.allocate(500).slice
                try device.affine(input: x, output: scaled, scale: scale, offset: 0)
                try device.axpy(alpha: 1, x: scaled, y: sum)
            }
        }
        let before = device.poolStatistics
        let recording = try device.record(pass: 0) { try step() }
        let after = device.poolStatistics
        #expect(after.requests == before.requests + 1)
        #expect(after.liveBytes > before.liveBytes)

        let others = try (0..<4).map { _ in try device.allocate(500).slice }
        for other in others { try device.fill(other, value: 7) }
        try recording.replay(pass: 1)
        for other in others { #expect(try device.download(other).allSatisfy { $0 == 7 }) }
        let replayed = try device.download(sum)
        try device.fill(sum, value: 0)
        try step()
        try step()
        #expect(try device.download(sum) == replayed)
    }

    @Test func memoryGoesBackWithTheRecording() throws {
        let device = try CPUDevice(threads: 1)
        var recording: DeviceRecording? = try device.record(pass: 0) {
            let slice = try device.allocate(100).slice
            try device.fill(slice, value: 1)
        }
        #expect(recording?.count == 1 && device.poolStatistics.liveBytes > 0)
        recording = nil
        #expect(device.poolStatistics.liveBytes == 0)
    }

    @Test func aDeviceGoesWithItsLastBuffer() throws {
        weak var device: CPUDevice?
        var recording: DeviceRecording?
        do {
            let opened = try CPUDevice(threads: 1)
            let buffer = try opened.allocate(4)
            recording = try opened.record(pass: 0) { try opened.fill(buffer.slice, value: 1) }
            device = opened
        }
        // The recording keeps the device, because it runs its operations there.
        try recording?.replay(pass: 0)
        #expect(device != nil)
        recording = nil
        #expect(device == nil)
    }

    @Test func fusedOperationsAreRecordedWhole() throws {
        let device = try CPUDevice(threads: 1)
        let x = try filled(device, 6)
        let weights = RecurrentWeights(
            inputWeight: try filled(device, 9), hiddenWeight: try filled(device, 27),
            inputBias: try filled(device, 9), hiddenBias: try filled(device, 9))
        let (states, reserve) = (try filled(device, 6), try filled(device, 24))
        let (two, three) = (try x.part(from: 0, count: 2), try x.part(from: 0, count: 3))
        let classes = try device.allocate(2).slice
        try device.upload([2, 0] as [Int32], to: classes)
        let recording = try device.record(pass: 0) {
            try device.softmax(
                .probabilities, input: x, output: states, outer: 2, count: 3, inner: 1)
            try device.softmaxBackward(
                .probabilities, output: states, outputGradient: x, inputGradient: states, outer: 2,
                count: 3, inner: 1)
            try device.softmaxCrossEntropy(
                logits: x, targets: classes, losses: states.part(from: 0, count: 2),
                gradient: nil, rows: 2, columns: 3, ignoreIndex: -1)
            let norm = LayerNormShape(rows: 2, columns: 3, epsilon: 1e-5)
            try device.layerNorm(
                input: states, gamma: three, beta: three, output: x, mean: two,
                reciprocalDeviation: two, norm)
            try device.layerNormBackward(
                input: states, gamma: three, mean: two, reciprocalDeviation: two,
                outputGradient: states, inputGradient: x, gammaGradient: three,
                betaGradient: three, norm)
            try device.l2Normalize(
                input: x, output: states, norms: two, rows: 2, columns: 3, epsilon: 1e-6)
            try device.l2NormalizeBackward(
                output: states, norms: two, outputGradient: states, inputGradient: x, rows: 2,
                columns: 3, epsilon: 1e-6)
            let gru = RecurrentShape(steps: 2, batch: 1, input: 1, hidden: 3)
            try device.gruForward(
                input: two, initialState: nil, weights: weights, output: states,
                reserve: reserve, gru)
            try device.gruBackward(
                input: two, initialState: nil, weights: weights, output: states,
                reserve: reserve, outputGradient: states, inputGradient: nil,
                initialStateGradient: nil, weightGradients: weights, gru)
        }
        let names = recording.description.split(separator: "\n").map { $0.split(separator: ":")[1] }
        #expect(
            names == [
                " softmax", " softmaxBackward", " softmaxCrossEntropy", " layerNorm",
                " layerNormBackward", " l2Normalize", " l2NormalizeBackward", " gruForward",
                " gruBackward",
            ])
    }

    @Test(arguments: [
        "upload", "download", "adam", "sgd", "clipScale", "dropout", "recording", "replay",
    ])
    func refusesWhatCannotBeReplayed(_ operation: String) throws {
        let device = try CPUDevice(threads: 1)
        let x = try filled(device, 4)
        let empty = try device.record(pass: 7) {}
        let error = #expect(throws: DeviceError.self) {
            try device.record(pass: 7) { try call(operation, device, x, empty) }
        }
        guard case .notRecordable(let found, let reason)? = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        #expect(found.hasSuffix(operation) && reason.count > 20)
        if operation != "recording" { try call(operation, device, x, empty) }
    }

    private func call(
        _ operation: String, _ device: any Device, _ x: BufferSlice, _ empty: DeviceRecording
    ) throws {
        switch operation {
        case "upload": try device.upload([1, 2, 3, 4] as [Float], to: x)
        case "download": _ = try device.download(x) as [Float]
        case "adam":
            try device.adam(
                values: x, gradients: x, firstMoments: x, secondMoments: x, gradientScale: nil,
                segments: [],
                AdamParameters(
                    beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1, decoupledWeightDecay: true))
        case "sgd":
            try device.sgd(
                values: x, gradients: x, momenta: nil, gradientScale: nil, segments: [],
                SGDParameters(momentum: 0, nesterov: false, isFirstStep: true))
        case "clipScale":
            try device.clipScale(x, maximumNorm: 1, output: x.part(from: 0, count: 2))
        case "dropout":
            try device.dropout(
                input: x, output: x, probability: 0.5,
                stream: PassStream(seed: 1, call: 0).stream(pass: 6))
        case "replay": try empty.replay(pass: 7)
        default: _ = try device.record(pass: 7) {}
        }
    }

    @Test func refusesAnotherDevice() throws {
        let (device, other) = (try CPUDevice(threads: 1), try CPUDevice(threads: 1))
        let x = try filled(other, 4)
        for body in [{ try other.fill(x, value: 1) }, { _ = try other.allocate(1) }] {
            #expect(throws: DeviceError.self) { try device.record(pass: 0, body) }
        }
    }

    /// A step that is verified runs on the recording's memory and draws the numbers of its own pass.
    @Test(arguments: TestDevices.all)
    func anEqualStepIsVerified(_ target: TestDevice) throws {
        let device = target.device
        let (x, y) = (try filled(device, 300), try device.allocate(300).slice)
        func step(_ pass: Int) throws {
            for call in 0..<2 {
                let dropped = try device.allocate(300).slice
                try device.dropout(
                    input: x, output: dropped, probability: 0.5,
                    stream: PassStream(seed: 1, call: call).stream(pass: pass))
                try device.affine(input: dropped, output: y, scale: 3, offset: 0)
            }
        }
        let recording = try device.record(pass: 0) { try step(0) }
        let before = device.poolStatistics
        try recording.verify(pass: 1) { try step(1) }
        let verified = try device.download(y)
        #expect(device.poolStatistics.requests == before.requests)
        try recording.replay(pass: 1)
        #expect(try device.download(y) == verified)
        try step(1)
        #expect(try device.download(y) == verified)
    }

    @Test(arguments: ["constant", "memory", "size", "fewer", "more", "kind", "swallowed"])
    func anotherStepIsRefused(_ change: String) throws {
        let device = try CPUDevice(threads: 1)
        let (x, y) = (try filled(device, 8), try filled(device, 8))
        func step(_ change: String) throws {
            let count = change == "size" ? 4 : 8
            let own = try device.allocate(count).slice
            try device.affine(
                input: x, output: own, scale: change == "constant" ? 2 : 1, offset: 0)
            if change == "kind" {
                try device.binary(.add, left: own, right: y, output: y)
            } else if change == "swallowed" {
                try? device.axpy(alpha: 2, x: own, y: y)
            } else if change != "fewer" {
                try device.axpy(alpha: 1, x: own, y: change == "memory" ? x : y)
            }
            if change == "more" { try device.fill(own, value: 0) }
        }
        let recording = try device.record(pass: 0) { try step("") }
        let error = #expect(throws: DeviceError.self) {
            try recording.verify(pass: 1) { try step(change) }
        }
        guard case .recordingDiffers(_, let expected, let found)? = error else {
            Issue.record("unexpected error \(String(describing: error))")
            return
        }
        #expect(expected != found)
        #expect(
            "\(DeviceError.recordingDiffers(place: "", expected: "", found: ""))".contains("stage"))
        try recording.verify(pass: 2) { try step("") }
    }

    @Test func aRecordingCanBeRead() throws {
        let device = try CPUDevice(threads: 1)
        let (x, y) = (try filled(device, 6), try filled(device, 6))
        let recording = try device.record(pass: 0) {
            let product = try device.allocate(9).slice
            try device.matmul(
                left: x, right: x, bias: nil, output: product, MatmulParameters(m: 3, n: 3, k: 2))
            try device.unary(
                .relu, input: product.part(from: 3, count: 6), output: y)
        }
        let lines = recording.description.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines[0].hasPrefix("1: matmul: left @1[0..<6], right @1[0..<6], output %1[0..<9]"))
        #expect(lines[0].contains("m 3, n 3, k 2"))
        #expect(lines[1] == "2: unary: operation relu, input %1[3..<9], output @2[0..<6]")
        #expect(recording.floatingPointOperations == 2 * 3 * 3 * 2 + 6)
    }

    @Test func aRecordingConcernsItsThreadAlone() async throws {
        let device = try CPUDevice(threads: 2)
        let x = try filled(device, 4)
        let started = DispatchSemaphore(value: 0), done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            started.wait()
            let other = try? device.allocate(4)
            if let other { try? device.fill(other.slice, value: 1) }
            done.signal()
        }
        let recording = try device.record(pass: 0) {
            try device.fill(x, value: 2)
            started.signal()
            done.wait()
        }
        #expect(recording.count == 1)
    }

    @Test func anErrorEndsTheRecording() throws {
        struct Failure: Error {}
        let device = try CPUDevice(threads: 1)
        #expect(throws: Failure.self) { try device.record(pass: 0) { throw Failure() } }
        #expect(try device.record(pass: 0) {}.count == 0)
    }
}
