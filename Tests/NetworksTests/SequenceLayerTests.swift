import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

/// What golden files of recurrent layers and attention do not show.
@Suite(.exclusiveDevices) struct SequenceLayerTests {
    /// Going on from the last states gives what the whole sequence gives.
    @Test(arguments: TestDevices.all, [1, 3])
    func aSequenceInTwoPieces(_ target: TestDevice, _ layers: Int) throws {
        let x = try CheckedInput([7, 3, 5], 1).tensor(on: target.device)
        let (head, tail) = (try x.slice(axis: 0, 0..<4), try x.slice(axis: 0, 4..<7))
        let gru = GRU(input: 5, hidden: 6, layers: layers)
        _ = try ParameterArena(gru, device: target.device, seed: 1)
        let (first, states) = try gru.sequenceAndStates(head, .evaluation())
        let second = try gru(tail, initialStates: states, .evaluation())
        expectClose(
            try first.values() + second.values(), try gru(x, .evaluation()).values(), .forward,
            "GRU")
        let lstm = LSTM(input: 5, hidden: 6, layers: layers)
        _ = try ParameterArena(lstm, device: target.device, seed: 1)
        let (begin, kept) = try lstm.sequenceAndStates(head, .evaluation())
        let rest = try lstm(tail, initialStates: kept, .evaluation())
        expectClose(
            try begin.values() + rest.values(), try lstm(x, .evaluation()).values(), .forward,
            "LSTM")
    }

