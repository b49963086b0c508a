import TandemBasics
import TandemDatasets
import TandemDevices
import Glibc
import TandemNetworks
import TandemRecipes
import TandemTraining

/// Next-vector prediction for the commands.
struct SequenceVectorsSystem: TrainingSystem {
    let configuration: SequenceVectorsConfiguration
    let device: any Device
    private let experiment: SequenceVectorsExperiment

    static let progressStyle = ProgressStyle(
        metrics: ["hit@1", "hit@5", "hit@10"], format: NumberText.percent, epochsPerLine: 1,
        showsBar: true)

    init(_ configuration: SequenceVectorsConfiguration, _ options: SystemOptions) throws {
        var configuration = configuration
        if let data = options.data { configuration.data.path = SystemOptions.explicit(data) }
        device = try options.openDevice()
        configuration.data.path = try DataLocation.folder(of: configuration.data.path)
        experiment = try SequenceVectorsExperiment(
            configuration, dataPath: configuration.data.path, device: device)
        self.configuration = configuration
    }

    var arena: ParameterArena { experiment.arena }

    func makeTrainer(run: RunDirectory, callbacks: [any TrainingCallback]) throws
        -> Trainer<SequenceVectorsRecipe>
    {
        try experiment.makeTrainer(run: run, callbacks: callbacks)
    }

    func testFigures() throws -> [RetrievalRow] {
        try experiment.testTable()
    }

    static func show(_ figures: [RetrievalRow], on console: Console) {
        let table = RetrievalTable(rows: figures)
        console.print(table.table)
        console.print(table.note)
    }

    var description: [String] {
        let data = experiment.data
        let vectors = data.chains.vectors
        return [
            "device    \(device.identifier): \(device.name)",
            "data      \(configuration.data.path): \(data.chains.documents.count) documents, "
                + "\(NumberText.grouped(vectors.count)) vectors of \(vectors.dimension), "
                + "\(NumberText.grouped(data.training.count)) training windows of "
                + "\(configuration.data.contextLength)",
            "split     "
                + data.splitReport.description.split(separator: "\n")
                .joined(separator: "\n          "),
            "model     \(configuration.model.kind.rawValue), "
                + "\(NumberText.grouped(experiment.arena.parameterCount)) parameters, "
                + "\(configuration.prediction.kind.rawValue) prediction",
            "loss      " + experiment.recipe.lossTerms.map(describe).joined(separator: " + "),
        ]
    }

    /// A term with its weight; InfoNCE with the value that guessing gives.
    private func describe(_ term: LossTerm) -> String {
        let text = term.weight == 1 ? term.name : "\(term.weight) \(term.name)"
        guard term.name == "infoNCE" else { return text }
        let batch = min(configuration.training.batchSize, experiment.data.training.count)
        return "\(text) (guessing among \(batch) gives \(NumberText.fixed(log(Double(batch)), 2)))"
    }
}
