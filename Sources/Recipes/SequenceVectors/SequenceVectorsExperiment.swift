import TandemBasics
import TandemConfiguration
import TandemDatasets
public import TandemDevices
public import TandemNetworks
import TandemTensors
public import TandemTraining

import Glibc

/// Next-vector prediction over chains of vectors.
public struct SequenceVectorsExperiment: Experiment {
    /// `sequence-vectors`.
    public static let recipeName = SequenceVectorsConfiguration.Recipe.sequenceVectors.rawValue

    /// The resolved configuration.
    public let configuration: SequenceVectorsConfiguration
    /// The windows.
    public let data: SequenceVectorsData
    /// The training recipe.
    public let recipe: SequenceVectorsRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// The configuration with the path of the folder that was found.
    public static func resolved(_ configuration: SequenceVectorsConfiguration, data: String?) throws
        -> SequenceVectorsConfiguration
    {
        var configuration = configuration
        configuration.data.path = try DataLocation.folder(
            of: data.map(DataLocation.explicit) ?? configuration.data.path)
        return configuration
    }

    /// Reads the folder, cuts the windows and verifies the split.
    public static func prepare(_ configuration: SequenceVectorsConfiguration) throws
        -> SequenceVectorsData
    {
        try SequenceVectorsData(path: configuration.data.path, configuration.data)
    }

    /// Builds the model with its initial values.
    public init(
        _ configuration: SequenceVectorsConfiguration, data: SequenceVectorsData,
        device: any Device
    ) throws {
        self.configuration = configuration.sparingFromDecay
        self.data = data
        recipe = try SequenceVectorsRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// What watches over a memory.
    public var policies: [any TrainingPolicy] {
        [MemoryMonitor { [recipe, data] in try recipe.memoryStatistics(data.validation) }]
    }

    /// The model's figures on the test documents beside those of the predictions without a network.
    public func measure() throws -> [RetrievalRow] {
        try measurement.rows { try recipe.predictor($0, .evaluation()) }
    }

    /// The same figures; all that was measured is written to `evaluation.json` in the run.
    public func measure(in run: RunDirectory) throws -> [RetrievalRow] {
        let (rows, evaluation) = try measurement.evaluation {
            try recipe.predictor($0, .evaluation())
        }
        try evaluation.write(to: run.path + "/evaluation.json")
        return rows
    }

    private var measurement: SequenceMeasurement {
        SequenceMeasurement(table: recipe.table, data: data)
    }
}

/// What is shown to people.
extension SequenceVectorsExperiment {
    /// Hit rates, and a bar for each epoch.
    public static var progress: ProgressStyle {
        ProgressStyle(metrics: ["hit@1", "hit@5", "hit@10"], format: NumberText.percent)
    }

    /// The table of test figures and what they were measured on.
    public static func describe(_ figures: [RetrievalRow]) -> [String] {
        let table = RetrievalTable(rows: figures)
        let list = figures.first.map {
            GoNoGo(model: $0, baselines: Array(figures.dropFirst())).text
        }
        return table.table.lines + table.notes + (list.map { [""] + $0 } ?? [])
    }

    /// Device, data, split, model and loss.
    public var summary: [String] {
        let vectors = data.chains.vectors
        return [
            "device    \(arena.device.identifier): \(arena.device.name)",
            "data      \(configuration.data.path): \(data.chains.documents.count) documents, "
                + "\(NumberText.grouped(vectors.count)) vectors of \(vectors.dimension), "
                + "\(NumberText.grouped(data.training.count)) training windows of "
                + "\(configuration.data.contextLength)",
            "split     "
                + data.splitReport.description.split(separator: "\n")
                .joined(separator: "\n          "),
            "model     \(configuration.model.kind.rawValue), "
                + "\(NumberText.grouped(arena.parameterCount)) parameters, "
                + "\(configuration.prediction.kind.rawValue) prediction",
            "loss      " + recipe.lossTerms.map(describe).joined(separator: " + "),
        ] + lossNotes
    }

    /// A term with its weight; InfoNCE with the value that guessing gives.
    private func describe(_ term: LossTerm) -> String {
        let text = term.weight == 1 ? term.name : "\(term.weight) \(term.name)"
        guard term.name == "infoNCE" else { return text }
        let (loss, training) = (configuration.loss, configuration.training)
        let batch = min(training.batchSize, data.training.count)
        let guess =
            log(Double(batch + loss.extraNegatives)) + (loss.symmetric ? log(Double(batch)) : 0)
        return "\(text) (guessing among \(batch + loss.extraNegatives) gives "
            + "\(NumberText.fixed(guess, 2)))"
    }

    /// What is to be known of the loss besides.
    private var lossNotes: [String] {
        switch configuration.loss.space {
        case .vector: []
        case .delta:
            [
                "warning   the loss compares steps with differences: it falls for a network that points "
                    + "away from the last vector and finds nothing; see loss.space"
            ]
        }
    }
}
