import FoundationEssentials
import TandemBasics
import TandemDevices
public import TandemTraining

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
