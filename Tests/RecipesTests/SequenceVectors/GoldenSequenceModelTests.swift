import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The networks against PyTorch: raw output, prediction, loss, every gradient, and three steps of AdamW.
@Suite(.exclusiveDevices) struct GoldenSequenceModelTests {
    /// A golden file and the model that it was made with.
    struct Case: Sendable, CustomStringConvertible {
        let name: String
        let model: SequenceModelConfiguration
        var prediction = PredictionConfiguration()
        var steps = 3
        var description: String { name }

        init(
            _ name: String, _ kind: SequenceModelConfiguration.Kind,
            prediction: PredictionConfiguration.Kind = .delta, steps: Int = 3,
            _ change: (inout SequenceModelConfiguration) -> Void = { _ in }
        ) {
            var model = SequenceModelConfiguration(kind)
            (model.hidden, model.layers, model.dropout, model.slots) = (5, 2, 0, 7)
            change(&model)
            self.name = name
            self.model = model
            self.prediction.kind = prediction
            self.steps = steps
        }

        static let all: [Case] = {
            var original = Case("memory-gru-original", .memoryGRU) { $0.memory = .original }
            original.prediction.normalizedStep = true
            return [
                Case("memory-gru", .memoryGRU), original,
                Case("hierarchical-gru", .hierarchicalGRU),
                Case("context-lstm", .lstm, steps: 0),
                Case("context-transformer", .transformer, steps: 0) {
                    ($0.hidden, $0.heads) = (8, 2)
                },
                Case("attention-mixture", .attentionMixture, prediction: .direct, steps: 0) {
                    ($0.hidden, $0.keyFeatures) = (8, 5)
                },
            ]
        }()
    }

    /// A model with golden weights, and the golden batch.
    private struct Subject {
        let model: NextVectorModel
        let arena: ParameterArena
        let context: Tensor
        let target: Tensor
        let classes: IndexTensor

        init(_ subject: Case, _ golden: Golden, on device: any Device) throws {
            let shape = try golden.shape("context")
            model = NextVectorModel(
                features: shape[at: 2], contextLength: shape[at: 1], model: subject.model,
                prediction: subject.prediction)
            arena = try ParameterArena(model, device: device, seed: 1)
            try arena.load(try golden.arrays(prefix: "parameter."))
            context = try golden.tensor("context", on: device).transposed(0, 1)
            target = try golden.tensor("target", on: device)
            classes = try IndexTensor(upTo: shape[at: 0], on: device)
        }

        func loss(_ pass: ForwardContext) throws -> Tensor {
            try Loss.infoNCE(
                predictions: model(context, pass), targets: target, temperature: 0.07,
                classes: classes)
        }
    }

    @Test(arguments: TestDevices.all, Case.all)
    func outputsAndGradients(_ target: TestDevice, _ subject: Case) throws {
        let golden = try Golden(subject.name)
        let it = try Subject(subject, golden, on: target.device)
        let prediction = try it.model(it.context, .evaluation()).values()
        #expect(mismatch(prediction, try golden.values("prediction"), .forward) == nil)

        let pass = ForwardContext.training(seed: 0, pass: 0)
        let loss = try it.loss(pass)
        try pass.backward(from: loss)
        #expect(mismatch(try loss.values(), try golden.values("loss"), .forward) == nil)
        let expected = try golden.arrays(prefix: "gradient.")
        let reached = it.arena.entries.filter { !$0.name.hasPrefix("memory.write_gate") }
        #expect(Set(reached.map(\.name)) == Set(expected.keys))
        for entry in it.arena.entries {
            let found = try entry.parameter.gradient.values()
            guard let gradient = expected[entry.name]?.values else {
                #expect(found.allSatisfy { $0 == 0 }, "\(entry.name)")
                continue
            }
            // A softmax does not see what all its inputs have in common: such gradients are rounding errors.
            let largest = max(gradient.map(\.magnitude).max() ?? 0, 1e-3)
            let tolerance = Tolerance(absolute: 1e-4 * largest, relative: 0)
            let difference = mismatch(found, gradient, tolerance)
            #expect(difference == nil, "\(entry.name)")
        }
    }

    @Test(arguments: TestDevices.all, Case.all.filter { $0.steps > 0 })
    func threeSteps(_ target: TestDevice, _ subject: Case) throws {
        let golden = try Golden(subject.name)
        let it = try Subject(subject, golden, on: target.device)
        var settings = OptimizerConfiguration()
        settings.learningRate = 5e-3
        settings.undecayed = subject.model.undecayed
        settings.leavesUnreachedAlone = true
        let optimizer = try settings.makeOptimizer(it.arena)
        var (losses, writes): ([Float], [Float]) = ([], [])
        for step in 0..<subject.steps {
            try it.arena.zeroGradients()
            let pass = ForwardContext.training(seed: 0, pass: step)
            let loss = try it.loss(pass)
            losses.append(try loss.item())
            try pass.backward(from: loss)
            for entry in it.arena.bufferEntries where entry.buffer.isStored {
                writes += try entry.buffer.value.values()
            }
            try optimizer.step(factor: 1, gradientScale: nil)
        }
        #expect(mismatch(losses, try golden.values("losses"), .forward) == nil)
        if subject.model.memory == .original {
            #expect(mismatch(writes, try golden.values("writes"), .forward) == nil)
            #expect(Set(writes).count > 7)
        }
        let trained = try golden.arrays(prefix: "trained.")
        for (name, _, values) in try it.arena.namedValues() {
            let expected = try #require(trained[name]).values
            #expect(mismatch(values, expected, .forward) == nil, "\(name)")
        }
    }

    @Test func evaluationNeverWrites() throws {
        let subject = Case.all[1]
        let golden = try Golden(subject.name)
        let it = try Subject(subject, golden, on: TestDevices.makePlain())
        let before = try it.arena.namedValues().map(\.values)
        _ = try it.model(it.context, .evaluation()).values()
        let pass = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
        try pass.backward(from: it.loss(pass))
        // A pass that is never propagated back writes nothing either.
        _ = try it.loss(.training(seed: 0, pass: 0)).values()
        #expect(try it.arena.namedValues().map(\.values) == before)
    }
}
