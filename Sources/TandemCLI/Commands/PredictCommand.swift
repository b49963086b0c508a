import Datasets
import Devices
import Recipes
import Training

/// `tandem predict`: applies a trained model to an array.
struct PredictCommand: Command {
    static let input = Option<String>(
        "input", "file.npy", .required, help: "Contexts [n, C, d] or one context [C, d].")
    static let output = Option<String>(
        "output", "file.npy", .required, help: "File to write the predictions [n, d] to.")

    static let declaration = CommandDeclaration(
        name: "predict",
        summary: "Apply a trained model to an array of inputs.",
        discussion:
            "Uses the best checkpoint of the run; the last one if it had no early stopping.",
        parameters: [
            SharedOptions.run, input, output, SharedOptions.device, SharedOptions.threads,
            SharedOptions.json,
        ])

    let runFolder: String
    let inputPath: String
    let outputPath: String
    let device: String?
    let threads: Int?
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        runFolder = try arguments.required(SharedOptions.run)
        inputPath = try arguments.required(Self.input)
        outputPath = try arguments.required(Self.output)
        device = try arguments.value(of: SharedOptions.device)
        threads = try arguments.value(of: SharedOptions.threads)?.value
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let directory = try RunDirectory(opening: runFolder)
        let input = try NPYFile.read(inputPath)
        let device = try DeviceCatalog.open(
            try DeviceSelection(self.device ?? "auto"), threads: threads)
        let predictor = try NextVectorPredictor(
            try SequenceVectorsConfiguration.read(directory.configuration),
            weights: try directory.weightsForUse(), device: device)
        let predictions = try predictor.predict(input)
        try NPYFile.write(predictions, to: outputPath)
        if printsJSON {
            try console.printJSON(["predictions": predictions.shape[0]])
        } else {
            console.print("\(outputPath): \(predictions.shape[0]) predictions")
        }
    }
}
