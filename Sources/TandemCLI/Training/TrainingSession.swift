import Devices
import Networks
import Recipes
import Training

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One `tandem train`: prepares, trains, measures on the test documents, and says what came of it.
struct TrainingSession {
    private let command: TrainCommand

    init(_ command: TrainCommand) {
        self.command = command
    }

    func run(on console: Console) throws {
        let resumed = try command.resumedRun.map { try RunDirectory(opening: $0) }
        let configuration = try readConfiguration(resumed)
        let session = try Session(
            configuration, device: command.device, threads: command.threads,
            dataFolder: command.dataFolder)
        if !command.isQuiet { session.description.forEach(console.note) }
        let resolved = session.configuration.resolvedJSON
        let directory =
            try resumed
            ?? RunDirectory(
                creating: command.outputFolder ?? RunDirectory.newPath(named: configuration.name),
                configuration: resolved)
        let lock = try directory.lock()
        defer { withExtendedLifetime(lock) {} }
        let progress = TrainingProgress(console, metrics: ["hit@1", "hit@5", "hit@10"])
        let trainer = try session.experiment.makeTrainer(
            run: directory, callbacks: command.isQuiet ? [] : [progress])
        if resumed != nil {
            try trainer.resume()
            try directory.writeConfiguration(resolved)
        }
        defer { progress.end() }
        Interrupt.install()
        guard case .finished(let reason) = try trainer.run() else {
            throw Interrupted(
                description: "interrupted; continue with: tandem train --resume \(directory.path)")
        }
        try finish(session, trainer.state, reason, directory, console)
    }

    private func readConfiguration(_ resumed: RunDirectory?) throws -> SequenceVectorsConfiguration
    {
        var overrides = try command.settings.map { try ConfigurationOverride($0) }
        if let seed = command.seed { overrides.append(try ConfigurationOverride("seed=\(seed)")) }
        let path = resumed?.configuration ?? command.configurationPath ?? ""
        let configuration = try SequenceVectorsConfiguration.read(path, overrides: overrides)
        if let resumed {
            try SequenceVectorsConfiguration.read(path).requireSame(
                configuration, except: SequenceVectorsConfiguration.changeableInRun,
                checkpoint: resumed.lastCheckpoint)
        }
        return configuration
    }

    private func finish(
        _ session: Session, _ state: TrainingState, _ reason: StopReason,
        _ directory: RunDirectory, _ console: Console
    ) throws {
        let rows = try session.experiment.testTable()
        let summary = TrainingSummary(
            device: session.device.identifier, state: state, reason: reason,
            parameters: session.experiment.arena.parameterCount, run: directory.path, test: rows)
        let encoder = RunDirectory.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try directory.writeSummary(
            String(decoding: try encoder.encode(summary), as: UTF8.self))
        try directory.writeReport()
        if command.printsJSON { return try console.printJSON(summary) }
        let table = RetrievalTable(rows: rows)
        console.print(table.table)
        console.print(table.note)
        console.print("run directory: \(directory.path)")
    }
}

/// What a finished run gave: `summary.json`.
struct TrainingSummary: Encodable {
    let run: String
    let device: String
    let parameters: Int
    let stopReason: String
    /// The epoch whose weights the figures belong to: the last one without early stopping.
    let bestEpoch: Int
    let lastEpoch: Int
    let validation: [String: Double]
    let medianSecondsPerEpoch: Double
    let test: [RetrievalRow]

    init(
        device: String, state: TrainingState, reason: StopReason, parameters: Int, run: String,
        test: [RetrievalRow]
    ) {
        self.run = run
        self.device = device
        self.parameters = parameters
        self.test = test
        stopReason = reason.rawValue
        let chosen = state.earlyStopping.bestEpoch
        let best = chosen > 0 ? chosen : state.epoch
        bestEpoch = best
        lastEpoch = state.epoch
        validation = state.history.first { $0.epoch == best }?.metrics ?? [:]
        let seconds = state.history.map(\.trainingSeconds).sorted()
        medianSecondsPerEpoch = seconds.isEmpty ? 0 : seconds[seconds.count / 2]
    }
}