    @Test func wrongNumbersOfInitialStatesAreRefused() throws {
        let device = TestDevices.makePlain()
        let layer = LSTM(input: 5, hidden: 6, layers: 2, isBidirectional: true)
        _ = try ParameterArena(layer, device: device, seed: 1)
        let x = try CheckedInput([2, 3, 5], 1).tensor(on: device)
        let state = try Tensor(repeating: 0, shape: [3, 6], on: device)
        let states = [LSTMState](repeating: LSTMState(hidden: state, cell: state), count: 2)
        #expect(throws: NetworkError.self) {
            try layer(x, initialStates: states, .evaluation())
        }
        let wrong = try Tensor(repeating: 0, shape: [6, 3], on: device)
        let misshapen = [LSTMState](repeating: LSTMState(hidden: state, cell: wrong), count: 4)
        #expect(throws: TensorError.self) {
            try layer(x, initialStates: misshapen, .evaluation())
        }
    }

    /// Dropout acts between layers, in training only, with an own mask for each direction's features.
    @Test(arguments: TestDevices.all, [1, 2])
    func dropoutBetweenLayersOnly(_ target: TestDevice, _ layers: Int) throws {
        let lstm = LSTM(input: 3, hidden: 4, layers: layers, dropout: 0.5, isBidirectional: true)
        _ = try ParameterArena(lstm, device: target.device, seed: 2)
        let x = try CheckedInput([4, 2, 3], 1).tensor(on: target.device)
        let trained = try lstm(x, .training(seed: 1, pass: 0)).values()
        let evaluated = try lstm(x, .evaluation()).values()
        #expect((trained == evaluated) == (layers == 1))
    }

    /// The form with dropout on the probabilities, which is made of more operations, computes the same attention: with a
    /// tiny probability hardly a mask differs from one.
    @Test(arguments: TestDevices.all, ["none", "causal", "allowed"])
    func attentionWithAndWithoutDropoutAgree(_ target: TestDevice, _ name: String) throws {
        let fused = MultiHeadAttention(8, heads: 2)
        let composed = MultiHeadAttention(8, heads: 2, dropout: 1e-9)
        let arenas = try [fused, composed].map {
            try ParameterArena($0, device: target.device, seed: 2)
        }
        let x = try CheckedInput([2, 5, 8], 1).tensor(on: target.device)
        let flags = try Tensor(
            (0..<25).map { $0 % 3 == 0 ? 0 : 1 }, shape: [5, 5], on: target.device)
        let mask: AttentionMask =
            name == "none" ? .none : name == "causal" ? .causal : .allowed(flags)
        var results: [[Float]] = []
        for (layer, arena) in zip([fused, composed], arenas) {
            let context = ForwardContext.training(seed: 1, pass: 0)
            let y = try layer(x, mask: mask, context)
            try context.backward(from: y.squared().sum())
            results += [try y.values(), try target.device.download(arena.gradients)]
        }
        expectClose(results[2], results[0], .forward, "outputs")
        expectClose(results[3], results[1], .gradient(of: results[1]), "gradients")
    }

    /// A query sees its own step and earlier ones: later steps change nothing.
    @Test(arguments: TestDevices.all)
    func causalAttentionDoesNotLookAhead(_ target: TestDevice) throws {
        let layer = MultiHeadAttention(8, heads: 2)
        _ = try ParameterArena(layer, device: target.device, seed: 2)
        let x = try CheckedInput([2, 5, 8], 1).tensor(on: target.device)
        let start = try x.slice(axis: 1, 0..<3)
        let whole = try layer(x, mask: .causal, .evaluation()).slice(axis: 1, 0..<3)
        expectClose(
            try layer(start, mask: .causal, .evaluation()).values(), try whole.values(), .forward,
            "first steps")
    }

    /// With rotary positions attention depends on distances: moving all steps changes nothing.
    @Test(arguments: TestDevices.all)
    func rotaryAttentionDependsOnDistances(_ target: TestDevice) throws {
        let positions = RotaryPositions(features: 4, maximumSteps: 40)
        let layer = MultiHeadAttention(8, heads: 2, positions: positions)
        let arena = try ParameterArena(layer, device: target.device, seed: 2)
        let names = try arena.namedValues().map(\.name)
        #expect(names == ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"])
        let x = try CheckedInput([2, 5, 8], 1).tensor(on: target.device)
        let here = try layer(x, .evaluation()).values()
        let moved = try layer(x, firstPosition: 31, .evaluation()).values()
        expectClose(moved, here, Tolerance(absolute: 1e-5, relative: 1e-4), "moved")
        let plain = MultiHeadAttention(8, heads: 2)
        let other = try ParameterArena(plain, device: target.device, seed: 2)
        #expect(try other.namedValues().map(\.values) == arena.namedValues().map(\.values))
        #expect(try plain(x, .evaluation()).values() != here)
    }

    /// Attention and recurrent layers in recorded steps, dropout included, equal steps issued anew.
    @Test(arguments: TestDevices.all)
    func recordedStepsEqualStepsIssuedAnew(_ target: TestDevice) throws {
        func train(records: Bool) throws -> [Float] {
            let device = target.device
            let attention = MultiHeadAttention(
                8, heads: 2, dropout: 0.2,
                positions: RotaryPositions(features: 4, maximumSteps: 8))
            let lstm = LSTM(input: 8, hidden: 4, layers: 2, dropout: 0.3, isBidirectional: true)
            let model = Both(attention, lstm)
            let arena = try ParameterArena(model, device: device, seed: 4)
            let optimizer = try Adam(arena, groups: [ParameterGroup(learningRate: 0.01)])
            let x = try CheckedInput([3, 5, 8], 1).tensor(on: device)
            var recording: DeviceRecording?
            func issue(_ pass: Int) throws {
                try arena.zeroGradients()
                let context = ForwardContext.training(seed: 4, pass: pass)
                let y = try lstm(
                    attention(x, mask: .causal, context).transposed(0, 1), context)
                try context.backward(from: y.squared().mean())
            }
            for pass in 0..<4 {
                if let recording, pass == 1 {
                    try recording.verify(pass: pass) { try issue(pass) }
                } else if let recording {
                    try recording.replay(pass: pass)
                } else if records {
                    recording = try device.record(pass: pass) { try issue(pass) }
                } else {
                    try issue(pass)
                }
                try optimizer.step(factor: 1, gradientScale: nil)
            }
            return try device.download(arena.values)
        }
        let anew = try train(records: false)
        #expect(try train(records: true) == anew)
    }

    private final class Both: Module {
        let submodules: [(name: String, module: any Module)]

        init(_ attention: MultiHeadAttention, _ lstm: LSTM) {
            submodules = [("attention", attention), ("lstm", lstm)]
        }
    }

    @Test func wrongShapesAndSettingsOfAttentionAreRefused() throws {
        let device = TestDevices.makePlain()
        let layer = MultiHeadAttention(8, heads: 2)
        _ = try ParameterArena(layer, device: device, seed: 2)
        let x = try CheckedInput([2, 5, 8], 1).tensor(on: device)
        for wrong in [[2, 5, 7], [3, 5, 8], [5, 8]] as [Shape] {
            let keys = try CheckedInput(wrong, 1).tensor(on: device)
            #expect(throws: TensorError.self) { try layer(x, keys: keys, .evaluation()) }
        }
        let keys = try CheckedInput([2, 4, 8], 1).tensor(on: device)
        #expect(throws: TensorError.self) {
            try layer(x, keys: keys, mask: .causal, .evaluation())
        }
        for (problem, model) in [
            ("multiple of 3 heads", MultiHeadAttention(8, heads: 3) as any Module),
            ("heads is 0", MultiHeadAttention(8, heads: 0)),
            ("an even number", RotaryPositions(features: 5, maximumSteps: 3)),
            ("base is 0.0", RotaryPositions(features: 4, maximumSteps: 3, base: 0)),
            ("hidden is -1", LSTM(input: 2, hidden: -1)), ("features is 0", RMSNorm(0)),
            ("outputs is -4", SwiGLU(3, hidden: -4)),
        ] {
            let error = #expect(throws: NetworkError.self) {
                try ParameterArena(model, device: device, seed: 0)
            }
            #expect("\(try #require(error))".contains(problem))
        }
    }

    /// A query that may attend to nothing attends to all alike instead of giving NaN.
    @Test(arguments: TestDevices.all)
    func aQueryWithoutKeysStaysFinite(_ target: TestDevice) throws {
        let layer = MultiHeadAttention(8, heads: 2)
        _ = try ParameterArena(layer, device: target.device, seed: 2)
        let x = try CheckedInput([1, 3, 8], 1).tensor(on: target.device)
        let nothing = try Tensor(repeating: 0, shape: [3, 3], on: target.device)
        let y = try layer(x, mask: .allowed(nothing), .evaluation()).values()
        #expect(!y.contains { !$0.isFinite })
    }
}
