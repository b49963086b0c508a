import FoundationEssentials
import TandemBasics
import TandemConfiguration
import TandemDatasets
public import TandemDevices
public import TandemNetworks
public import TandemTraining

/// Questions to answers through a lattice, or a core beside it.
public struct DialogueExperiment: Experiment {
    /// `dialogue-lattice`.
    public static let recipeName = DialogueConfiguration.Recipe.dialogueLattice.rawValue

    /// The resolved configuration.
    public let configuration: DialogueConfiguration
    /// The pairs and their vectors.
    public let data: DialogueData
    /// The training recipe.
    public let recipe: DialogueRecipe
    /// The model's memory.
    public let arena: ParameterArena

    /// The configuration with the path of the folder or file that was found.
    public static func resolved(_ configuration: DialogueConfiguration, data: String?) throws
        -> DialogueConfiguration
    {
        var configuration = configuration
        if let data { configuration.data.path = DataLocation.explicit(data) }
        configuration.data.path = try configuration.data.path.map { path in
            Folder.isFolder(DataLocation.resolve(path))
                ? try DataLocation.folder(of: path) : try DataLocation.file(of: path)
        }
        configuration.data.cache = configuration.data.cache.map(DataLocation.explicit)
        return configuration
    }

    /// Reads, embeds and divides the pairs.
    ///
    /// Throws `DialogueError.nothingHeldOut` when a run could not be measured at its end.
    public static func prepare(_ configuration: DialogueConfiguration) throws -> DialogueData {
        let data = try DialogueData(configuration.data)
        guard !data.reported.isEmpty else { throw DialogueError.nothingHeldOut(path: data.path) }
        return data
    }

    /// Builds the model with its initial values.
    ///
    /// Throws `DialogueError.noValidation` when an epoch is to be chosen and no pair is held out for that.
    public init(
        _ configuration: DialogueConfiguration, data: DialogueData, device: any Device
    ) throws {
        let training = configuration.training
        let watched = [
            training.earlyStopping?.metric,
            training.schedule.kind == .plateau ? training.schedule.metric : nil,
        ]
        if data.split.validation.isEmpty, watched.contains(where: { $0 != nil && $0 != "loss" }) {
            throw DialogueError.noValidation(path: data.path)
        }
        let problems = DialogueModel.problems(features: data.dimension, configuration.model)
        guard problems.isEmpty else { throw NetworkError.impossibleModel(problems) }
        guard !data.split.training.isEmpty else {
            throw DialogueError.noTraining(path: data.path)
        }
        self.configuration = configuration
        self.data = data
        recipe = try DialogueRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
        try recipe.dialogue.initialize()
    }

    /// Ends runs that do not learn.
    public var policies: [any TrainingPolicy] { [MovementGuard(), DialogueFlatGuard()] }

    /// The figures on the test pairs, without a test part on the validation pairs, beside those of the baselines.
    public func measure() throws -> DialogueEvaluationReport { try report(of: nil) }

    /// The same with facts about a run, also written to `evaluation.json` in its directory.
    public func measure(in run: RunDirectory) throws -> DialogueEvaluationReport {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        let split = data.split
        let facts = DialogueTestedRun(
            part: split.test.isEmpty ? "validation" : "test", trainingCount: split.training.count,
            validationCount: split.validation.count, testCount: split.test.count,
            teacher: data.teacher, core: configuration.model.preset.rawValue,
            checkpoint: try run.weightsForUse(), bestEpoch: state.chosenEpoch,
            selectionMetric: configuration.training.earlyStopping?.metric,
            parameters: arena.parameterCount,
            seconds: state.history.reduce(0) { $0 + $1.trainingSeconds + $1.evaluationSeconds },
            device: arena.device.name, seed: configuration.seed)
        let report = try report(of: facts)
        try report.write(to: run.path + "/evaluation.json")
        return report
    }

    /// Other pairs would be measured than were held out.
    public func requireData(of run: RunDirectory) throws {
        let state = try Checkpoint.loadState(from: run.lastCheckpoint)
        guard state.dataIdentity == recipe.dataIdentity else {
            throw DialogueError.otherData(run: run.path)
        }
    }

