import TandemBasics
import TandemDatasets
import TandemDevices
import TandemRecipes
import TandemRegistry
import TandemTraining
import Testing

@testable import TandemCLI

/// The library says what happened, the command line which of its commands and options help.
@Suite struct AdviceTests {
    /// Errors, and a part of what the command line adds to them.
    static let advice: [(any Error, String)] = [
        (
            DeviceError.notFound(wanted: "gpu", found: [], advice: "Install a driver"),
            "--device cpu"
        ),
        (DeviceError.notFound(wanted: "opencl:9.9", found: [], advice: ""), "tandem devices"),
        (DeviceError.invalidSelection("x"), "tandem devices"),
        (TrainingError.runDirectoryExists(path: "run"), "--out"),
        (TrainingError.runDirectoryExists(path: "run"), "--resume run"),
        (TrainingError.noCheckpoint(path: "run"), "tandem train --resume run"),
        (TrainingError.changedData(checkpoint: "run/last.safetensors"), "--data"),
        (TrainingError.alreadyFinished(path: "run", reason: .finishedEpochs), "--epochs"),
        (TrainingError.alreadyFinished(path: "run", reason: .finishedEpochs), "--set"),
        (TrainingError.alreadyFinished(path: "run", reason: .earlyStopping), "--patience"),
        (SweepError.folderExists(path: "sweep"), "--out"),
        (SweepError.folderExists(path: "sweep"), "--resume sweep"),
        (SweepError.changedData(path: "sweep", was: "a", now: "b"), "--data"),
        (ReportError.badHistory(path: "run/history.jsonl", line: 2), "tandem train --resume run"),
        (ReportError.badResults(path: "x.json", problem: "empty"), "tandem sweep"),
        (SystemError.sweep(path: "x.json"), "tandem sweep --config x.json"),
        (DataLocationError.notFound(path: "x", name: nil, isFolder: true), "--data"),
        (DataLocationError.notFound(path: "x", name: nil, isFolder: true), "tandem embed"),
        (DataLocationError.notFound(path: "x", name: nil, isFolder: false), "tandem data"),
        (TabularError.otherData(run: "run", data: "x.csv"), "--data"),
        (TabularError.otherData(run: "run", data: "x.csv"), "tandem predict"),
        (TabularError.noModel(path: "run"), "tandem train --resume run"),
        (SequenceVectorsError.notAModel(path: "x"), "tandem train"),
        (EmbeddingError.outputExists("vectors"), "--overwrite"),
        (CallingScoreGeneratorError.exists("x.json"), "--out"),
        (CallingScoreGeneratorError.exists("x.json"), "--overwrite"),
    ]

    /// The same for the registry.
    static let registryAdvice: [(any Error, String)] = [
        (RegistryError.database(path: "r", .missing), "tandem registry init"),
        (RegistryError.database(path: "r", .missing), "--db"),
        (RegistryError.database(path: "r", .empty), "tandem registry init"),
        (RegistryError.database(path: "r", .notADatabase), "--db"),
        (RegistryError.database(path: "r", .foreign), "--db"),
        (
            RegistryError.database(path: "r", .unexpectedValue(column: "c", found: "1")),
            "tandem registry verify"
        ),
        (RegistryError.versionExists(type: "t", version: "v", status: .staging), "--replace"),
        (RegistryError.underTest(type: "t", version: "v"), "tandem registry ab stop v"),
        (RegistryError.nothingToRollBackTo(type: "t", active: "v"), "tandem registry list"),
        (RegistryError.unknownDataSource(version: "v"), "--data-source"),
        (
            RegistryError.model(path: "m", .wrongWidth(type: "t", expected: 39, found: 3)),
            "--type"
        ),
        (
            RegistryError.noModel(type: "t", version: "v"),
            "tandem registry register v --model-path FILE --replace"
        ),
        (RegistryError.noModelFile(path: "r", variant: "v", lookedAt: []), "--model-path"),
        (RegistryError.noModelFile(path: "r", variant: "v", lookedAt: ["m"]), "--model-path"),
        (RegistryError.notAnExport(path: "e"), "tandem registry export"),
        (RegistryError.notEmpty(path: "r", table: "t", rows: 1), "--replace"),
        (RolloutError.noActiveVersion(type: "t"), "tandem registry switch VERSION"),
        (
            RolloutError.testRunning(type: "t", version: "v", running: "v"),
            "tandem registry ab stage v FRACTION"
        ),
        (
            RolloutError.testRunning(type: "t", version: "v", running: "w"),
            "tandem registry ab stop w"
        ),
        (RolloutError.noTest(type: "t", version: nil), "tandem registry ab start VERSION 0.1"),
        (RolloutError.noTest(type: "t", version: "v"), "tandem registry ab start v 0.1"),
        (RolloutError.emptyFraction(0), "tandem registry ab stop"),
        (
            RolloutError.ladderEnds(type: "t", version: "v", fraction: 1),
            "tandem registry switch v"
        ),
        (RolloutError.outcomeKnown(subject: "s", opportunity: "o", present: "p"), "--replace"),
        (RolloutError.tooFewRecords(outcomes: 1, required: 2), "tandem registry records import"),
    ]

    @Test func theCommandLineAddsItsOwnWords() {
        for (error, mention) in Self.advice + Self.registryAdvice {
            let own = "\(error)"
            #expect(!own.contains("--") && !own.contains("tandem "), "\(own)")
            let advice = Advice.about(error)
            #expect(advice?.contains(mention) == true, "\(own); \(advice ?? "nothing")")
        }
    }

    @Test func whatSaysEnoughStandsAlone() {
        #expect(Advice.about(TrainingError.noLossTerms) == nil)
        #expect(Advice.about(RegistryError.invalidWeight(2)) == nil)
        #expect(
            Advice.about(RegistryError.versionExists(type: "t", version: "v", status: .active))
                == nil)
        #expect(Advice.about(FileError.notAFolder(path: "x")) == nil)
    }
}
