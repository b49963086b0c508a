import Glibc
import TandemDatasets
public import TandemDevices
public import TandemNetworks
public import TandemTraining

/// Prediction of one column of a table from the others.
public struct TabularExperiment: Experiment {
    /// `tabular`.
    public static let recipeName = TabularConfiguration.Recipe.tabular.rawValue

    /// The resolved configuration.
    public let configuration: TabularConfiguration
    /// The prepared table.
    public let data: TabularData
    /// The training recipe.
    public let recipe: TabularRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// The configuration with the paths of the files that were found.
    public static func resolved(_ configuration: TabularConfiguration, data: String?) throws
        -> TabularConfiguration
    {
        var configuration = configuration
        if let data { configuration.data.path = DataLocation.explicit(data) }
        configuration.data.path = try configuration.data.path.map(DataLocation.file(of:))
        configuration.data.splitFile = try configuration.data.splitFile.map(DataLocation.file(of:))
        return configuration
    }

    /// Reads, splits and standardises the table.
    public static func prepare(_ configuration: TabularConfiguration) throws -> TabularData {
        try TabularData(configuration)
    }

    /// Builds the network with its initial values.
    public init(_ configuration: TabularConfiguration, data: TabularData, device: any Device)
        throws
    {
        self.configuration = configuration
        self.data = data
        recipe = try TabularRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// The figures on the test rows with the weights that the network has now; throws when the loss is not finite.
    public func measure() throws -> TabularMetrics {
        let figures = try recipe.measure(data.test)
        guard figures.loss.isFinite else {
            throw TabularError.lossNotFinite(part: "test", value: "\(figures.loss)")
        }
        return figures
    }

    /// The scaler and the parts follow from the data: with other data, test rows would be among those trained on.
    public func requireData(of run: RunDirectory) throws {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        guard state.dataIdentity == recipe.dataIdentity else {
            throw TabularError.otherData(run: run.path, data: data.source)
        }
    }

    /// Exports the network as `model.onnx`.
    public func writeProducts(_ result: RunResult<TabularMetrics>, into run: RunDirectory) throws
        -> [String]
    {
        try TabularExport(self, state: result.state, test: result.test).write(to: run.model)
        return [run.model]
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
}
