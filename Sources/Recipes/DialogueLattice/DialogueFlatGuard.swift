import TandemBasics
public import TandemTraining

/// Ends a run whose validation cosine stands still: a model that learns changes it in every epoch.
///
/// Two evaluations in a row that differ by less than 1e-7 give a warning, three such differences end the run.
public final class DialogueFlatGuard: TrainingPolicy {
    /// What the guard has seen.
    public struct Progress: Codable, Sendable {
        var cosine: Double?
        var flatEvaluations = 0
    }

    /// Kept in every checkpoint.
    public var savedState = Progress()

    /// A guard that has seen nothing.
    public init() {}

    /// `flatMetric`.
    public var name: String { "flatMetric" }

    /// Compares the cosine with the one before.
    public func didEvaluate(_ evaluation: Evaluation, _ run: TrainingContext) {
        guard let cosine = evaluation.metrics.first(where: { $0.name == "cosine" })?.value else {
            return
        }
        let isFlat = savedState.cosine.map { abs($0 - cosine) < 1e-7 } ?? false
        savedState.flatEvaluations = isFlat ? savedState.flatEvaluations + 1 : 0
        savedState.cosine = cosine
    }

    /// Warns, and stops the run the third time.
    public func willSaveEpoch(_ record: inout EpochRecord, _ run: TrainingContext) {
        guard savedState.flatEvaluations > 0 else { return }
        let text =
            "the validation cosine stands still at "
            + NumberText.fixed(savedState.cosine ?? .nan, 7)
        record.warnings = (record.warnings ?? []) + [text]
        guard savedState.flatEvaluations >= 3 else { return }
        run.stop(
            StopReason(
                "flatMetric",
                "\(text) for three evaluations: the model is not learning; raise the learning rate, "
                    + "or look whether the model's parameters take part"))
    }
}
