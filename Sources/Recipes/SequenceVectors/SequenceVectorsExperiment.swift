import TandemBasics
import TandemConfiguration
public import TandemDatasets
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
        self.configuration = configuration
        self.data = data
        recipe = try SequenceVectorsRecipe(configuration, data: data, device: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    /// The model's figures on the test documents beside those of the untrained averages.
    public func measure() throws -> [RetrievalRow] {
        var rows = [
            RetrievalRow(
                name: "model", dense: try recipe.report(on: data.test, isFiltered: true),
                sparse: try recipe.report(on: data.sparseTest, isFiltered: false))
        ]
        let dense = RetrievalEvaluation(
            table: recipe.table, windows: data.test, isFiltered: true)
        let sparse = RetrievalEvaluation(
            table: recipe.table, windows: data.sparseTest, isFiltered: false)
        for baseline in ContextAverage.baselines {
            rows.append(
                RetrievalRow(
                    name: baseline.name, dense: try dense.report(baseline.predict),
                    sparse: try sparse.report(baseline.predict)))
        }
        return rows
    }

    /// Arrays in, arrays out: contexts `[n, C, d]` or `[C, d]` as `.npy`.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        guard case .run(let run) = request.model, let output = request.output else {
            throw SequenceVectorsError.noPredictionFile
        }
        let predictor = try NextVectorPredictor(
            try SequenceVectorsConfiguration.read(run.configuration),
            weights: try run.weightsForUse(), device: try request.options.openDevice())
        let predictions = try predictor.predict(try NPYFile.read(request.input))
        try NPYFile.write(predictions, to: output)
        return PredictionResult(
            count: predictions.shape[0], text: "\(output): \(predictions.shape[0]) predictions")
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
        return table.table.lines + [table.note]
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
        ]
    }

    /// A term with its weight; InfoNCE with the value that guessing gives.
    private func describe(_ term: LossTerm) -> String {
        let text = term.weight == 1 ? term.name : "\(term.weight) \(term.name)"
        guard term.name == "infoNCE" else { return text }
        let batch = min(configuration.training.batchSize, data.training.count)
        return "\(text) (guessing among \(batch) gives \(NumberText.fixed(log(Double(batch)), 2)))"
    }
}

extension SequenceVectorsExperiment: SweptExperiment {
    /// The share of validation windows whose true vector is not among the first five.
    public static func validationLoss(_ record: EpochRecord) -> Double {
        1 - (record.metrics["hit@5"] ?? .nan)
    }

    /// The share of test windows, candidates of the own context left out, whose true vector is not among the first five.
    public static func testLoss(_ figures: [RetrievalRow]) -> Double {
        1 - (figures.first { $0.name == "model" }?.dense.hits[5] ?? .nan)
    }

    /// Network, prediction, loss, training and seed: what cutting the windows does not depend on.
    public static var changeableInSweep: [[String]] {
        [["model"], ["prediction"], ["loss"], ["training"], ["seed"]]
    }

    /// The folder, and the numbers of windows.
    public static func facts(_ data: SequenceVectorsData) -> SweepDataFacts {
        let split = [data.training.count, data.validation.count, data.test.count]
        return SweepDataFacts(
            path: data.path, hash: data.identity, splitHash: data.identity,
            count: data.chains.vectors.count, split: split,
            summary: "\(data.path): \(NumberText.grouped(data.chains.vectors.count)) vectors; "
                + "windows to train on \(NumberText.grouped(split[0])), to choose by "
                + "\(NumberText.grouped(split[1])), to report \(NumberText.grouped(split[2]))")
    }
}

/// Applies a trained next-vector model to contexts from anywhere, without its training data.
public struct NextVectorPredictor {
    private let model: NextVectorModel
    private let contextLength: Int
    private let features: Int
    private let device: any Device
    private let batchSize = 1024

    /// A predictor with the weights of a checkpoint, whose output bias says how long the vectors are.
    public init(
        _ configuration: SequenceVectorsConfiguration, weights: String, device: any Device
    ) throws {
        guard let bias = try SafetensorsFile.read(weights).arrays["output.bias"] else {
            throw SequenceVectorsError.notAModel(path: weights)
        }
        contextLength = configuration.data.contextLength
        features = bias.count
        self.device = device
        model = NextVectorModel(
            features: features, contextLength: contextLength, model: configuration.model,
            prediction: configuration.prediction)
        let arena = try ParameterArena(model, device: device, seed: configuration.seed)
        try Checkpoint.loadWeights(from: weights, into: arena)
    }

    /// Predictions `[n, d]` of unit length for contexts `[n, C, d]` (or one context `[C, d]`), whose rows are normalised first.
    ///
    /// Throws when the shape or the type does not fit the model, and when a vector is not finite or zero.
    public func predict(_ contexts: HostArray) throws -> HostArray {
        var shape = contexts.shape
        if shape.count == 2 { shape.insert(1, at: 0) }
        guard shape.count == 3, shape[1] == contextLength, shape[2] == features, shape[0] > 0 else {
            throw SequenceVectorsError.badInput(
                shape: contexts.shape, expected: "[n, \(contextLength), \(features)]")
        }
        let values = try normalized(contexts)
        var results: [Float] = []
        let size = contextLength * features
        for start in stride(from: 0, to: shape[0], by: batchSize) {
            let count = min(batchSize, shape[0] - start)
            let batch = try Tensor(
                Array(values[start * size..<(start + count) * size]),
                shape: [count, contextLength, features], on: device)
            results += try model(try batch.transposed(0, 1), .evaluation()).values()
        }
        return try HostArray(shape: [shape[0], features], elements: results)
    }

    private func normalized(_ contexts: HostArray) throws -> [Float] {
        guard contexts.elementType.isFloatingPoint else {
            throw SequenceVectorsError.badInputType(contexts.elementType)
        }
        func problem(_ row: Int, _ text: String) -> SequenceVectorsError {
            .badInputVector(context: row / contextLength, step: row % contextLength, problem: text)
        }
        do {
            return try VectorTable(
                normalizing: try contexts.float32Values(), dimension: features
            ).values
        } catch ChainsProblem.nonFinite(let row, let column, let value) {
            throw problem(row, "column \(column) is \(value); every number must be finite")
        } catch ChainsProblem.zeroRow(let row, let norm) {
            throw problem(row, "has norm \(norm) and so no direction")
        }
    }
}
