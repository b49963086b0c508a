public import TandemBasics
import TandemInterchange

/// What is to be known about a version that is registered.
public struct VersionRegistration: Sendable {
    /// How the version gets its name.
    public enum Name: Sendable {
        /// By hand; without a data source the name must tell it, as `v1.1-hybrid` does.
        case given(String, DataSource?)
        /// The next minor version after the highest one of its type.
        case next(DataSource)
    }

    /// What the model computes.
    public var type: ModelType
    /// The name.
    public var name: Name
    /// The model's file.
    public var modelPath: String
    /// The share of the neural score, from 0 to 1.
    public var weight = 0.1
    /// A text for people.
    public var description = ""
    /// Figures of the training.
    public var metrics: [JSONMember] = []
    /// When it was trained; nil for what the model itself says.
    public var trainedDate: Moment?
    /// Whether a version in staging of the same name is replaced.
    public var replaces = false

    /// A registration with the usual weight and no figures.
    public init(_ name: Name, of type: ModelType, modelPath: String) {
        self.type = type
        self.name = name
        self.modelPath = modelPath
    }
}

extension ModelRegistry {
    /// Adds a version in staging.
    ///
    /// The file must be an ONNX model of its type's width that answers probes with sensible values; its absolute path
    /// and its SHA-256 are stored. Figures get the member `previous_version`, the active version, unless they have it.
    ///
    /// - Returns: the version as it is stored.
    /// - Throws: `RegistryError` when the file or the name is refused, or when the version exists and may not be
    ///   replaced: only in staging, without a running test and before any outcome was logged for it.
    @discardableResult
    public func register(_ registration: VersionRegistration) throws -> VersionRecord {
        guard (0...1).contains(registration.weight) else {
            throw RegistryError.invalidWeight(registration.weight)
        }
        let file = try ModelFile(registration.modelPath)
        let model = try file.probe(as: registration.type)
        let trained =
            model.metadata["trained_at"].flatMap { Moment($0) } ?? registration.trainedDate
        return try database.transaction {
            let (version, source) = try resolve(registration.name, of: registration.type)
            let existing = try versionIfPresent(version, of: registration.type)
            if let existing { try requireReplaceable(existing, replaces: registration.replaces) }
            let now = database.clock.now()
            try store(
                registration, as: version, source: source, file: file, trained: trained, at: now)
            var detail = [JSONMember("model_sha256", .string(file.sha256))]
            if let existing {
                detail.append(JSONMember("replaced_sha256", JSONValue(existing.modelSHA256)))
            }
            try record(
                existing == nil ? .register : .replace, registration.type, to: version,
                detail: detail, at: now)
            return try self.version(version, of: registration.type)
        }
    }

    private func resolve(
        _ name: VersionRegistration.Name, of type: ModelType
    ) throws -> (version: String, source: DataSource) {
        switch name {
        case .given(let version, let source):
            try VersionName.check(version)
            guard let source = source ?? DataSource(versionName: version) else {
                throw RegistryError.unknownDataSource(version: version)
            }
            return (version, source)
        case .next(let source):
            let names = try versions(of: type).map(\.version)
            return (VersionName.next(after: names, source: source).description, source)
        }
    }

    private func requireReplaceable(_ existing: VersionRecord, replaces: Bool) throws {
        let (type, version) = (existing.type.name, existing.version)
        guard replaces, existing.status == .staging else {
            throw RegistryError.versionExists(
                type: type, version: version, status: existing.status)
        }
        if existing.isInTest {
            throw RegistryError.underTest(type: type, version: version)
        }
        let outcomes: Int? = try database.value(
            "SELECT count(*) FROM ab_outcomes WHERE model_type = ? AND version = ?",
            [existing.type, version])
        if let outcomes, outcomes > 0 {
            throw RegistryError.notReplaceable(
                type: type, version: version,
                reason: "\(outcomes) outcomes of the present model are logged under this name; "
                    + "register the other model as a new version")
        }
    }

    private func store(
        _ registration: VersionRegistration, as version: String, source: DataSource,
        file: ModelFile, trained: Moment?, at now: Moment
    ) throws {
        var metrics = registration.metrics
        if !metrics.contains(where: { $0.name == "previous_version" }),
            let active = try activeVersion(of: registration.type)
        {
            metrics.append(JSONMember("previous_version", .string(active.version)))
        }
        try database.insert(
            into: "model_versions",
            [
                "model_type": registration.type, "version": version, "model_path": file.path,
                "model_sha256": file.sha256, "default_weight": registration.weight,
                "data_source": source, "trained_date": trained, "status": VersionStatus.staging,
                "description": registration.description,
                "training_metrics": JSONValue.object(metrics), "created_at": now,
                "updated_at": now,
            ],
            """
            ON CONFLICT(model_type, version) DO UPDATE SET
              model_path = excluded.model_path, model_sha256 = excluded.model_sha256,
              default_weight = excluded.default_weight, current_weight = NULL,
              data_source = excluded.data_source, trained_date = excluded.trained_date,
              description = excluded.description, training_metrics = excluded.training_metrics,
              ab_start = NULL, performance_metrics = NULL, updated_at = excluded.updated_at
            """)
    }
}

/// Versions whose figures were published without their models.
private struct PublishedVersion {
    let type: ModelType
    let version: String
    let description: String
    let metrics: JSONValue

    static let all = [
        PublishedVersion(
            type: .callingScore, version: "v1.0-hybrid",
            description: "Published baseline: learning rate 0.001, batch size 32, [128, 64]",
            metrics: [
                "test_loss": .number(0.0267), "best_epoch": .integer(42),
                "training_samples": .integer(10_000),
                "hyperparameters": hyperparameters(batchSize: 32),
            ]),
        PublishedVersion(
            type: .callingScore, version: "v1.1-hybrid",
            description: "Published winner of the sweep: batch size 128",
            metrics: [
                "test_loss": .number(0.0257), "val_loss": .number(0.0279),
                "improvement_vs_baseline": .number(3.75), "training_samples": .integer(10_000),
                "hyperparameters": hyperparameters(batchSize: 128),
                "previous_version": "v1.0-hybrid",
            ]),
        PublishedVersion(
            type: .outcome, version: "v1.0-hybrid",
            description: "Published outcome model: 45-128-64-32-1",
            metrics: [
                "test_accuracy": .number(0.8807), "test_loss": .number(0.6882),
                "best_epoch": .integer(24), "training_samples": .integer(10_000),
            ]),
    ]

    private static func hyperparameters(batchSize: Int) -> JSONValue {
        [
            "learning_rate": .number(0.001), "batch_size": .integer(batchSize),
            "architecture": .array([.integer(128), .integer(64)]), "dropout": .number(0.2),
        ]
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
                try database.insert(
                    into: "model_versions",
                    [
                        "model_type": published.type, "version": published.version,
                        "default_weight": 0.1, "data_source": DataSource.hybrid,
                        "status": VersionStatus.staging, "description": published.description,
                        "training_metrics": published.metrics,
                        "created_at": now, "updated_at": now,
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
