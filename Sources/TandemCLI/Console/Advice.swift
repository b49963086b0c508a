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
        case DialogueError.exists: "--out names another folder, --overwrite replaces the file"
        case DialogueError.noPerlQuestions: "--pods names their folder, --data a file of pairs"
        default: nil
        }
    }
}

extension Advice {
    /// What to do about an error of the registry.
    fileprivate static func registry(_ error: RegistryError) -> String? {
        switch error {
        case .database(_, let problem): database(problem)
        case .versionExists(_, _, let status): status == .staging ? "--replace replaces it" : nil
        case .underTest(_, let version): "use 'tandem registry ab stop \(version)'"
        case .nothingToRollBackTo(_, let active):
            active == nil ? nil : "'tandem registry list' shows them"
        case .unknownDataSource: "--data-source names it"
        case .model(_, .wrongWidth): "--type names the type"
        case .noModel(_, let version):
            "use 'tandem registry register \(version) --model-path FILE --replace'"
        case .noModelFile: "--model-path names it"
        case .notAnExport: "'tandem registry export' makes one"
        case .notEmpty: "--replace puts the imported rows in the place of what is there"
        default: nil
        }
    }

    private static func database(_ problem: DatabaseProblem) -> String? {
        switch problem {
        case .missing: "'tandem registry init' sets one up, --db names the file"
        case .empty: "use 'tandem registry init'"
        case .notADatabase, .foreign: "--db names the file"
        case .unexpectedValue: "use 'tandem registry verify'"
        default: nil
        }
    }

    /// What to do when a test, an outcome or a retraining was refused.
    fileprivate static func rollout(_ error: RolloutError) -> String? {
        switch error {
        case .noActiveVersion: "use 'tandem registry switch VERSION'"
        case .testRunning(_, let version, let running):
            version == running
                ? "use 'tandem registry ab stage \(version) FRACTION'"
                : "use 'tandem registry ab stop \(running)'"
        case .noTest(_, let version):
            "use 'tandem registry ab start \(version ?? "VERSION") 0.1'"
        case .emptyFraction: "use 'tandem registry ab stop'"
        case .ladderEnds(_, let version, _): "use 'tandem registry switch \(version)'"
        case .outcomeKnown: "--replace overwrites it"
        case .tooFewRecords: "use 'tandem registry records import FILE'"
        default: nil
        }
    }
}
