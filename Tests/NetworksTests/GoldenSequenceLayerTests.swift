import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// Recurrent layers in both directions, attention and the parts of transformers against PyTorch, with the tolerances of
/// `GoldenLayerTests`.
@Suite(.exclusiveDevices) struct GoldenSequenceLayerTests {
    /// A golden file, a model with its parameters, and a recorded pass.
    private struct Bench {
        let golden: Golden
        let arena: ParameterArena
        let context = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
        var device: any Device { arena.device }

        init(_ name: String, _ model: any Module, on device: any Device) throws {
            golden = try Golden(name)
            arena = try ParameterArena(model, device: device, seed: 0)
            let stored = try golden.arrays(prefix: "parameter.")
            if !arena.entries.isEmpty { try arena.load(stored) }
        }

        func variable(_ name: String) throws -> Tensor {
            context.variable(try golden.tensor(name, on: device))
        }

        func expectGradient(_ found: Tensor?, _ name: String) throws {
            let expected = try golden.values("gradient.\(name)")
            expectClose(
                try #require(found).values(), expected, .gradient(of: expected),
                "gradient of \(name)")
        }

        /// Compares y, the loss, and the gradients of the inputs and of all parameters.
        func check(_ y: Tensor, plus: Tensor? = nil, inputs: [(String, Tensor)]) throws {
            expectClose(try y.values(), try golden.values("y"), .forward, "y")
            var loss = try (y * golden.tensor("loss_weights", on: device)).sum()
            if let plus { loss = try loss + plus }
            let wanted = try golden.values("loss")
            let scale = Float(y.count).squareRoot()
            #expect(abs(try loss.item() - wanted[0]) < 1e-5 * (abs(wanted[0]) + scale))
            try context.backward(from: loss)
            for (name, input) in inputs {
                try expectGradient(try context.gradient(of: input), name)
            }
            for entry in arena.entries {
                try expectGradient(try entry.parameter.gradient, entry.name)
            }
            let known = Set(arena.entries.map(\.name) + inputs.map(\.0))
            #expect(try Set(golden.arrays(prefix: "gradient.").keys).isSubset(of: known))
        }
    }

    /// The states of a golden file, one per layer and direction.
    private func states(_ whole: Tensor) throws -> [Tensor] {
        try (0..<whole.shape.dimensions[0]).map { try whole.select(axis: 0, $0) }
    }