    /// Writes what the pairs are like as `dataset.json` and the model as `model.onnx`, and names the evaluation, which
    /// `measure(in:)` has written.
    public func writeProducts(
        _ result: RunResult<DialogueEvaluationReport>, into run: RunDirectory
    ) throws -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let dataset = run.path + "/dataset.json"
        try AtomicFile.write(
            String(decoding: try encoder.encode(data.statistics), as: UTF8.self) + "\n",
            to: dataset)
        try exportModel(to: run.model)
        return [run.path + "/evaluation.json", dataset, run.model]
    }

    private func report(of run: DialogueTestedRun?) throws -> DialogueEvaluationReport {
        let rows = data.reported
        func vectors(_ rows: [Int32]) throws -> DialogueVectors {
            try DialogueVectors(
                questions: data.questions(rows), answers: data.answers(rows),
                dimension: data.dimension)
        }
        let (pairs, split) = (rows.map { data.pairs[Int($0)] }, data.split)
        let hasTexts = pairs.allSatisfy { !$0.answer.isEmpty }
        return try DialogueEvaluationReport(
            predictions: try recipe.predict(rows), evaluated: try vectors(rows),
            baselines: DialogueBaselines(
                training: try vectors(split.training),
                validation: split.validation.isEmpty ? nil : try vectors(split.validation)),
            sources: pairs.map(\.source), categories: pairs.map(\.category),
            texts: hasTexts ? pairs.map(\.answer) : [], seed: configuration.seed, run: run)
    }
}

/// What is shown to people.
extension DialogueExperiment {
    /// Cosine and retrieval on the validation pairs.
    public static var progress: ProgressStyle {
        ProgressStyle(
            metrics: ["cosine", "hit@1", "hit@5", "mrr", "cosineGain", "mrrGain"],
            format: { NumberText.fixed($0, 4) }, showsBar: false)
    }

    /// The table of test figures and what they prove.
    public static func describe(_ figures: DialogueEvaluationReport) -> [String] { figures.lines }

    /// Device, data, split, model and loss.
    public var summary: [String] {
        let split = data.split
        return [
            "device    \(arena.device.identifier): \(arena.device.name)",
            "data      \(data.path): \(NumberText.grouped(data.pairs.count)) pairs",
            "vectors   \(data.dimension) coordinates, \(data.teacher)",
            "split     training \(NumberText.grouped(split.training.count)), validation "
                + "\(NumberText.grouped(split.validation.count)), test "
                + NumberText.grouped(split.test.count),
        ] + (data.statistics.filterLine.map { [$0] } ?? []) + [
            "model     \(configuration.model.summary), "
                + "\(NumberText.grouped(arena.parameterCount)) parameters",
            "loss      "
                + recipe.lossTerms.map { "\(NumberText.short(Double($0.weight))) \($0.name)" }
                .joined(separator: " + "),
        ]
    }
}

extension DialogueExperiment: SweptExperiment {
    /// One less the mean reciprocal rank of the validation pairs.
    public static func validationLoss(_ record: EpochRecord) -> Double {
        1 - (record.metrics["mrr"] ?? .nan)
    }

    /// One less the mean reciprocal rank of the test pairs.
    public static func testLoss(_ figures: DialogueEvaluationReport) -> Double {
        1 - figures.model.meanReciprocalRank
    }

    /// The model's figures beside copying the question.
    public static func figures(of figures: DialogueEvaluationReport) -> [Metric] {
        let copy = figures.baselines.copy
        return figures.model.metrics + [
            Metric("copy cosine", copy.meanCosine), Metric("copy mrr", copy.meanReciprocalRank),
        ]
    }

    /// The core's values, loss, training, how training varies the pairs, and seed: what reading them does not depend on.
    public static var changeableInSweep: [[String]] {
        // A preset stands for values that the resolved base has already.
        [["loss"], ["training"], ["seed"]]
            + [
                "cells", "cellWidth", "channels", "hidden", "steps", "placement", "perStep", "rule",
                "activation", "boundary", "neighbourhood", "stepSize", "absorption",
                "updateProbability", "members",
            ].map { ["model", $0] }
            + ["noise", "leading", "mixing", "balancedSources", "curriculumEpochs"].map {
                ["data", $0]
            }
    }

    /// The pairs and their parts.
    public static func facts(_ data: DialogueData) -> SweepDataFacts {
        let split = [data.split.training.count, data.split.validation.count, data.split.test.count]
        return SweepDataFacts(
            path: data.path, hash: data.hash, splitHash: data.splitHash, count: data.pairs.count,
            split: split,
            summary: "\(data.path): \(NumberText.grouped(data.pairs.count)) pairs; training "
                + "\(split[0]), validation \(split[1]), test \(split[2])")
    }
}
