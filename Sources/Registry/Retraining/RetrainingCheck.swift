public import TandemBasics

/// Why a model is trained again.
public enum RetrainingReason: String, CaseIterable, Sendable, DatabaseConvertible {
    /// The last training is long ago.
    case scheduled
    /// Many outcomes have come in.
    case dataThreshold = "data_threshold"
    /// Somebody asked for it.
    case manual
}

/// When a model is trained again, and when the result is registered.
public struct RetrainingSettings: Equatable, Sendable {
    /// Days after which one new record suffices.
    public var days = 7.0
    /// New records with outcome that suffice at any time.
    public var newOutcomes = 1000
    /// With fewer records with outcome in all nothing is trained.
    public var minimumOutcomes = 100
    /// How much worse than the active version's the validation loss may be, as a share of it.
    public var tolerance = 0.02
    /// The weight that the new version is registered with.
    public var weight = 0.1

    /// The usual settings.
    public init() {}
}

/// How much has come in since the last training, and what follows.
public struct RetrainingCheck: Equatable, Sendable {
    /// When the check was made.
    public let at: Moment
    /// When the data of the latest training was read; nil if none is known.
    public let lastTraining: Moment?
    /// Records kept since then.
    public let newRecords: Int
    /// Records whose outcome became known since then.
    public let newOutcomes: Int
    /// All records with an outcome, on which a training would run.
    public let outcomes: Int
    /// Why to train now; nil if there is no reason to.
    public let reason: RetrainingReason?
    /// What the decision rests on, as a sentence.
    public let explanation: String

    init(
        at: Moment, lastTraining: Moment?, newRecords: Int, newOutcomes: Int, outcomes: Int,
        settings: RetrainingSettings
    ) {
        self.at = at
        self.lastTraining = lastTraining
        self.newRecords = newRecords
        self.newOutcomes = newOutcomes
        self.outcomes = outcomes
        let days = lastTraining.map { Double(at.milliseconds - $0.milliseconds) / 86_400_000 }
        let isDue = days.map { $0 >= settings.days } ?? true
        let since =
            days.map { "\(($0 * 10).rounded() / 10) days since the last training" }
            ?? "no training yet"
        let found = "\(since), \(newRecords) new records, \(newOutcomes) new outcomes"
        if outcomes < settings.minimumOutcomes {
            reason = nil
            explanation =
                "\(found); only \(outcomes) records have an outcome, "
                + "\(settings.minimumOutcomes) are needed"
        } else if newOutcomes >= settings.newOutcomes {
            reason = .dataThreshold
            explanation = "\(found): at least \(settings.newOutcomes) outcomes are reason enough"
        } else if isDue && newRecords > 0 {
            reason = .scheduled
            explanation = "\(found): due every \(settings.days) days"
        } else {
            reason = nil
            explanation = "\(found): nothing to do"
        }
    }

    /// The check as a JSON object.
    public var json: JSONValue {
        [
            "at": .string(at.description), "last_training": JSONValue(lastTraining?.description),
            "new_records": .integer(newRecords), "new_outcomes": .integer(newOutcomes),
            "outcomes": .integer(outcomes), "reason": JSONValue(reason?.rawValue),
            "explanation": .string(explanation),
        ]
    }
}

extension ModelRegistry {
    /// Decides whether a model of the type is to be trained again.
    ///
    /// The last training is the latest of those that left a line `retrain` in the history, whether or not their model was
    /// registered, and of the versions' training dates (dates of registration where those are not known).
    public func checkRetraining(
        of type: ModelType, settings: RetrainingSettings = RetrainingSettings()
    ) throws -> RetrainingCheck {
        try database.snapshot {
            let last = try lastTraining(of: type)
            let since = last ?? Moment(milliseconds: .min)
            func count(_ condition: String, _ values: [any DatabaseConvertible]) throws -> Int {
                try database.value(
                    "SELECT count(*) FROM training_records WHERE " + condition, values) ?? 0
            }
            return RetrainingCheck(
                at: database.clock.now(), lastTraining: last,
                newRecords: try count("created_at > ?", [since]),
                newOutcomes: try count(
                    "outcome_score IS NOT NULL AND (created_at > ?1 OR outcome_at > ?1)", [since]),
                outcomes: try count("outcome_score IS NOT NULL", []),
                settings: settings)
        }
    }

    private func lastTraining(of type: ModelType) throws -> Moment? {
        let trained = try versions(of: type).map { $0.trainedDate ?? $0.createdAt }
        let retrained = try history(of: type).compactMap { line -> Moment? in
            guard line.action == .retrain, case .string(let text)? = line.detail["started_at"]
            else { return nil }
            return Moment(text)
        }
        return (trained + retrained).max()
    }
}
