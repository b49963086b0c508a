import TandemNetworks

extension Trainer {
    /// Takes up the run in `directory` where its last checkpoint left it; one that has none yet starts at the beginning.
    ///
    /// A run that ended before its summary was written goes on with what comes after the last epoch. Throws when the
    /// checkpoint does not fit the model or the data, and when there is nothing left to do.
    public func resume(_ directory: RunDirectory) throws {
        AbandonedFiles.remove(in: directory.path)
        guard try directory.hasLastCheckpoint() else { return }
        var saved = try loadState(directory)
        if saved.stopReason == .finishedEpochs, saved.epoch < context.plan.epochs {
            saved.stopReason = nil
            try directory.removeResults()
        }
        if let reason = saved.stopReason {
            guard !directory.hasSummary else {
                throw TrainingError.alreadyFinished(path: directory.path, reason: reason)
            }
        } else if saved.epoch >= context.plan.epochs {
            throw TrainingError.tooFewEpochs(done: saved.epoch, epochs: context.plan.epochs)
        }
        try engine.meter.restore(saved.lossSums)
        try SavedStates.restore(
            saved.saved, to: recipe, policies, path: directory.lastCheckpoint)
        context.state = saved
    }

    /// Reads the last checkpoint and makes sure that its state belongs to this recipe.
    private func loadState(_ directory: RunDirectory) throws -> TrainingState {
        let path = directory.lastCheckpoint
        let saved = try Checkpoint.load(from: path, context)
        guard saved.isPossible, saved.batch < context.plan.batchesPerEpoch,
            engine.optimizer.stepCount == saved.step
        else {
            throw TrainingError.badCheckpoint(
                path: path, problem: "its training state contradicts itself; it is damaged")
        }
        guard saved.dataIdentity == state.dataIdentity else {
            throw TrainingError.changedData(checkpoint: path)
        }
        let terms = recipe.lossTerms.count
        guard saved.lossSums.count == terms, saved.termExamples.count == terms else {
            throw TrainingError.badCheckpoint(
                path: path,
                problem: "it has sums of \(saved.lossSums.count) loss terms, "
                    + "the recipe has \(terms) terms")
        }
        return saved
    }
}
