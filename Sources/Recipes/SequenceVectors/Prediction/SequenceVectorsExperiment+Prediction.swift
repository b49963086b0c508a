import TandemConfiguration
import TandemDatasets
public import TandemTraining

extension SequenceVectorsExperiment {
    /// Writes the model as `model.onnx`.
    public func writeProducts(_ result: RunResult<[RetrievalRow]>, into run: RunDirectory) throws
        -> [String]
    {
        try exportModel(to: run.model)
        return [run.path + "/evaluation.json", run.model]
    }

    /// Arrays in, arrays out: contexts `[n, C, d]` or `[C, d]` as `.npy`, for the model of a run or the file that it exported.
    public static func predict(_ request: PredictionRequest) throws -> PredictionResult {
        guard let output = request.output else { throw SequenceVectorsError.noPredictionFile }
        let device = try request.options.openDevice()
        let predictor: NextVectorPredictor
        switch request.model {
        case .run(let run):
            predictor = try NextVectorPredictor(
                try SequenceVectorsConfiguration.read(run.configuration),
                weights: try run.weightsForUse(), device: device)
        case .file(let path): predictor = try NextVectorPredictor(model: path, device: device)
        }
        let predictions = try predictor.predict(try NPYFile.read(request.input))
        try NPYFile.write(predictions, to: output)
        return PredictionResult(
            count: predictions.shape[0], text: "\(output): \(predictions.shape[0]) predictions")
    }
}
