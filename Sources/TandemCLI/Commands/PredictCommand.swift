import TandemRecipes
import TandemTraining

/// `tandem predict`: applies a trained model to new inputs.
struct PredictCommand: Command {
    static let source = Positional<String>(
        "model", help: "Run directory made by 'tandem train', or an exported model (.onnx).")
    static let input = Option<String>(
        "input", "file", .required,
        help: "Sequence vectors: contexts [n, C, d] or one context [C, d] as .npy. "
            + "Tables: rows as .csv or .json.")
    static let output = Option<String>(
        "output", "file",
        help: "File to write to: .npy for sequence vectors; for tables .csv (a column 'score') "
            + "or .json. Needed for sequence vectors.",
        defaultText: "tables: JSON on standard output")
    static let ruleFallback = Flag(
        "rule-fallback",
        help: "Calling-score records: when the model cannot be loaded, score by the rule, "
            + "and say so.")

    static let declaration = CommandDeclaration(
        name: "predict",
        summary: "Apply a trained model to new inputs.",
        discussion:
            "Uses the best checkpoint of the run; without early stopping the last weights or\n"
            + "their average.",
        parameters: [
            source, input, output, TrainingShortcuts.format, ruleFallback, SharedOptions.device,
            SharedOptions.threads, SharedOptions.json,
        ])

    let source: String
    let inputPath: String
    let outputPath: String?
    let format: TabularDataConfiguration.Format
    let usesRule: Bool
    let options: RunOptions
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        source = try arguments.required(Self.source)
        inputPath = try arguments.required(Self.input)
        outputPath = try arguments.value(of: Self.output)
        let name = try arguments.value(of: TrainingShortcuts.format) ?? "auto"
        guard let format = TabularDataConfiguration.Format(rawValue: name) else {
            let known = TabularDataConfiguration.Format.allCases.map(\.rawValue)
            throw .invalidValue(
                spelling: TrainingShortcuts.format.description.spelling, value: name,
                expectation: "one of " + known.joined(separator: ", "))
        }
        self.format = format
        usesRule = arguments.contains(Self.ruleFallback)
        options = try SharedOptions.runOptions(arguments)
        printsJSON = arguments.contains(SharedOptions.json)
        if source.hasSuffix(".onnx") == false, outputPath == nil, inputPath.hasSuffix(".npy") {
            throw .missingArgument(spelling: Self.output.description.spelling)
        }
    }

    func run(on console: Console) throws {
        let system: any Experiment.Type
        let model: PredictionRequest.Model
        if source.hasSuffix(".onnx") {
            (system, model) = (TabularExperiment.self, .file(source))
        } else {
            let run = try RunDirectory(opening: source)
            (system, model) = (try Systems.named(in: run.configuration), .run(run))
        }
        let result = try system.predict(
            PredictionRequest(
                model: model, input: inputPath, output: outputPath, format: format.rawValue,
                usesRule: usesRule, options: options,
                warn: { console.note("warning: \($0)") }))
        if printsJSON, outputPath != nil {
            try console.printJSON(["predictions": result.count])
        } else {
            console.print(result.text)
        }
    }
}
