import TandemBasics
import TandemDevices
import TandemTensors
import TandemTestSupport
import Testing

/// A chain of all operations over axes and shapes, recorded once and issued again, equals the chain issued anew.
@Suite(.exclusiveDevices) struct RecordedOperationTests {
    private struct Chain {
        let device: any Device
        let input: Tensor
        let weight: Tensor
        let gradients: [Tensor]
        let loss: Tensor
        let rows: IndexBuffer

        init(on device: any Device) throws {
            self.device = device
            input = try Tensor.zeros([2, 4, 6], on: device)
            weight = try CheckedInput([6, 6], 1).tensor(on: device)
            gradients = try [input, weight].map { try Tensor.zeros($0.shape, on: device) }
            loss = try Tensor.zeros([], on: device)
            rows = try IndexBuffer(capacity: 8, bound: 4, on: device)
        }

        func stage(_ step: Int) throws {
            let values = CheckedInput(input.shape, UInt64(10 + step)).values
            try device.upload(values, to: input.slice)
            try rows.replace(with: (0..<8).map { Int32(($0 * 3 + step) % 4) }[...])
        }

        func issue(_ step: Int) throws {
            for gradient in gradients { try device.fill(gradient.slice, value: 0) }
            let tape = Tape()
            let x = try tape.variable(input, addingGradientTo: gradients[0])
            let w = try tape.variable(weight, addingGradientTo: gradients[1])
            let parts = [
                try elements(x), try axes(x), try places(x), try products(x, w),
                try custom(x.sum(axes: [0, 1]) * w), try random(x, step),
            ]
            let sum = try Tensor.stack(parts.map { try $0.mean() }).sum()
            try device.axpy(alpha: 1, x: sum.slice, y: loss.slice)
            try tape.backward(from: sum)
        }

        private func elements(_ x: Tensor) throws -> Tensor {
            let outer = try x[0..., 0..<1] * x[0, 1...] - 1 / (x.squared() + 1)[0..., 1...]
            let bounded = try Tensor.minimum(Tensor.maximum(outer, -0.5), x[1, 0]) + (-x)[0, 0]
            let powers = try (bounded.absolute() + 0.5).power(1.5) * x.clamped(to: -0.7...0.7)[0, 1]
            let chosen = try Tensor.where(powers .> 0.4, powers.sine(), powers.cosine())
            return try chosen.masked(where: chosen .<= -0.9, with: 2)
        }

        private func axes(_ x: Tensor) throws -> Tensor {
            let extremes =
                try x.maximum(axis: 1, keepingAxis: true)
                - x.minimum(axes: [0, 2])
                .reshaped([4, 1])
            let spread =
                try x.variance(axes: [0], isUnbiased: true)
                + x.standardDeviation(axes: [-1], keepingAxes: true)
            return try extremes + spread + x.softmax(axis: 1) * x.logSoftmax(axis: 0)
                + x.mean(axis: 1, keepingAxis: true)
        }

        private func places(_ x: Tensor) throws -> Tensor {
            let moved = try x.permuted(2, 0, 1).transposed().reshaped([6, -1])
            let picked = try moved.split(sizes: [2, 4], axis: 0)[0].insertingAxis(0)
                .expanded(to: [3, 2, 8]).sum(axes: [0])
            let gathered = try x.gather(rows.tensor(count: 5), axis: 1)
            let chosen = try x.gatherElements(
                rows.tensor(count: 8).reshaped([2, 4, 1]), axis: 2)
            let best = try moved.gather(x.argmax(axis: 1).reshaped([-1]))
            return try Tensor.concatenate(
                [picked, gathered, chosen, best].map { try $0.reshaped([-1]) })
        }

        private func products(_ x: Tensor, _ w: Tensor) throws -> Tensor {
            let query = try x.matmul(w)
            let mask = try Tensor.zeros([4, 4], on: device)
                .masked(
                    where: x.detached[0].matmul(x.detached[1], transposeRight: true) .> 0.8,
                    with: -.infinity)
            let seen = try query.attention(
                key: x, value: x.rmsNorm(gamma: w[0]), heads: 3, mask: mask, isCausal: true)
            return try seen.reshaped([2, 1, 4, 6]).matmul(x.transposed())
        }

        private func custom(_ x: Tensor) throws -> Tensor {
            try Tensor.custom("twice", inputs: [x]) {
                [try $0[0] * 2]
            } backward: {
                [try $0.gradients[0] * 2]
            }[0]
        }

        private func random(_ x: Tensor, _ pass: Int) throws -> Tensor {
            let stream = PassStream(seed: 3, call: 1).stream(pass: pass)
            return try x * Tensor.uniform(x.shape, from: -1, to: 1, stream: stream, on: device)
        }

        func run(_ steps: Int, records: Bool) throws -> [[UInt32]] {
            var recording: DeviceRecording?
            return try (0..<steps).map { step in
                try stage(step)
                if let recording {
                    try recording.replay(pass: step)
                } else if records {
                    recording = try device.record(pass: step) { try issue(step) }
                } else {
                    try issue(step)
                }
                return try (gradients + [loss]).flatMap { try $0.values().map(\.bitPattern) }
            }
        }
    }

    @Test(arguments: TestDevices.all)
    func replaysEqualOperationsIssuedAnew(_ target: TestDevice) throws {
        let anew = try Chain(on: target.device).run(5, records: false)
        #expect(Set(anew).count == 5)
        #expect(anew.allSatisfy { !$0.contains(Float.nan.bitPattern) })
        #expect(try Chain(on: target.device).run(5, records: true) == anew)
    }
}
