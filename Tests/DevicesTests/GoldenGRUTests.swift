import TandemDevices
import Testing

/// The whole-sequence GRU, one and three layers, against PyTorch.
@Suite struct GoldenGRUTests {
    /// One layer on the device, with what its backward pass needs.
    private struct Layer {
        let shape: RecurrentShape
        let input: BufferSlice
        let initialState: BufferSlice?
        let weights: RecurrentWeights
        let output: BufferSlice
        let reserve: BufferSlice
    }

    @Test(
        arguments: TestedDevice.present,
        ["gru-1-layer", "gru-1-layer-h0", "gru-3-layers", "gru-3-layers-h0"])
    func gru(_ tested: TestedDevice, _ name: String) throws {
        let golden = try GoldenFile(name)
        let bench = GoldenBench(device: try tested.make())
        let layers = try forward(golden, bench)
        let last = try #require(layers.last)
        try bench.expect(last.output, equals: golden.floats("y"), .forward, "y")
        let cell = last.shape.batch * last.shape.hidden
        let finalStates = try golden.floats("final_hidden")
        for (index, layer) in layers.enumerated() {
            try bench.expect(
                layer.output.part(from: layer.output.count - cell, count: cell),
                equals: Array(finalStates[index * cell..<(index + 1) * cell]), .forward,
                "final state of layer \(index)")
        }
        try backward(layers, golden, bench)
    }

    private func forward(_ golden: GoldenFile, _ bench: GoldenBench) throws -> [Layer] {
        let x = try golden.shape("x")
        let hidden = try #require(try golden.shape("y").last)
        var (input, features) = (try bench.upload(golden.floats("x")), x[2])
        var layers: [Layer] = []
        while golden.contains("parameter.weight_ih_l\(layers.count)") {
            let index = layers.count
            let shape = RecurrentShape(steps: x[0], batch: x[1], input: features, hidden: hidden)
            let cell = shape.batch * hidden
            let state =
                golden.contains("h0")
                ? try bench.upload(
                    Array(golden.floats("h0")[index * cell..<(index + 1) * cell])) : nil
            let layer = Layer(
                shape: shape, input: input, initialState: state,
                weights: try weights(index) { try bench.upload(golden.floats("parameter.\($0)")) },
                output: try bench.output(shape.steps * cell),
                reserve: try bench.output(shape.steps * cell * 4))
            try bench.device.gruForward(
                input: input, initialState: state, weights: layer.weights, output: layer.output,
                reserve: layer.reserve, shape)
            (input, features) = (layer.output, hidden)
            layers.append(layer)
        }
        return layers
    }

    private func backward(_ layers: [Layer], _ golden: GoldenFile, _ bench: GoldenBench) throws {
        var gradient = try bench.upload(golden.floats("loss_weights"))
        for (index, layer) in layers.enumerated().reversed() {
            let cell = layer.shape.batch * layer.shape.hidden
            let weightGradients = try weights(index) {
                try bench.output(golden.floats("parameter.\($0)").count, filledWith: 0)
            }
            let inputGradient = try bench.output(layer.input.count)
            let stateGradient = try bench.output(cell)
            try bench.device.gruBackward(
                input: layer.input, initialState: layer.initialState, weights: layer.weights,
                output: layer.output, reserve: layer.reserve, outputGradient: gradient,
                inputGradient: inputGradient, initialStateGradient: stateGradient,
                weightGradients: weightGradients, layer.shape)
            try visit(index, weightGradients) { name, slice in
                try bench.expect(slice, gradientOf: name, in: golden)
            }
            if golden.contains("gradient.h0") {
                let all = try golden.floats("gradient.h0")
                try bench.expect(
                    stateGradient, equals: Array(all[index * cell..<(index + 1) * cell]),
                    .gradient, "gradient of the initial state of layer \(index)")
            }
            gradient = inputGradient
        }
        try bench.expect(gradient, gradientOf: "x", in: golden)
    }

    /// The four arrays of layer `index`, each made from its PyTorch name.
    private func weights(_ index: Int, _ make: (String) throws -> BufferSlice) rethrows
        -> RecurrentWeights
    {
        RecurrentWeights(
            inputWeight: try make("weight_ih_l\(index)"),
            hiddenWeight: try make("weight_hh_l\(index)"),
            inputBias: try make("bias_ih_l\(index)"), hiddenBias: try make("bias_hh_l\(index)"))
    }

    /// Visits the four arrays of layer `index` with their PyTorch names.
    private func visit(
        _ index: Int, _ weights: RecurrentWeights, _ visit: (String, BufferSlice) throws -> Void
    ) rethrows {
        try visit("weight_ih_l\(index)", weights.inputWeight)
        try visit("weight_hh_l\(index)", weights.hiddenWeight)
        try visit("bias_ih_l\(index)", weights.inputBias)
        try visit("bias_hh_l\(index)", weights.hiddenBias)
    }
}
