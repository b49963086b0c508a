import Datasets
import Devices
import Glibc
import Networks
import Recipes
import Training

/// What `train`, `evaluate` and `predict` share: the device, the experiment and its data.
struct Session {
    let configuration: SequenceVectorsConfiguration
    let experiment: SequenceVectorsExperiment
    let device: any Device

    /// Opens the device, reads the data and builds the model.
    ///
    /// The session's own configuration names the data by its path from the root.
    init(
        _ configuration: SequenceVectorsConfiguration, device text: String?, threads: Int?,
        dataFolder: String?
    ) throws {
        var configuration = configuration
        if let dataFolder { configuration.data.path = Self.explicit(dataFolder) }
        device = try DeviceCatalog.open(try DeviceSelection(text ?? "auto"), threads: threads)
        configuration.data.path = try DataLocation.folder(of: configuration.data.path)
        experiment = try SequenceVectorsExperiment(
            configuration, dataPath: configuration.data.path, device: device)
        self.configuration = configuration
    }

    /// Opens the experiment of a finished or interrupted run with its best weights.
    init(run: RunDirectory, device: String?, threads: Int?, dataFolder: String?) throws {
        try self.init(
            try SequenceVectorsConfiguration.read(run.configuration), device: device,
            threads: threads, dataFolder: dataFolder)
        try Checkpoint.loadWeights(from: run.weightsForUse(), into: experiment.arena)
    }

    /// A folder given on the command line is taken as it stands, not looked up under `$TANDEM_DATA`.
    private static func explicit(_ folder: String) -> String {
        folder.hasPrefix("/") || folder.hasPrefix(".") ? folder : "./" + folder
    }

    /// What is being used, one line per subject.
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
