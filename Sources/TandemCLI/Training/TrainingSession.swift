import TandemConfiguration
import TandemDevices
import TandemNetworks
import TandemRecipes
import TandemTraining

import FoundationEssentials

/// One `tandem train`: prepares, trains, measures on the test data, and says what came of it.
struct TrainingSession<System: TrainingSystem> {
    let command: TrainCommand
    let overrides: [ConfigurationOverride]

    func run(on console: Console) throws {
        let resumed = try command.resumedRun.map { try RunDirectory(opening: $0) }
        let system = try System(try readConfiguration(resumed), command.systemOptions)
        if !command.isQuiet { system.description.forEach(console.note) }
        let resolved = system.configuration.resolvedJSON
        let directory =
            try resumed
            ?? RunDirectory(
                creating: command.outputFolder
                    ?? RunDirectory.newPath(named: system.configuration.name),
                configuration: resolved)
        let lock = try directory.lock()
        defer { withExtendedLifetime(lock) {} }
        let progress = TrainingProgress(console, System.progressStyle)
        let trainer = try system.makeTrainer(
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
        try finish(system, trainer.state, reason, directory, console)
    }

    private func readConfiguration(_ resumed: RunDirectory?) throws -> System.Settings {
        let path = resumed?.configuration ?? command.configurationPath ?? ""
        let configuration = try System.Settings.read(path, overrides: overrides)
        if let resumed {
            try System.Settings.read(path).requireSame(
                configuration, except: System.Settings.changeableInRun,
                checkpoint: resumed.lastCheckpoint)
        }
        return configuration
    }

    private func finish(
        _ system: System, _ state: TrainingState, _ reason: StopReason,
        _ directory: RunDirectory, _ console: Console
    ) throws {
        let figures = try system.testFigures()
        let products = try system.writeProducts(into: directory, state, figures)
        let summary = TrainingSummary(
            device: system.device.identifier, state: state, reason: reason,
            parameters: system.arena.parameterCount, run: directory.path, test: figures)
        let encoder = RunDirectory.encoder()
        encoder.outputFormatting.insert(.prettyPrinted)
        try directory.writeSummary(
            String(decoding: try encoder.encode(summary), as: UTF8.self))
        try directory.writeReport(state.history)
        if command.printsJSON { return try console.printJSON(summary) }
        System.show(figures, on: console)
        products.forEach { console.print("model: \($0)") }
        console.print("run directory: \(directory.path)")
    }
}

/// What a finished run gave: `summary.json`.
struct TrainingSummary<Figures: Encodable>: Encodable {
    let run: String
    let device: String
    let parameters: Int
    let stopReason: String
    /// The epoch whose weights the figures belong to: the last one without early stopping.
    let bestEpoch: Int
    let lastEpoch: Int
    let validation: [String: Double]
    let medianSecondsPerEpoch: Double
    let test: Figures

    init(
        device: String, state: TrainingState, reason: StopReason, parameters: Int, run: String,
        test: Figures
    ) {
        self.run = run
        self.device = device
        self.parameters = parameters
        self.test = test
        stopReason = reason.rawValue
        bestEpoch = state.chosenEpoch
        lastEpoch = state.epoch
        validation = state.chosenRecord?.metrics ?? [:]
        let seconds = state.history.map(\.trainingSeconds).sorted()
        medianSecondsPerEpoch = seconds.isEmpty ? 0 : seconds[seconds.count / 2]
    }
}
