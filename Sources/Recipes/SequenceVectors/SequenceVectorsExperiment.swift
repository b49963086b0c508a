public import TandemDevices
public import TandemNetworks
public import TandemTraining
import TandemDatasets

/// Everything of one experiment put together: data, recipe and model memory on one device.
public struct SequenceVectorsExperiment {
    /// The resolved configuration.
    public let configuration: SequenceVectorsConfiguration
    /// The windows.
    public let data: SequenceVectorsData
    /// The training recipe.
    public let recipe: SequenceVectorsRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// Reads the data in `dataPath` and builds the model with its initial values.
    public init(
        _ configuration: SequenceVectorsConfiguration, dataPath: String, device: any Device
    ) throws {
        self.configuration = configuration
        data = try SequenceVectorsData(path: dataPath, configuration.data, device: device)
        recipe = try SequenceVectorsRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// A trainer for this experiment.
    public func makeTrainer(run: RunDirectory?, callbacks: [any TrainingCallback]) throws
        -> Trainer<SequenceVectorsRecipe>
    {
        try Trainer(
            recipe, arena: arena, configuration: configuration.training, seed: configuration.seed,
            run: run, callbacks: callbacks)
    }

    /// The model's figures on the test documents beside those of the untrained averages.
    public func testTable() throws -> [RetrievalRow] {
        var rows = [
            RetrievalRow(
                name: "model", dense: try recipe.report(on: data.test, isFiltered: true),
                sparse: try recipe.report(on: data.sparseTest, isFiltered: false))
        ]
        let dense = RetrievalEvaluation(table: data.table, windows: data.test, isFiltered: true)
        let sparse = RetrievalEvaluation(
            table: data.table, windows: data.sparseTest, isFiltered: false)
        for baseline in ContextAverage.baselines {
            rows.append(
                RetrievalRow(
                    name: baseline.name, dense: try dense.report(baseline.predict),
                    sparse: try sparse.report(baseline.predict)))
        }
        return rows
    }
}

/// One line of the table of test figures.
public struct RetrievalRow: Sendable, Equatable, Codable {
    /// The model or the untrained average.
    public let name: String
    /// All windows of the test documents, candidates of the query's own context left out.
    public let dense: RetrievalReport
    /// Windows at stride C / 2, nothing left out.
    public let sparse: RetrievalReport
}
