public import TandemDevices
import Glibc
public import TandemNetworks
public import TandemTraining

/// One experiment with a table put together: prepared data, recipe and model memory on one device.
public struct TabularExperiment {
    /// The resolved configuration.
    public let configuration: TabularConfiguration
    /// The prepared table.
    public let data: TabularData
    /// The training recipe.
    public let recipe: TabularRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// Builds the network with its initial values over data that is already prepared.
    public init(_ configuration: TabularConfiguration, data: TabularData, device: any Device)
        throws
    {
        self.configuration = configuration
        self.data = data
        recipe = try TabularRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// A trainer for this experiment; without a run directory nothing is kept but the best weights, in memory.
    public func makeTrainer(
        run: RunDirectory?, callbacks: [any TrainingCallback] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws -> Trainer<TabularRecipe> {
        try Trainer(
            recipe, arena: arena, configuration: configuration.training, seed: configuration.seed,
            run: run, callbacks: callbacks, isInterrupted: isInterrupted)
    }

    /// Predictions `[count]` for standardised features `[count, F]`, in the label's own unit; probabilities for a
    /// classification.
    public func predictions(_ features: [Float], count: Int) throws -> [Float] {
        try recipe.outputs(features, count: count).map { output in
            switch data.output {
            case .identity(let scale, let offset): output * scale + offset
            case .sigmoid where configuration.task == .classification: 1 / (1 + exp(-output))
            case .sigmoid: output
            }
        }
    }

    /// The figures on the test rows with the weights that the network has now; throws when the loss is not finite.
    public func testFigures() throws -> TabularMetrics {
        let figures = try recipe.measure(data.test)
        guard figures.loss.isFinite else {
            throw TabularError.lossNotFinite(part: "test", value: "\(figures.loss)")
        }
        return figures
    }
}
