import Training

/// Shows a run on the console: a progress bar for each epoch and one line with its result.
final class TrainingProgress: TrainingCallback {
    private let console: Console
    private let shown: [String]
    private var bar: ProgressBar?
    private var plan: TrainingPlan?

    /// Reports on `console`, with the given metrics in each epoch's line.
    init(_ console: Console, metrics: [String]) {
        self.console = console
        shown = metrics
    }

    func didStart(_ state: TrainingState, _ plan: TrainingPlan) throws {
        self.plan = plan
        if state.step > 0 {
            console.note(
                "resumed after epoch \(state.epoch), batch \(state.batch) (step \(state.step))")
        }
    }

    func willStartEpoch(_ state: TrainingState) throws {
        guard let plan else { return }
        bar = ProgressBar(
            "epoch \(state.epoch + 1)/\(plan.epochs)", total: plan.batchesPerEpoch,
            from: state.batch, unit: "batches", sink: console.diagnostics)
    }

    func didFinishStep(_ event: StepEvent) throws {
        bar?.update(
            completed: event.batch,
            detail: event.loss.map { "loss \(NumberText.short($0))" })
        // The evaluation that follows the last batch is not part of the rate.
        if event.batch == plan?.batchesPerEpoch { end() }
    }

    /// Ends the line of an epoch that is over or broken off.
    func end() {
        bar?.finish()
        bar = nil
    }

    func didFinishEpoch(_ record: EpochRecord, _ state: TrainingState) throws {
        let metrics = shown.map { "\($0) \(NumberText.percent(record.metrics[$0] ?? .nan))" }
        let seconds = NumberText.short(record.trainingSeconds)
        console.note(
            "epoch \(record.epoch): loss \(NumberText.short(record.loss)), "
                + metrics.joined(separator: ", ") + ", \(seconds) s"
                + (record.isBest ? " (best so far)" : ""))
    }

    func didFinish(_ state: TrainingState) throws {
        let reason = state.stopReason?.description ?? ""
        let best = state.earlyStopping.bestEpoch
        console.note(best > 0 ? "\(reason); best epoch \(best)" : reason)
        if state.earlyStopping.bestEpoch == 1, state.epoch > 5 {
            console.note(
                "warning: the first epoch is the best; too little data, or nothing learned")
        }
    }
}
