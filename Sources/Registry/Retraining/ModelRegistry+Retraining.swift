public import TandemBasics

/// What a training is asked to do.
public struct RetrainingTask: Sendable {
    /// What the model computes.
    public let type: ModelType
    /// Why it is trained.
    public let reason: RetrainingReason
    /// The training file with all records that have an outcome.
    public let dataPath: String
    /// The number of records in it.
    public let records: Int
    /// The version to compare with; nil if none serves.
    public let active: VersionRecord?
    /// When the records were read.
    public let startedAt: Moment
}

/// What a training has made.
public struct RetrainedModel: Sendable {
    /// The model's file.
    public var modelPath: String
    /// Its loss on the validation rows.
    public var validationLoss: Double
    /// The active version's loss on the same rows, by the same measure; nil if no version serves.
    public var activeValidationLoss: Double?
    /// Where the data comes from.
    public var dataSource: DataSource
    /// Further figures of the training.
    public var metrics: [JSONMember]

    /// A model and its losses.
    public init(
        modelPath: String, validationLoss: Double, activeValidationLoss: Double?,
        dataSource: DataSource, metrics: [JSONMember] = []
    ) {
        self.modelPath = modelPath
        self.validationLoss = validationLoss
        self.activeValidationLoss = activeValidationLoss
        self.dataSource = dataSource
        self.metrics = metrics
    }

    /// Whether the model is good enough to be registered: its loss is finite and exceeds that of the active version by
    /// no more than `tolerance` of it.
    public func isGoodEnough(tolerance: Double) -> Bool {
        guard validationLoss.isFinite else { return false }
        guard let activeValidationLoss else { return true }
        return !(validationLoss > activeValidationLoss * (1 + tolerance))
    }
}

/// How a retraining ended.
public struct RetrainingResult: Sendable {
    /// What was trained, and why.
    public let task: RetrainingTask
    /// What came out.
    public let model: RetrainedModel
    /// The version that was registered; nil if the model was too bad.
    public let registered: VersionRecord?

    /// The result as a JSON object.
    public var json: JSONValue {
        [
            "model_type": .string(task.type.name), "reason": .string(task.reason.rawValue),
            "records": .integer(task.records), "model_path": .string(model.modelPath),
            "val_loss": JSONValue(model.validationLoss),
            "active_version": JSONValue(task.active?.version),
            "active_val_loss": JSONValue(model.activeValidationLoss),
            "registered_version": JSONValue(registered?.version),
        ]
    }
}

extension ModelRegistry {
    /// Trains a model on all records with outcome and registers it in staging, if it is good enough.
    ///
    /// While this goes on, no other process trains a model of the type. The history gets a line `retrain` with the
    /// reason, the losses and the new version; for a model that is too bad, without version. The records may grow
    /// meanwhile, and other commands work; a training that fails leaves no line and is tried again by the next
    /// check. The training file is written to `dataPath`; of the settings the least number of records, the
    /// tolerance and the weight count. Throws what `train` throws; `RolloutError` when another training runs,
    /// records are too few, the losses were not compared or the active version has changed meanwhile;
    /// `RegistryError` when the model cannot be registered.
    public func retrain(
        _ type: ModelType, reason: RetrainingReason, dataPath: String,
        settings: RetrainingSettings = RetrainingSettings(),
        _ train: (RetrainingTask) throws -> RetrainedModel
    ) throws -> RetrainingResult {
        let lock = try takeRetrainingLock(type, reason, startedAt: database.clock.now())
        do {
            let task = try prepare(lock, dataPath: dataPath, settings: settings)
            let model = try train(task)
            return try database.transaction {
                let result = try conclude(task, model, settings: settings)
                try release(lock)
                return result
            }
        } catch {
            // The training's own error matters more; a lock that stays is taken over when this process has ended.
            try? release(lock)
            throw error
        }
    }

    private func prepare(
        _ lock: RetrainingLock, dataPath: String, settings: RetrainingSettings
    ) throws -> RetrainingTask {
        try database.snapshot {
            let check = try checkRetraining(of: lock.type, settings: settings)
            guard check.outcomes >= settings.minimumOutcomes else {
                throw RolloutError.tooFewRecords(
                    outcomes: check.outcomes, required: settings.minimumOutcomes)
            }
            return RetrainingTask(
                type: lock.type, reason: lock.reason, dataPath: dataPath,
                records: try writeTrainingFile(to: dataPath),
                active: try activeVersion(of: lock.type), startedAt: lock.startedAt)
        }
    }

    private func conclude(
        _ task: RetrainingTask, _ model: RetrainedModel, settings: RetrainingSettings
    ) throws -> RetrainingResult {
        let active = try activeVersion(of: task.type)?.version
        guard active == task.active?.version else {
            throw RolloutError.activeVersionChanged(
                type: task.type.name, from: task.active?.version, to: active,
                model: model.modelPath)
        }
        if let active, model.activeValidationLoss == nil {
            throw RolloutError.notCompared(
                type: task.type.name, active: active, model: model.modelPath)
        }
        let figures = [
            JSONMember("val_loss", JSONValue(model.validationLoss)),
            JSONMember("active_val_loss", JSONValue(model.activeValidationLoss)),
            JSONMember("training_samples", .integer(task.records)),
        ]
        let registered =
            model.isGoodEnough(tolerance: settings.tolerance)
            ? try register(model, of: task, figures: figures, weight: settings.weight) : nil
        try record(
            .retrain, task.type, to: registered?.version,
            detail: [
                JSONMember("active_version", JSONValue(active)),
                JSONMember("reason", .string(task.reason.rawValue)),
                JSONMember("started_at", .string(task.startedAt.description)),
            ] + figures, at: database.clock.now())
        return RetrainingResult(task: task, model: model, registered: registered)
    }

    private func register(
        _ model: RetrainedModel, of task: RetrainingTask, figures: [JSONMember], weight: Double
    ) throws -> VersionRecord {
        var registration = VersionRegistration(
            .next(model.dataSource), of: task.type, modelPath: model.modelPath)
        registration.weight = weight
        registration.description = "Trained again (\(task.reason.rawValue))"
        registration.metrics =
            figures
            + model.metrics.filter { member in
                !figures.contains { $0.name == member.name }
            }
        // The moment at which the records were read: those that came later count as new ones.
        registration.trainedDate = task.startedAt
        return try register(registration)
    }
}
