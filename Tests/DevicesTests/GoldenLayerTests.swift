import TandemDevices
import Testing

/// The operations that layers are made of, forward and backward, against PyTorch.
@Suite struct GoldenLayerTests {
    @Test(arguments: TestedDevice.present)
    func linear(_ tested: TestedDevice) throws {
        let golden = try GoldenFile("linear")
        let bench = GoldenBench(device: try tested.make())
        let device = bench.device
        let weightShape = try golden.shape("parameter.weight")
        let (outputs, inputs) = (weightShape[0], weightShape[1])
        let rows = try golden.floats("x").count / inputs
        let x = try bench.upload(golden.floats("x"))
        let weight = try bench.upload(golden.floats("parameter.weight"))
        let bias = try bench.upload(golden.floats("parameter.bias"))
        let y = try bench.output(rows * outputs)
        try device.matmul(
            left: x, right: weight, bias: bias, output: y,
            MatmulParameters(m: rows, n: outputs, k: inputs, transposeRight: true))
        try bench.expect(y, equals: golden.floats("y"), .forward, "y")

        let g = try bench.upload(golden.floats("loss_weights"))
        let xGradient = try bench.output(rows * inputs)
        try device.matmul(
            left: g, right: weight, bias: nil, output: xGradient,
            MatmulParameters(m: rows, n: inputs, k: outputs))
        try bench.expect(xGradient, gradientOf: "x", in: golden)
        let weightGradient = try bench.output(outputs * inputs)
        try device.matmul(
            left: g, right: x, bias: nil, output: weightGradient,
            MatmulParameters(m: outputs, n: inputs, k: rows, transposeLeft: true))
        try bench.expect(weightGradient, gradientOf: "weight", in: golden)
        let biasGradient = try bench.output(outputs)
        try device.reduce(
            .sum, input: g, output: biasGradient, outer: 1, count: rows, inner: outputs, scale: 1,
            accumulate: false)
        try bench.expect(biasGradient, gradientOf: "bias", in: golden)
    }

    @Test(
        arguments: TestedDevice.present,
        [UnaryOperation.gelu, .silu, .softplus, .tanh, .sigmoid, .relu])
    func activation(_ tested: TestedDevice, _ operation: UnaryOperation) throws {
        let golden = try GoldenFile("activations")
        let bench = GoldenBench(device: try tested.make())
        let x = try bench.upload(golden.floats("x"))
        let g = try bench.upload(golden.floats("loss_weights"))
        let (y, gradient) = (try bench.output(x.count), try bench.output(x.count))
        try bench.device.unary(operation, input: x, output: y)
        try bench.device.unaryBackward(
            operation, input: x, output: y, outputGradient: g, inputGradient: gradient)
        try bench.expect(y, equals: golden.floats("\(operation).y"), .forward, "\(operation)")
        try bench.expect(
            gradient, equals: golden.floats("\(operation).gradient.x"), .gradient,
            "gradient of \(operation)")
    }

    @Test(arguments: TestedDevice.present)
    func layerNorm(_ tested: TestedDevice) throws {
        let golden = try GoldenFile("layer-norm")
        let bench = GoldenBench(device: try tested.make())
        let columns = try golden.shape("parameter.weight")[0]
        let x = try bench.upload(golden.floats("x"))
        let rows = x.count / columns
        let shape = LayerNormShape(rows: rows, columns: columns, epsilon: 1e-5)
        let gamma = try bench.upload(golden.floats("parameter.weight"))
        let beta = try bench.upload(golden.floats("parameter.bias"))
        let y = try bench.output(x.count)
        let (mean, reciprocal) = (try bench.output(rows), try bench.output(rows))
        try bench.device.layerNorm(
            input: x, gamma: gamma, beta: beta, output: y, mean: mean,
            reciprocalDeviation: reciprocal, shape)
        try bench.expect(y, equals: golden.floats("y"), .forward, "y")

        let g = try bench.upload(golden.floats("loss_weights"))
        let xGradient = try bench.output(x.count)
        let gammaGradient = try bench.output(columns, filledWith: 0)
        let betaGradient = try bench.output(columns, filledWith: 0)
        try bench.device.layerNormBackward(
            input: x, gamma: gamma, mean: mean, reciprocalDeviation: reciprocal,
            outputGradient: g, inputGradient: xGradient, gammaGradient: gammaGradient,
            betaGradient: betaGradient, shape)
        try bench.expect(xGradient, gradientOf: "x", in: golden)
        try bench.expect(gammaGradient, gradientOf: "weight", in: golden)
        try bench.expect(betaGradient, gradientOf: "bias", in: golden)
    }

