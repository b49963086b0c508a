import TandemNetworks

extension Trainer {
    /// Takes up the run where its last checkpoint left it; a run that has none yet starts at the beginning.
    ///
    /// A run that ended before its summary was written goes on with what comes after the last epoch. Throws when the
    /// checkpoint does not fit the model or the data, and when there is nothing left to do.
    public func resume() throws {
        guard let directory else { return }
        directory.removeAbandonedTemporaries()
        guard try directory.hasLastCheckpoint() else { return }
        state = try loadState(directory)
        try engine.meter.restore(state.lossSums)
        if state.stopReason == .finishedEpochs, state.epoch < configuration.epochs {
            state.stopReason = nil
            try directory.removeResults()
        }
        if let reason = state.stopReason {
            guard !directory.hasSummary else {
                throw TrainingError.alreadyFinished(path: directory.path, reason: reason)
            }
        } else if state.epoch >= configuration.epochs {
            throw TrainingError.tooFewEpochs(done: state.epoch, epochs: configuration.epochs)
        }
        try directory.writeHistory(state.history)
    }

    /// Reads the last checkpoint and makes sure that its state belongs to this recipe.
    private func loadState(_ directory: RunDirectory) throws -> TrainingState {
        let path = directory.lastCheckpoint
        let saved = try Checkpoint.load(from: path, arena: arena, optimizer: engine.optimizer)
        guard saved.isPossible, engine.optimizer.stepCount == saved.step else {
            throw TrainingError.badCheckpoint(
                path: path, problem: "its training state contradicts itself; it is damaged")
        }
        guard saved.dataIdentity == state.dataIdentity else {
            throw TrainingError.changedData(checkpoint: path)
        }
        guard saved.lossSums.count == recipe.lossTerms.count else {
            throw TrainingError.badCheckpoint(
                path: path,
                problem: "it has sums of \(saved.lossSums.count) loss terms, "
                    + "the recipe has \(recipe.lossTerms.count) terms")
        }
        return saved
    }

    /// Saves what resuming needs; does nothing in a run without a directory.
    func saveCheckpoint() throws {
        guard let directory else { return }
        state.lossSums = try engine.meter.read()
        try Checkpoint.save(
            to: directory.lastCheckpoint, state: state, arena: arena, optimizer: engine.optimizer)
    }
}
