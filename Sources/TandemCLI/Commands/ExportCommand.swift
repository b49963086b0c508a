import TandemInterchange
import TandemTraining

import FoundationEssentials

/// `tandem export`: writes a trained model in a format of other programs.
struct ExportCommand: Command {
    /// A format of other programs.
    enum Format: String, ArgumentValue {
        case onnx
        case safetensors

        static var expectation: String { "onnx or safetensors" }

        init?(argument: String) { self.init(rawValue: argument) }
    }

    static let format = Option<Format>(
        "format", "format", .required,
        help: "onnx: a whole model for ONNX Runtime and others, of runs on tables. "
            + "safetensors: the weights under PyTorch's names, of every run.")
    static let output = Option<String>("out", "file", .required, help: "File to write.")

    static let declaration = CommandDeclaration(
        name: "export",
        summary: "Write a trained model in a format of other programs.",
        discussion:
            "Uses the best checkpoint of the run; without early stopping the last weights or\n"
            + "their average.",
        parameters: [SharedOptions.run, format, output, SharedOptions.json])

    let runFolder: String
    let format: Format
    let outputPath: String
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        runFolder = try arguments.required(SharedOptions.run)
        format = try arguments.required(Self.format)
        outputPath = try arguments.required(Self.output)
        printsJSON = arguments.contains(SharedOptions.json)
    }

    func run(on console: Console) throws {
        let directory = try RunDirectory(opening: runFolder)
        switch format {
        case .safetensors:
            try Checkpoint.exportWeights(from: try directory.weightsForUse(), to: outputPath)
        case .onnx:
            let model = directory.path + "/model.onnx"
            guard FileManager.default.fileExists(atPath: model) else {
                throw InterchangeError.noModel(
                    path: directory.path, format: format.rawValue,
                    advice: "finished runs on tables have one; "
                        + "for the weights alone use --format safetensors")
            }
            try ONNXModel.read(model).write(to: outputPath)
        }
        if printsJSON {
            try console.printJSON(["format": format.rawValue, "output": outputPath])
        } else {
            console.print("\(outputPath): written")
        }
    }
}