    @Test(arguments: TestedDevice.present)
    func l2Normalize(_ tested: TestedDevice) throws {
        let golden = try GoldenFile("l2-normalize")
        let bench = GoldenBench(device: try tested.make())
        let shape = try golden.shape("x")
        let x = try bench.upload(golden.floats("x"))
        let (y, norms) = (try bench.output(x.count), try bench.output(shape[0]))
        try bench.device.l2Normalize(
            input: x, output: y, norms: norms, rows: shape[0], columns: shape[1], epsilon: 1e-12)
        try bench.expect(y, equals: golden.floats("y"), .forward, "y")
        let g = try bench.upload(golden.floats("loss_weights"))
        let gradient = try bench.output(x.count)
        try bench.device.l2NormalizeBackward(
            output: y, norms: norms, outputGradient: g, inputGradient: gradient, rows: shape[0],
            columns: shape[1], epsilon: 1e-12)
        try bench.expect(gradient, gradientOf: "x", in: golden)
    }

    @Test(arguments: TestedDevice.present)
    func softmax(_ tested: TestedDevice) throws {
        let golden = try GoldenFile("softmax-cross-entropy")
        let bench = GoldenBench(device: try tested.make())
        let columns = try #require(try golden.shape("softmax.x").last)
        let x = try bench.upload(golden.floats("softmax.x"))
        let g = try bench.upload(golden.floats("softmax.loss_weights"))
        let (y, gradient) = (try bench.output(x.count), try bench.output(x.count))
        try bench.device.softmax(
            .probabilities, input: x, output: y, outer: x.count / columns, count: columns,
            inner: 1)
        try bench.device.softmaxBackward(
            .probabilities, output: y, outputGradient: g, inputGradient: gradient,
            outer: x.count / columns, count: columns, inner: 1)
        try bench.expect(y, equals: golden.floats("softmax.y"), .forward, "softmax")
        try bench.expect(
            gradient, equals: golden.floats("softmax.gradient.x"), .gradient, "gradient")
    }

    @Test(arguments: TestedDevice.present, ["plain", "ignore", "large"])
    func crossEntropy(_ tested: TestedDevice, _ kind: String) throws {
        let golden = try GoldenFile("softmax-cross-entropy")
        let bench = GoldenBench(device: try tested.make())
        let shape = try golden.shape("\(kind).logits")
        let targets = try golden.indices("\(kind).targets")
        let counted = Float(targets.filter { $0 != -100 }.count)
        let logits = try bench.upload(golden.floats("\(kind).logits"))
        let losses = try bench.output(shape[0])
        let gradient = try bench.output(logits.count)
        try bench.device.softmaxCrossEntropy(
            logits: logits, targets: bench.upload(targets), losses: losses, gradient: gradient,
            rows: shape[0], columns: shape[1], ignoreIndex: -100)
        let mean = try bench.output(1)
        try bench.device.reduce(
            .sum, input: losses, output: mean, outer: 1, count: shape[0], inner: 1,
            scale: 1 / counted, accumulate: false)
        try bench.device.affine(input: gradient, output: gradient, scale: 1 / counted, offset: 0)
        try bench.expect(mean, equals: golden.floats("\(kind).loss"), .forward, "loss")
        try bench.expect(
            gradient, equals: golden.floats("\(kind).gradient.logits"), .gradient, "gradient")
    }

    @Test(arguments: TestedDevice.present)
    func embedding(_ tested: TestedDevice) throws {
        let golden = try GoldenFile("embedding")
        let bench = GoldenBench(device: try tested.make())
        let shape = try golden.shape("parameter.weight")
        let table = try bench.upload(golden.floats("parameter.weight"))
        let indices = try bench.upload(golden.indices("indices"))
        let y = try bench.output(indices.count * shape[1])
        try bench.device.gatherRows(
            table: table, indices: indices, output: y, count: indices.count, columns: shape[1],
            tableRows: shape[0])
        try bench.expect(y, equals: golden.floats("y"), .forward, "y")
        let g = try bench.upload(golden.floats("loss_weights"))
        let gradient = try bench.output(table.count, filledWith: 0)
        try bench.device.scatterAddRows(
            rows: g, indices: indices, table: gradient, count: indices.count, columns: shape[1],
            tableRows: shape[0])
        try bench.expect(gradient, gradientOf: "weight", in: golden)
    }
}
