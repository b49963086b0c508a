import TandemBasics
public import TandemConfiguration
import TandemDevices
import TandemNetworks
import FoundationEssentials
import Glibc
import Synchronization

/// One run of an experiment, from its first step to the files of the finished run.
///
///     let configuration = try TabularConfiguration.read("Configs/calling-score.json")
///     let experiment = try TabularExperiment(configuration, RunOptions(device: "cpu"))
///     let run = try TrainingRun(experiment, creating: "Runs/first")
///     if let result = try run.train() { print(result.test.loss) }
///
/// `tandem train`, sweeps, retraining and benchmarks do the same.
public struct TrainingRun<System: Experiment> {
    /// What is trained.
    public let experiment: System
    /// Where everything is kept; `nil` keeps nothing.
    public let directory: RunDirectory?
    /// Does the training.
    public let trainer: Trainer<System.Recipe>

    private let lock: RunLock?

    /// A new run in a folder that it creates; without one nothing is kept but the best weights, in memory.
    ///
    /// The policies take part besides those that the configuration asks for; `isInterrupted` is asked after every optimiser step
    /// whether to save and stop there. Throws `TrainingError` when the folder holds something or the recipe does not fit its
    /// configuration.
    public init(
        _ experiment: System, creating folder: String? = nil,
        adding policies: [any TrainingPolicy] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws {
        self.experiment = experiment
        directory = try folder.map {
            try RunDirectory(creating: $0, configuration: experiment.configuration.resolvedJSON)
        }
        lock = try directory?.lock()
        trainer = try experiment.makeTrainer(
            run: directory, adding: policies, isInterrupted: isInterrupted)
    }

    /// Continues the run in `directory` where its last checkpoint left it, under the experiment's configuration; see
    /// `Experiment.configuration(resuming:)`.
    ///
    /// Throws `TrainingError` when the run is finished, in use, or was made with other data or another model.
    public init(
        _ experiment: System, resuming directory: RunDirectory,
        adding policies: [any TrainingPolicy] = [],
        isInterrupted: @escaping () -> Bool = { Interrupt.isRequested }
    ) throws {
        self.experiment = experiment
        self.directory = directory
        lock = try directory.lock()
        trainer = try experiment.makeTrainer(
            run: directory, adding: policies, isInterrupted: isInterrupted)
        try trainer.resume(directory)
        try directory.writeConfiguration(experiment.configuration.resolvedJSON)
    }

    /// Trains, puts the best weights back, measures the test data, and writes products, summary and report.
    ///
    /// Returns `nil` when the run was interrupted; its last checkpoint is in the directory then.
    public func train() throws -> RunResult<System.Figures>? {
        guard case .finished(let reason) = try trainer.run() else { return nil }
        var result = RunResult(
            run: directory?.path, device: experiment.arena.device.identifier,
            parameters: experiment.arena.parameterCount, state: trainer.state, reason: reason,
            test: try directory.map { try experiment.measure(in: $0) } ?? experiment.measure())
        guard let directory else { return result }
        let products = try experiment.writeProducts(result, into: directory)
        let encoder = RunCoding.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try directory.writeSummary(String(decoding: try encoder.encode(result), as: UTF8.self))
        try directory.writeReport(trainer.state.history)
        result.products = products
        return result
    }
}

extension Experiment {
    /// The configuration under which a run goes on: its own, with overrides.
    ///
    /// Throws `TrainingError.changedSettings` when an override changes what a run cannot change any more.
    public static func configuration(
        resuming run: RunDirectory, overrides: [ConfigurationOverride] = []
    ) throws -> Configuration {
        let configuration = try Configuration.read(run.configuration, overrides: overrides)
        try Configuration.read(run.configuration).requireSame(
            configuration, except: Configuration.changeableInRun, checkpoint: run.lastCheckpoint)
        return configuration
    }
}

/// What a finished run gave: `summary.json`.
public struct RunResult<Figures: Encodable & Sendable>: Encodable, Sendable {
    /// The run directory, where there is one.
    public let run: String?
    /// The device's identifier.
    public let device: String
    /// Trainable numbers of the model.
    public let parameters: Int
    /// Why the run ended, in a word.
    public let stopReason: String
    /// The epoch whose weights the figures belong to: the last one where none was chosen.
    public let bestEpoch: Int
    /// The last epoch.
    public let lastEpoch: Int
    /// The validation metrics of the best epoch.
    public let validation: [String: Double]
    /// Seconds of training steps in the middle one of all epochs.
    public let medianSecondsPerEpoch: Double
    /// The figures on the test data.
    public let test: Figures
    /// Where the trainer stood at the end; not part of the file.
    public let state: TrainingState
    /// What was written besides checkpoints; not part of the file.
    public fileprivate(set) var products: [String] = []

    private enum CodingKeys: CodingKey {
        case run, device, parameters, stopReason, bestEpoch, lastEpoch, validation
        case medianSecondsPerEpoch, test
    }

    init(
        run: String?, device: String, parameters: Int, state: TrainingState, reason: StopReason,
        test: Figures
    ) {
        self.run = run
        self.device = device
        self.parameters = parameters
        self.test = test
        self.state = state
        stopReason = reason.word
        bestEpoch = state.chosenEpoch
        lastEpoch = state.epoch
        validation = state.chosenRecord?.metrics ?? [:]
        let seconds = state.history.map(\.trainingSeconds).sorted()
        medianSecondsPerEpoch = seconds.isEmpty ? 0 : seconds[seconds.count / 2]
    }
}

extension Configuration {
    /// Throws, naming all of them, when `other` differs from this configuration outside the keys and sections given.
    public func requireSame(_ other: Self, except free: [String], checkpoint: String) throws {
        let fixed = differences(to: other).filter { difference in
            !free.contains { difference.lies(in: $0) }
        }
        guard fixed.isEmpty else {
            throw TrainingError.changedSettings(checkpoint: checkpoint, fixed)
        }
    }
}

private let requested = Atomic<Bool>(false)

/// Turns the first Ctrl-C (or SIGTERM) into a request that the trainer honours after the current step.
///
/// A second signal ends the process at once.
public enum Interrupt {
    /// Starts to listen for SIGINT and SIGTERM, also where the parent process has left them blocked.
    public static func install() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&signals, number)
            _ = signal(number) { received in
                requested.store(true, ordering: .relaxed)
                signal(received, SIG_DFL)
            }
        }
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Whether a signal came in since `install`.
    public static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
