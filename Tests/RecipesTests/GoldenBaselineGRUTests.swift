import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The anchored network as a whole against PyTorch: prediction, loss with masked negatives, all gradients, and ten steps
/// of AdamW with clipping.
@Suite(.exclusiveDevices) struct GoldenBaselineGRUTests {
    private let golden: Golden
    private let configuration: SequenceVectorsConfiguration

    init() throws {
        golden = try Golden("baseline-gru")
        var configuration = SequenceVectorsConfiguration()
        configuration.data.contextLength = 5
        configuration.model.hidden = 8
        configuration.model.layers = 2
        configuration.model.dropout = 0
        configuration.training.batchSize = 7
        configuration.training.optimizer.learningRate = 5e-3
        self.configuration = configuration
    }

    /// Calls `body` with the golden weights in an experiment whose first document is the golden chain, and the golden batch.
    private func withExperiment(
        on device: any Device,
        _ body: (SequenceVectorsExperiment, WindowBatch) throws -> Void
    ) throws {
        let other = ChainFolder.randomWalk(16, dimension: 12, identifier: 1)
        try ChainFolder.with(
            try golden.values("vectors") + other, dimension: 12, lengths: [24, 8, 8],
            parts: [.training, .validation, .test]
        ) { folder in
            let experiment = try configuration.experiment(folder, on: device)
            try experiment.arena.load(try golden.arrays(prefix: "parameter."))
            let builder = try WindowBatchBuilder(
                vectors: experiment.data.chains.vectors, windows: experiment.data.training)
            let starts: [Int32] = try golden.file.arrays.array(named: "starts").elements()
            let batch = try builder.makeBatch(capacity: starts.count)
            try builder.fill(batch, with: starts[...])
            try body(experiment, batch)
        }
    }

    private func expect(
        _ found: [Float], _ expected: [Float], _ tolerance: Tolerance, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let difference = mismatch(found, expected, tolerance)
        #expect(difference == nil, "\(what)", sourceLocation: sourceLocation)
    }

    @Test(arguments: TestDevices.all)
    func prediction(_ target: TestDevice) throws {
        try withExperiment(on: target.device) { experiment, _ in
            let context = try golden.tensor("context", on: target.device).transposed(0, 1)
            let found = try experiment.recipe.predictor(context, .evaluation()).values()
            expect(found, try golden.values("prediction"), .forward, "prediction")
        }
    }

    @Test(arguments: TestDevices.all)
    func lossAndGradients(_ target: TestDevice) throws {
        try withExperiment(on: target.device) { experiment, batch in
            #expect(OwnContextMask.values(of: batch) == (try golden.values("mask")))
            let context = ForwardContext.training(seed: 0, pass: 0)
            let loss = try #require(try experiment.recipe.loss(batch, context).values.first)
            try context.backward(from: loss)
            expect(try loss.values(), try golden.values("loss"), .forward, "loss")
            let expected = try golden.arrays(prefix: "gradient.")
            #expect(Set(experiment.arena.entries.map(\.name)) == Set(expected.keys))
            for entry in experiment.arena.entries {
                let gradient = try #require(expected[entry.name]).values
                let tolerance = Tolerance(
                    absolute: 1e-4 * (gradient.map(\.magnitude).max() ?? 0), relative: 0)
                expect(try entry.parameter.gradient.values(), gradient, tolerance, entry.name)
            }
        }
    }

    @Test(arguments: TestDevices.all)
    func tenSteps(_ target: TestDevice) throws {
        try withExperiment(on: target.device) { experiment, batch in
            let arena = experiment.arena
            let optimizer = try configuration.training.optimizer.makeOptimizer(arena)
            let clipping = try GradientClipping(arena, maximumNorm: 1)
            var losses: [Float] = []
            var norms: [Float] = []
            for step in 0..<10 {
                let context = ForwardContext.training(seed: 0, pass: step)
                let loss = try #require(try experiment.recipe.loss(batch, context).values.first)
                try context.backward(from: loss)
                losses.append(try loss.item())
                let scale = try clipping.scale()
                norms.append(try clipping.norm())
                try optimizer.step(factor: 1, gradientScale: scale)
                try arena.zeroGradients()
            }
            expect(losses, try golden.values("losses"), .forward, "losses")
            expect(norms, try golden.values("gradient_norms"), .forward, "gradient norms")
            #expect(norms.contains { $0 > 1 }, "clipping had nothing to do")
            let trained = try golden.arrays(prefix: "trained.")
            for (name, _, values) in try arena.namedValues() {
                expect(values, try #require(trained[name]).values, .forward, name)
            }
        }
    }
}
