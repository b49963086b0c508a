import TandemBasics
import TandemDatasets
import TandemRecipes

/// `tandem predict` for tables: one score per row.
struct TabularPrediction {
    let command: PredictCommand
    let model: String

    func run(on console: Console) throws {
        let (scores, isRule) = try makeScores(console)
        guard let output = command.outputPath else {
            return console.print(try json(scores, isRule).text())
        }
        let text =
            output.hasSuffix(".csv")
            ? (["score"] + scores.map { "\($0)" }).map { $0 + "\n" }.joined()
            : try json(scores, isRule).text() + "\n"
        try AtomicFile.write(text, to: output)
        if command.printsJSON {
            try console.printJSON(["predictions": scores.count])
        } else {
            console.print(
                "\(output): \(scores.count) scores" + (isRule ? " by the rule, not a model" : ""))
        }
    }

    /// The model's scores; the rule's, when that was asked for and the model cannot be loaded.
    private func makeScores(_ console: Console) throws -> ([Float], isRule: Bool) {
        let predictor: TabularPredictor
        do {
            predictor = try TabularPredictor(model: model)
        } catch  where command.usesRule {
            console.note("warning: \(error)")
            console.note("warning: scoring by the rule, not by a model (--rule-fallback)")
            return (
                try TabularPredictor.ruleScores(command.inputPath, format: command.format), true
            )
        }
        let scores = try predictor.predict(
            command.inputPath, format: command.format,
            on: try command.systemOptions.openDevice())
        return (scores, false)
    }

    private func json(_ scores: [Float], _ isRule: Bool) -> JSONValue {
        let list = JSONMember("scores", .array(scores.map { .number(Double($0)) }))
        return .object(isRule ? [list, JSONMember("source", .string("rule"))] : [list])
    }
}
