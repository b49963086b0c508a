import TandemBasics
import TandemTraining

/// Shows a run on the console: a progress bar for each epoch and one line with its result.
final class TrainingProgress: TrainingPolicy {
    let name = "progress"
    private let console: Console
    private let style: ProgressStyle
    private var bar: ProgressBar?
    private var plan: TrainingPlan?

    /// Reports on `console`.
    init(_ console: Console, _ style: ProgressStyle) {
        self.console = console
        self.style = style
    }

    func didStart(_ run: TrainingContext) throws {
        plan = run.plan
        let state = run.state
        if state.step > 0 {
            console.note(
                "resumed after epoch \(state.epoch), batch \(state.batch) (step \(state.step))")
        }
    }

    func willStartEpoch(_ run: TrainingContext) throws {
        let state = run.state
        guard let plan, style.showsBar else { return }
        bar = ProgressBar(
            "epoch \(state.epoch + 1)/\(plan.epochs)", total: plan.batchesPerEpoch,
            from: state.batch, unit: "batches", sink: console.diagnostics)
    }

    func didFinishStep(_ event: StepEvent, _ run: TrainingContext) throws {
        guard let bar else { return }
        bar.update(
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

    func didFinishEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        for warning in record.warnings ?? [] {
            console.note("warning: epoch \(record.epoch): \(warning)")
        }
        let isLast = run.state.stopReason != nil
        guard record.epoch % style.epochsPerLine == 0 || record.epoch == 1 || isLast else { return }
        let metrics = style.metrics.compactMap { name in
            record.metrics[name].map { "\(name) \(style.format($0))" }
        }
        let seconds = NumberText.short(record.trainingSeconds)
        console.note(
            "epoch \(record.epoch): loss \(lossText(record.loss)), "
                + metrics.map { $0 + ", " }.joined() + "\(seconds) s"
                + (record.isBest ? " (best so far)" : ""))
    }

    /// Losses far below 1 need more than the usual digits.
    private func lossText(_ loss: Double) -> String {
        loss.magnitude < 0.1 ? NumberText.fixed(loss, 6) : NumberText.short(loss)
    }

    func didFinish(_ run: TrainingContext) throws {
        let state = run.state
        let reason = state.stopReason?.description ?? ""
        console.note(state.bestEpoch.map { "\(reason); best epoch \($0)" } ?? reason)
        if state.bestEpoch == 1, state.epoch > 5 {
            console.note(
                "warning: the first epoch is the best; too little data, or nothing learned")
        }
    }
}