    @Test(
        arguments: TestDevices.all,
        ["lstm-1-layer", "lstm-1-layer-initial", "lstm-3-layers-both-initial"])
    func lstm(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden(name)
        let (x, final) = (
            try golden.shape("x").dimensions, try golden.shape("final_hidden").dimensions
        )
        let isBidirectional = name.contains("both")
        let layer = LSTM(
            input: x[2], hidden: final[2], layers: final[0] / (isBidirectional ? 2 : 1),
            isBidirectional: isBidirectional)
        let bench = try Bench(name, layer, on: target.device)
        var inputs = [("x", try bench.variable("x"))]
        var initial: [LSTMState]?
        if name.hasSuffix("initial") {
            let (hidden, cell) = (
                try bench.variable("initial_hidden"), try bench.variable("initial_cell")
            )
            inputs += [("initial_hidden", hidden), ("initial_cell", cell)]
            initial = try zip(states(hidden), states(cell)).map {
                LSTMState(hidden: $0, cell: $1)
            }
        }
        let (y, last) = try layer.sequenceAndStates(
            inputs[0].1, initialStates: initial, bench.context)
        let hidden = try Tensor.concatenate(last.map(\.hidden), axis: 0)
        let cell = try Tensor.concatenate(last.map(\.cell), axis: 0)
        expectClose(try hidden.values(), try golden.values("final_hidden"), .forward, "hidden")
        expectClose(try cell.values(), try golden.values("final_cell"), .forward, "cell")
        let plus =
            try (hidden * weights("final_hidden_weights", like: hidden, bench)).sum()
            + (cell * weights("final_cell_weights", like: cell, bench)).sum()
        try bench.check(y, plus: plus, inputs: inputs)
        let plain = try layer(inputs[0].1.detached, initialStates: nil, .evaluation())
        if initial == nil { #expect(try plain.values() == y.values()) }
    }

    @Test(arguments: TestDevices.all, ["gru-2-layers-both", "gru-2-layers-both-initial"])
    func gruInBothDirections(_ target: TestDevice, _ name: String) throws {
        let golden = try Golden(name)
        let (x, final) = (
            try golden.shape("x").dimensions, try golden.shape("final_hidden").dimensions
        )
        let layer = GRU(
            input: x[2], hidden: final[2], layers: final[0] / 2, isBidirectional: true)
        let bench = try Bench(name, layer, on: target.device)
        var inputs = [("x", try bench.variable("x"))]
        var initial: [Tensor]?
        if name.hasSuffix("initial") {
            inputs.append(("initial_hidden", try bench.variable("initial_hidden")))
            initial = try states(inputs[1].1)
        }
        let (y, last) = try layer.sequenceAndStates(
            inputs[0].1, initialStates: initial, bench.context)
        let hidden = try Tensor.concatenate(last, axis: 0)
        expectClose(try hidden.values(), try golden.values("final_hidden"), .forward, "hidden")
        let plus = try (hidden * weights("final_hidden_weights", like: hidden, bench)).sum()
        try bench.check(y, plus: plus, inputs: inputs)
    }

    private func weights(_ name: String, like other: Tensor, _ bench: Bench) throws -> Tensor {
        try bench.golden.tensor(name, on: bench.device).reshaped(other.shape)
    }

    @Test(
        arguments: TestDevices.all,
        [
            "attention-self", "attention-causal", "attention-cross", "attention-additive",
            "attention-boolean",
        ])
    func attention(_ target: TestDevice, _ name: String) throws {
        let layer = MultiHeadAttention(20, heads: 4)
        let bench = try Bench(name, layer, on: target.device)
        var inputs = [("x", try bench.variable("x"))]
        if bench.golden.file.arrays["memory"] != nil {
            inputs.append(("memory", try bench.variable("memory")))
        }
        let mask: AttentionMask =
            switch name {
            case "attention-causal": .causal
            case "attention-additive":
                .additive(try bench.golden.tensor("mask", on: target.device))
            case "attention-boolean":
                .allowed(try bench.golden.tensor("mask", on: target.device))
            default: .none
            }
        let keys = inputs.count == 2 ? inputs[1].1 : nil
        let y = try layer(inputs[0].1, keys: keys, mask: mask, bench.context)
        try bench.check(y, inputs: inputs)
        let (x, others) = (inputs[0].1.detached, keys?.detached)
        let apart = try layer(
            x, keys: others ?? x, values: others ?? x, mask: mask, .evaluation())
        expectClose(try apart.values(), try bench.golden.values("y"), .forward, "keys and values")
    }

    @Test(arguments: TestDevices.all)
    func rmsNorm(_ target: TestDevice) throws {
        let layer = RMSNorm(65)
        try checkLayer("rms-norm", layer, on: target)
    }

    @Test(arguments: TestDevices.all)
    func swiGLU(_ target: TestDevice) throws {
        try checkLayer("swiglu", SwiGLU(9, hidden: 17), on: target)
    }

    @Test(arguments: TestDevices.all)
    func sequential(_ target: TestDevice) throws {
        let layer = Sequential(
            Linear(7, 11), Activation(.gelu), LayerNorm(11),
            Sequential(Linear(11, 6), Activation(.tanh)), Dropout(0.5),
            Linear(6, 4, bias: false))
        try checkLayer("sequential", layer, on: target)
    }

    private func checkLayer(_ name: String, _ layer: any UnaryLayer, on target: TestDevice) throws {
        let bench = try Bench(name, layer, on: target.device)
        let x = try bench.variable("x")
        try bench.check(try layer(x, bench.context), inputs: [("x", x)])
    }

    @Test(arguments: TestDevices.all, ["half", "pairs"])
    func rotaryPositions(_ target: TestDevice, _ name: String) throws {
        let layer = RotaryPositions(
            features: 8, maximumSteps: 9, convention: name == "half" ? .halves : .pairs)
        let bench = try Bench("rotary", layer, on: target.device)
        let x = try bench.variable("x")
        let y = try layer(x, first: 3, bench.context)
        expectClose(try y.values(), try bench.golden.values("\(name).y"), .forward, "y")
        try bench.context.backward(
            from: y, gradient: try bench.golden.tensor("loss_weights", on: target.device))
        let expected = try bench.golden.values("\(name).gradient.x")
        expectClose(
            try #require(try bench.context.gradient(of: x)).values(), expected,
            .gradient(of: expected), "gradient of x")
        #expect(throws: NetworkError.self) { try layer(x.detached, first: 5, .evaluation()) }
        #expect(throws: NetworkError.self) { try layer(x.detached, first: -1, .evaluation()) }
    }
}
