import TandemBasics
import TandemTraining

/// How the epochs of a system are reported.
struct ProgressStyle: Sendable {
    /// Metrics in each epoch's line.
    let metrics: [String]
    /// How a metric is written.
    let format: @Sendable (Double) -> String
    /// Epochs per line: fast systems report some of them only.
    let epochsPerLine: Int
    /// Whether an epoch takes long enough for a progress bar of its own.
    let showsBar: Bool
}

/// Shows a run on the console: a progress bar for each epoch and one line with its result.
final class TrainingProgress: TrainingCallback {
    private let console: Console
    private let style: ProgressStyle
    private var bar: ProgressBar?
    private var plan: TrainingPlan?

    /// Reports on `console`.
    init(_ console: Console, _ style: ProgressStyle) {
        self.console = console
        self.style = style
    }

    func didStart(_ state: TrainingState, _ plan: TrainingPlan) throws {
        self.plan = plan
        if state.step > 0 {
            console.note(
                "resumed after epoch \(state.epoch), batch \(state.batch) (step \(state.step))")
        }
    }

    func willStartEpoch(_ state: TrainingState) throws {
        guard let plan, style.showsBar else { return }
        bar = ProgressBar(
            "epoch \(state.epoch + 1)/\(plan.epochs)", total: plan.batchesPerEpoch,
            from: state.batch, unit: "batches", sink: console.diagnostics)
    }

    func didFinishStep(_ event: StepEvent) throws {
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

    func didFinishEpoch(_ record: EpochRecord, _ state: TrainingState) throws {
        let isLast = state.stopReason != nil
        guard record.epoch % style.epochsPerLine == 0 || record.epoch == 1 || isLast else { return }
        let metrics = style.metrics.map { name in
            "\(name) \(style.format(record.metrics[name] ?? .nan))"
        }
        let seconds = NumberText.short(record.trainingSeconds)
        console.note(
            "epoch \(record.epoch): loss \(lossText(record.loss)), "
                + metrics.joined(separator: ", ") + ", \(seconds) s"
                + (record.isBest ? " (best so far)" : ""))
    }

    /// Losses far below 1 need more than the usual digits.
    private func lossText(_ loss: Double) -> String {
        loss.magnitude < 0.1 ? NumberText.fixed(loss, 6) : NumberText.short(loss)
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
