import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemRegistry
import TandemTraining

/// What to do about an error, in terms of the command line; the library's errors say what happened and carry the values.
enum Advice {
    /// Words to put behind the error's own; `nil` when these say enough.
    static func about(_ error: any Error) -> String? {
        switch error {
        case let error as DeviceError: devices(error)
        case let error as TrainingError: training(error)
        case let error as SweepError: sweeps(error)
        case let error as ReportError: reports(error)
        case let error as RegistryError: registry(error)
        case let error as RolloutError: rollout(error)
        default: data(error)
        }
    }

    private static func devices(_ error: DeviceError) -> String? {
        switch error {
        case .notFound(let wanted, _, _):
            switch wanted {
            case "gpu", "auto": "--device cpu takes the processor"
            case "opencl": nil
            default: "'tandem devices' lists them"
            }
        case .invalidSelection: "'tandem devices' lists what is there"
        default: nil
        }
    }

    private static func training(_ error: TrainingError) -> String? {
        switch error {
        case .runDirectoryExists(let path):
            "--out names another folder, --resume \(path) continues the run"
        case .noCheckpoint(let path): "continue it with: tandem train --resume \(path)"
        case .changedData: "--data names the data"
        case .alreadyFinished(_, let reason):
            switch reason {
            case .finishedEpochs: "--epochs N or --set training.epochs=N raises it"
            case .earlyStopping:
                "--patience N or --set training.earlyStopping.patience=N raises it"
            default: nil
            }
        default: nil
        }
    }

    private static func sweeps(_ error: SweepError) -> String? {
        switch error {
        case .folderExists(let path):
            "--out names another folder, --resume \(path) continues the sweep"
        case .changedData: "--data names the data"
        default: nil
        }
    }

    private static func reports(_ error: ReportError) -> String {
        switch error {
        case .badHistory(let path, _):
            "continue the run with: tandem train --resume "
                + (path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ".")
        case .badResults: "'tandem sweep' writes such files"
        }
    }

    /// Errors of the systems and of where their data are.
    private static func data(_ error: any Error) -> String? {
        switch error {
        case SystemError.sweep(let path): "run it with: tandem sweep --config \(path)"
        case DataLocationError.notFound(_, _, let isFolder):
            "--data names it, tandem \(isFolder ? "embed" : "data") makes one"
        case TabularError.otherData: "--data names the data, 'tandem predict' takes new rows"
        case TabularError.noModel(let path): "continue it with: tandem train --resume \(path)"
        case SequenceVectorsError.notAModel: "'tandem train' makes one"
        case EmbeddingError.outputExists: "--out names another folder, --overwrite replaces them"
        case CallingScoreGeneratorError.exists:
            "--out names another file, --overwrite replaces this one"
        case GiftError.exists: "--out names another folder, --overwrite replaces the files"
        default: nil
        }
    }
}
