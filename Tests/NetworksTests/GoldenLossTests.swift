import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Losses against PyTorch, with the tolerances of `GoldenLayerTests`.
@Suite(.exclusiveDevices) struct GoldenLossTests {
    /// Compares a loss and the gradient of its first argument.
    private func check(
        _ golden: Golden, _ input: String, _ prefix: String, gradient: String,
        on target: TestDevice, _ compute: (Tensor) throws -> Tensor
    ) throws {
        let tape = Tape()
        let x = tape.variable(try golden.tensor(input, on: target.device))
        let loss = try compute(x)
        #expect(loss.shape == .scalar)
        expectClose(
            try loss.values(), try golden.values("\(prefix).loss"), .forward, "\(prefix).loss")
        try tape.backward(from: loss)
        let expected = try golden.values("\(prefix).gradient.\(gradient)")
        expectClose(
            try #require(try tape.gradient(of: x)).values(), expected, .gradient(of: expected),
            "\(prefix).gradient")
    }

    @Test(arguments: TestDevices.all, ["mse", "l1", "cosine", "bce_with_logits"])
    func regression(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("losses")
        let wanted = try golden.tensor("\(name).target", on: target.device)
        try check(golden, "\(name).prediction", name, gradient: "prediction", on: target) { x in
            switch name {
            case "mse": try Loss.meanSquaredError(x, wanted)
            case "l1": try Loss.l1(x, wanted)
            case "cosine": try Loss.cosine(x, wanted)
            default: try Loss.binaryCrossEntropyWithLogits(x, wanted)
            }
        }
    }

    @Test(arguments: TestDevices.all, ["bce_heavy_positives", "bce_light_positives"])
    func weightedPositives(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("losses")
        let wanted = try golden.tensor("\(name).target", on: target.device)
        let weight = try golden.values("\(name).weight")[0]
        try check(golden, "\(name).prediction", name, gradient: "prediction", on: target) {
            try Loss.binaryCrossEntropyWithLogits($0, wanted, positiveWeight: weight)
        }
    }

    /// Where e^x overflows the loss is the margin itself and its slope the weight.
    @Test(arguments: TestDevices.all)
    func weightedPositivesOfExtremeLogits(_ target: TestDevice) throws {
        for (logit, label, loss, slope) in [
            (-1e4, 1, 3e4, -3), (1e4, 0, 1e4, 1), (1e4, 1, 0, 0), (-1e4, 0, 0, 0),
        ] as [(Float, Float, Float, Float)] {
            let tape = Tape()
            let x = tape.variable(try Tensor([logit], shape: [1], on: target.device))
            let value = try Loss.binaryCrossEntropyWithLogits(
                x, try Tensor([label], shape: [1], on: target.device), positiveWeight: 3)
            try tape.backward(from: value)
            #expect(try value.values() == [loss])
            #expect(try #require(try tape.gradient(of: x)).values() == [slope])
        }
    }

    @Test(arguments: TestDevices.all, ["plain", "ignore", "large"])
    func crossEntropy(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("softmax-cross-entropy")
        let targets = try golden.indices("\(name).targets", on: target.device)
        try check(golden, "\(name).logits", name, gradient: "logits", on: target) {
            try Loss.crossEntropy($0, targets: targets)
        }
        let softmax = try golden.tensor("\(name).logits", on: target.device).softmax()
        expectClose(
            try softmax.values(), try golden.values("\(name).softmax"), .forward, "softmax")
    }

    @Test(arguments: TestDevices.all)
    func softmax(_ target: TestDevice) throws {
        let golden = try Golden("softmax-cross-entropy")
        let tape = Tape()
        let x = tape.variable(try golden.tensor("softmax.x", on: target.device))
        let y = try x.softmax()
        expectClose(try y.values(), try golden.values("softmax.y"), .forward, "y")
        try tape.backward(
            from: y, gradient: try golden.tensor("softmax.loss_weights", on: target.device))
        let expected = try golden.values("softmax.gradient.x")
        expectClose(
            try #require(try tape.gradient(of: x)).values(), expected, .gradient(of: expected),
            "gradient")
    }

    @Test(arguments: TestDevices.all, ["plain", "masked"])
    func infoNCE(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden("info-nce")
        let device = target.device
        let wanted = try golden.tensor("target", on: device)
        let mask = name == "masked" ? try golden.tensor("mask", on: device) : nil
        let classes = try IndexTensor(upTo: wanted.shape[0], on: device)
        try check(golden, "prediction", name, gradient: "prediction", on: target) {
            try Loss.infoNCE(
                predictions: $0, targets: wanted, temperature: 0.07, mask: mask, classes: classes)
        }
    }

    @Test(arguments: TestDevices.all)
    func lossesRefuseWhatWouldBeSilentlyWrong(_ target: TestDevice) throws {
        let matrix = try Tensor(repeating: 0.5, shape: [3, 3], on: target.device)
        let vector = try Tensor(repeating: 0.5, shape: [3], on: target.device)
        let ignored = try IndexTensor([-100, -100, -100], shape: [3], on: target.device)
        let classes = try IndexTensor(upTo: 3, on: target.device)
        #expect(throws: TensorError.self) { try Loss.meanSquaredError(matrix, vector) }
        #expect(throws: TensorError.self) { try Loss.l1(vector, matrix) }
        #expect(throws: TensorError.self) { try Loss.cosine(matrix, vector) }
        #expect(throws: TensorError.self) {
            try Loss.binaryCrossEntropyWithLogits(matrix, vector)
        }
        #expect(throws: NetworkError.self) { try Loss.crossEntropy(matrix, targets: ignored) }
        #expect(throws: NetworkError.self) {
            try Loss.infoNCE(
                predictions: matrix, targets: matrix, temperature: 0, classes: classes)
        }
    }
}
