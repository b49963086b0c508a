import TandemBasics
import TandemDatasets
public import TandemDevices
import TandemInterchange
public import TandemTraining

import FoundationEssentials

/// Applies an exported model to tables from anywhere.
public struct TabularPredictor {
    /// Names of the features that the model takes, in order.
    public let featureNames: [String]
    /// Whether calling-score records get their missing features derived, as in training.
    public let derivesFeatures: Bool
    /// What kind of rows the model was trained on.
    public let kind: TabularModelKind
    private let model: ONNXModel

    /// A predictor with the model in `path`, whose metadata say what its inputs are.
    ///
    /// Throws when the file is no such model.
    public init(model path: String) throws {
        model = try ONNXModel.read(path)
        let metadata = model.metadata
        func text(_ key: String) throws -> String {
            guard let text = metadata[key] else {
                throw TabularError.badMetadata(path: path, key: key, problem: "is missing")
            }
            return text
        }
        let list = try text("feature_names")
        guard case .array(let names)? = try? JSONValue.parse(Array(list.utf8)) else {
            throw TabularError.badMetadata(
                path: path, key: "feature_names", problem: "is no list of names")
        }
        featureNames = names.compactMap { if case .string(let name) = $0 { name } else { nil } }
        guard featureNames.count == names.count else {
            throw TabularError.badMetadata(
                path: path, key: "feature_names", problem: "holds something else than names")
        }
        guard model.inputWidth == featureNames.count else {
            throw TabularError.badMetadata(
                path: path, key: "feature_names",
                problem: "names \(names.count) features for \(model.inputWidth ?? 0) inputs")
        }
        let type = try text("model_type")
        guard let kind = TabularModelKind(rawValue: type) else {
            throw TabularError.badMetadata(
                path: path, key: "model_type", problem: "is '\(type)', which is unknown")
        }
        self.kind = kind
        derivesFeatures = metadata["derive_features"] == "true"
    }

    /// Predictions `[n]` for the rows of a file; labels in it are not looked at.
    ///
    /// Throws when the file cannot be read or has other features than the model.
    public func predict(
        _ path: String, format: TabularDataConfiguration.Format, on device: any Device
    ) throws -> [Float] {
        let table = try TabularSource.readFeatures(
            path, format: format, kind: kind, derivesFeatures: derivesFeatures,
            featureNames: featureNames)
        guard table.width == featureNames.count else {
            throw TabularError.wrongWidth(
                model: featureNames.count, input: table.width, features: featureNames)
        }
        for (wanted, found) in zip(featureNames, table.featureNames) where wanted != found {
            throw TabularError.otherFeature(wanted: wanted, found: found)
        }
        return try predict(table.features, count: table.count, on: device)
    }

    /// Predictions `[count]` for raw features `[count, F]` in the order of `featureNames`.
    ///
    /// Throws when one is not finite, because features are too large for single precision.
    public func predict(_ features: [Float], count: Int, on device: any Device) throws -> [Float] {
        let predictions = try model.predict(features, count: count, on: device)
        if let row = predictions.firstIndex(where: { !$0.isFinite }) {
            throw TabularError.predictionNotFinite(row: row, value: "\(predictions[row])")
        }
        return predictions
    }

    /// Scores `[n]` of calling-score records by the rule that stands in when there is no model.
    ///
    /// A table must have columns of the records' 39 names. Throws when the file has other features.
    public static func ruleScores(
        _ path: String, format: TabularDataConfiguration.Format
    ) throws -> [Float] {
        let table = try TabularSource.readFeatures(
            path, format: format, kind: .callingScore, derivesFeatures: true,
            featureNames: CallingScoreFeatures.names(of: .score))
        return try CallingScoreRule.predict(table, kind: .score)
    }
}

/// What rows a model takes; `model_type` in its metadata.
public enum TabularModelKind: String, Sendable, CaseIterable {
    /// The 39 features of calling-score records.
    case callingScore = "calling_score"
    /// The 45 features of the outcome classifier.
    case outcome
    /// The columns of any other table.
    case tabular
}

extension TabularExperiment {
    /// One score per row, from the exported model of a run or from its file alone: `.csv` (a column `score`) or JSON.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        let model: String
        switch request.model {
        case .file(let path): model = path
        case .run(let run):
            model = run.model
            guard request.usesRule || FileManager.default.fileExists(atPath: model) else {
                throw TabularError.noModel(path: run.path)
            }
        }
        let (scores, isRule) = try scores(request, model: model)
        let json = scoresJSON(scores, isRule: isRule)
        guard let output = request.output else {
            return PredictionResult(count: scores.count, text: try json.text())
        }
        let text =
            output.hasSuffix(".csv")
            ? (["score"] + scores.map { "\($0)" }).map { $0 + "\n" }.joined()
            : try json.text() + "\n"
        try AtomicFile.write(text, to: output)
        return PredictionResult(
            count: scores.count,
            text: "\(output): \(scores.count) scores" + (isRule ? " by the rule, not a model" : ""))
    }

    /// The model's scores; the rule's, when that was asked for and the model cannot be loaded.
    private static func scores(_ request: PredictionRequest, model: String) throws
        -> (scores: [Float], isRule: Bool)
    {
        let format = try request.format.map(TabularDataConfiguration.Format.named) ?? .auto
        let predictor: TabularPredictor
        do {
            predictor = try TabularPredictor(model: model)
        } catch  where request.usesRule {
            request.warn("\(error)")
            request.warn("scoring by the rule, not by a model")
            return (try TabularPredictor.ruleScores(request.input, format: format), true)
        }
        let scores = try predictor.predict(
            request.input, format: format, on: try request.options.openDevice())
        return (scores, false)
    }

    private static func scoresJSON(_ scores: [Float], isRule: Bool) -> JSONValue {
        let list = JSONMember("scores", .array(scores.map { .number(Double($0)) }))
        return .object(isRule ? [list, JSONMember("source", .string("rule"))] : [list])
    }
}
