import TandemDevices
import TandemNetworks
import TandemRecipes
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

/// One epoch of 219 steps on the shared data beside the figures of another implementation, on the CPU and on OpenCL.
@Suite(.serialized) struct CallingScoreParityTests {
    private static func configuration() -> TabularConfiguration {
        var configuration = TabularConfiguration()
        configuration.data.path = ParityReference.folder + "/training.json"
        configuration.data.splitFile = ParityReference.folder + "/split.json"
        configuration.model.dropout = 0
        return configuration
    }

    private static func isClose(_ found: Double, _ expected: Double, _ relative: Double) -> Bool {
        (found - expected).magnitude <= relative * expected.magnitude
    }

    @Test(
        .enabled(if: ParityReference.isPresent, "no data set at \(ParityReference.folder)"),
        arguments: TestDevices.all.filter { $0.device.identifier != "plain" })
    func epoch(_ tested: TestDevice) throws {
        let reference = try ParityReference.read()
        let data = try TabularData(Self.configuration())
        #expect(mismatch(data.scaler.mean, reference.scaler.mean, .forward) == nil)
        #expect(mismatch(data.scaler.scale, reference.scaler.scale, .forward) == nil)
        let experiment = try TabularExperiment(
            Self.configuration(), data: data, device: tested.device)
        try experiment.arena.load(
            reference.initialWeights.mapValues { ($0.shape, $0.values) })
        #expect(Array(data.test.targets.prefix(10)) == reference.labels)
        try checkPredictions(experiment, reference.initialPredictions, "initial")
        let recipe = experiment.recipe
        let optimizer = try experiment.configuration.training.optimizer.makeOptimizer(
            experiment.arena)
        for step in 0..<219 {
            let rows = ArraySlice(
                (32 * step..<min(32 * step + 32, 7000)).map(Int32.init))
            _ = try recipe.stage(rows)
            let context = ForwardContext.training(seed: 0, pass: step)
            let loss = try recipe.loss(rows, context).values[0]
            try context.backward(from: loss)
            let value = Double(try loss.item())
            #expect(
                Self.isClose(value, reference.losses[step], 1e-5),
                "step \(step): \(value), expected \(reference.losses[step])")
            if step == 0 { try checkGradients(experiment, reference) }
            try optimizer.step(factor: 1, gradientScale: nil)
            try experiment.arena.zeroGradients()
            if let checkpoint = reference.checkpoints["\(step + 1)"] {
                try checkPredictions(experiment, checkpoint.predictions, "step \(step + 1)")
                try checkNorms(experiment, checkpoint.weightNorms)
            }
        }
        let validation = try recipe.measure(data.validation).loss
        #expect(Self.isClose(validation, reference.validationLoss, 1e-5))
        let test = try experiment.measure().loss
        #expect(Self.isClose(test, reference.testLoss, 1e-5))
    }

    private func checkPredictions(
        _ experiment: TabularExperiment, _ expected: [Float], _ when: String
    ) throws {
        let found = try experiment.predictions(
            Array(experiment.data.test.features.prefix(10 * 39)), count: 10)
        #expect(
            mismatch(found, expected, Tolerance(absolute: 0, relative: 1e-5)) == nil, "\(when)")
    }

    private func checkGradients(_ experiment: TabularExperiment, _ reference: ParityReference)
        throws
    {
        for entry in experiment.arena.entries {
            let expected = try #require(reference.gradients[entry.name])
            let values = try entry.parameter.gradient.values().map(Double.init)
            let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(Self.isClose(norm, expected.l2, 1e-5), "\(entry.name)")
            // The terms of a sum cancel; what may be lost is a part of their sizes.
            let sizes = values.reduce(0) { $0 + $1.magnitude }
            let difference = (values.reduce(0, +) - expected.sum).magnitude
            #expect(difference <= 1e-5 * sizes, "\(entry.name): off by \(difference)")
        }
    }

    private func checkNorms(_ experiment: TabularExperiment, _ expected: [String: Double]) throws {
        for entry in try experiment.arena.namedValues() {
            let norm = entry.values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
            #expect(Self.isClose(norm, try #require(expected[entry.name]), 1e-5), "\(entry.name)")
        }
    }
}
