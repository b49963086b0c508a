import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Layers against PyTorch: outputs within 1e-6 + 1e-5 of each value, gradients within 1e-4 of each value and of the
/// largest element of their array.
@Suite(.exclusiveDevices) struct GoldenLayerTests {
    /// Runs a layer with golden parameters and compares everything that the file holds.
    private func check(
        _ golden: Golden, _ model: any Module, on device: any Device,
        _ forward: (ForwardContext, _ x: Tensor?) throws -> Tensor
    ) throws {
        let arena = try ParameterArena(model, device: device, seed: 0)
        try arena.load(try golden.arrays(prefix: "parameter."))
        let tape = Tape()
        let context = ForwardContext(tape: tape, isTraining: false, seed: 0, pass: 0)
        let x =
            golden.file.arrays["x"] == nil
            ? nil : tape.variable(try golden.tensor("x", on: device))
        let y = try forward(context, x)
        expectClose(try y.values(), try golden.values("y"), .forward, "y")
        let loss = try (y * golden.tensor("loss_weights", on: device)).sum()
        let gradients = try golden.arrays(prefix: "gradient.")
        try tape.backward(from: loss)
        if let x { try expectGradient(tape.gradient(of: x), golden, "x") }
        for entry in arena.entries {
            try expectGradient(entry.parameter.gradient, golden, entry.name)
        }
        let known = Set(arena.entries.map(\.name) + ["x", "h0"])
        #expect(Set(gradients.keys).isSubset(of: known))
    }

    private func expectGradient(_ found: Tensor?, _ golden: Golden, _ name: String) throws {
        let expected = try golden.values("gradient.\(name)")
        expectClose(
            try #require(found).values(), expected, .gradient(of: expected), "gradient of \(name)")
    }

    @Test(arguments: TestDevices.all)
    func linear(_ target: TestDevice) throws {
        let layer = Linear(33, 17)
        try check(try Golden("linear"), layer, on: target.device) { context, x in
            try layer(try #require(x), context)
        }
    }

    @Test(arguments: TestDevices.all)
    func layerNorm(_ target: TestDevice) throws {
        let layer = LayerNorm(65)
        try check(try Golden("layer-norm"), layer, on: target.device) { context, x in
            try layer(try #require(x), context)
        }
    }

    @Test(arguments: TestDevices.all)
    func embedding(_ target: TestDevice) throws {
        let golden = try Golden("embedding")
        let layer = Embedding(11, 5)
        let indices = try golden.indices("indices", on: target.device)
        try check(golden, layer, on: target.device) { context, _ in try layer(indices, context) }
    }

    @Test(
        arguments: TestDevices.all,
        ["gru-1-layer", "gru-1-layer-h0", "gru-3-layers", "gru-3-layers-h0"])
    func gru(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden(name)
        let (x, y) = (try golden.shape("x"), try golden.shape("y"))
        let layers = try golden.shape("final_hidden")[0]
        let layer = GRU(input: try x[2], hidden: try y[2], layers: layers)
        var states: [Tensor]?
        var tape: Tape?
        if name.hasSuffix("h0") {
            let all = try golden.tensor("h0", on: target.device)
            states = try (0..<layers).map { try all.select(axis: 0, $0) }
        }
        try check(golden, layer, on: target.device) { context, x in
            tape = context.tape
            states = states.map { $0.map { context.tape?.variable($0) ?? $0 } }
            return try layer(try #require(x), initialStates: states, context)
        }
        guard let states, let tape else { return }
        let gradients = try states.map { try #require(try tape.gradient(of: $0)).values() }
        let expected = try golden.values("gradient.h0")
        expectClose(gradients.flatMap { $0 }, expected, .gradient(of: expected), "gradient of h0")
    }

    @Test(
        arguments: TestDevices.all,
        [UnaryOperation.gelu, .silu, .softplus, .tanh, .sigmoid, .relu])
    func activation(_ target: TestDevice, _ operation: UnaryOperation) throws {
        let golden = try Golden("activations")
        let tape = Tape()
        let x = tape.variable(try golden.tensor("x", on: target.device))
        let y = try x.unary(operation)
        expectClose(try y.values(), try golden.values("\(operation).y"), .forward, "y")
        try tape.backward(
            from: y, gradient: try golden.tensor("loss_weights", on: target.device))
        let expected = try golden.values("\(operation).gradient.x")
        expectClose(
            try #require(try tape.gradient(of: x)).values(), expected, .gradient(of: expected),
            "gradient")
    }

    /// Row norms reach from 1e-3 to 1e4, so the gradients of short rows dwarf the others: each row has its own scale.
    @Test(arguments: TestDevices.all)
    func l2Normalization(_ target: TestDevice) throws {
        let golden = try Golden("l2-normalize")
        let tape = Tape()
        let x = tape.variable(try golden.tensor("x", on: target.device))
        let y = try x.l2Normalized()
        expectClose(try y.values(), try golden.values("y"), .forward, "y")
        try tape.backward(
            from: y, gradient: try golden.tensor("loss_weights", on: target.device))
        let found = try #require(try tape.gradient(of: x)).values()
        let expected = try golden.values("gradient.x")
        let (rows, columns) = (try x.shape[0], try x.shape[1])
        for row in 0..<rows {
            let range = row * columns..<(row + 1) * columns
            let wanted = Array(expected[range])
            expectClose(Array(found[range]), wanted, .gradient(of: wanted), "row \(row)")
        }
    }
}

/// Records an issue that names the array when two arrays differ.
func expectClose(
    _ found: [Float], _ expected: [Float], _ tolerance: Tolerance, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let difference = mismatch(found, expected, tolerance)
    #expect(difference == nil, "\(name)", sourceLocation: sourceLocation)
}
