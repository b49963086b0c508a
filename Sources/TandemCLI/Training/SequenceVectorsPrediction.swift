import TandemConfiguration
import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemTraining

/// `tandem predict` for sequence vectors: arrays in, arrays out.
struct SequenceVectorsPrediction {
    let command: PredictCommand
    let run: RunDirectory

    func run(on console: Console) throws {
        guard let output = command.outputPath else {
            throw UsageError.missingArgument(
                spelling: PredictCommand.output.description.spelling)
        }
        let input = try NPYFile.read(command.inputPath)
        let predictor = try NextVectorPredictor(
            try SequenceVectorsConfiguration.read(run.configuration),
            weights: try run.weightsForUse(), device: try command.systemOptions.openDevice())
        let predictions = try predictor.predict(input)
        try NPYFile.write(predictions, to: output)
        if command.printsJSON {
            try console.printJSON(["predictions": predictions.shape[0]])
        } else {
            console.print("\(output): \(predictions.shape[0]) predictions")
        }
    }
}
