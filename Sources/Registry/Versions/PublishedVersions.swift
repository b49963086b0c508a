import TandemBasics
import TandemDatasets

/// Versions whose figures were published without their models.
private struct PublishedVersion {
    let type: ModelType
    let version: String
    let description: String
    let metrics: [JSONMember]

    static let all = [
        PublishedVersion(
            type: .callingScore, version: "v1.0-hybrid",
            description: "Published baseline: learning rate 0.001, batch size 32, [128, 64]",
            metrics: [
                JSONMember("test_loss", .number(0.0267)), JSONMember("best_epoch", .integer(42)),
                JSONMember("training_samples", .integer(10_000)),
                hyperparameters(batchSize: 32),
            ]),
        PublishedVersion(
            type: .callingScore, version: "v1.1-hybrid",
            description: "Published winner of the sweep: batch size 128",
            metrics: [
                JSONMember("test_loss", .number(0.0257)), JSONMember("val_loss", .number(0.0279)),
                JSONMember("improvement_vs_baseline", .number(3.75)),
                JSONMember("training_samples", .integer(10_000)),
                hyperparameters(batchSize: 128),
                JSONMember("previous_version", .string("v1.0-hybrid")),
            ]),
        PublishedVersion(
            type: .outcome, version: "v1.0-hybrid",
            description: "Published outcome model: 45-128-64-32-1",
            metrics: [
                JSONMember("test_accuracy", .number(0.8807)),
                JSONMember("test_loss", .number(0.6882)),
                JSONMember("best_epoch", .integer(24)),
                JSONMember("training_samples", .integer(10_000)),
            ]),
    ]

    private static func hyperparameters(batchSize: Int) -> JSONMember {
        JSONMember(
            "hyperparameters",
            .object([
                JSONMember("learning_rate", .number(0.001)),
                JSONMember("batch_size", .integer(batchSize)),
                JSONMember("architecture", .array([.integer(128), .integer(64)])),
                JSONMember("dropout", .number(0.2)),
            ]))
    }
}

extension ModelRegistry {
    /// Adds the published versions that are not there yet, in staging and without models.
    ///
    /// They serve as figures to compare with; to serve, they need a model, registered in their place.
    ///
    /// - Returns: the number of versions added.
    @discardableResult
    public func addPublishedVersions() throws -> Int {
        try database.transaction {
            var count = 0
            for published in PublishedVersion.all
            where try versionIfPresent(published.version, of: published.type) == nil {
                let now = database.clock.now()
                try database.execute(
                    """
                    INSERT INTO model_versions(model_type, version, default_weight, data_source,
                      status, description, training_metrics, created_at, updated_at)
                    VALUES (?, ?, 0.1, ?, 'staging', ?, ?, ?, ?)
                    """,
                    [
                        published.type, published.version, DataSource.hybrid,
                        published.description, JSONValue.object(published.metrics), now, now,
                    ])
                try record(
                    .register, published.type, to: published.version,
                    detail: [JSONMember("published", .bool(true))], at: now)
                count += 1
            }
            return count
        }
    }
}
