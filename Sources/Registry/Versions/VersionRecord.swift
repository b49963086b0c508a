public import TandemBasics

extension VersionStatus: DatabaseConvertible {}

/// Everything that is known about one version of a model.
public struct VersionRecord: Equatable, Sendable {
    /// What the model computes.
    public let type: ModelType
    /// The name, unique within its type.
    public let version: String
    /// The absolute path of the model; nil for a version of which only the figures are known.
    public let modelPath: String?
    /// The SHA-256 of the model's file in hexadecimal digits.
    public let modelSHA256: String?
    /// The share of the neural score given at registration.
    public let defaultWeight: Double
    /// The share set later, in place of the default.
    public let currentWeight: Double?
    /// Where the training data comes from.
    public let dataSource: DataSource
    /// When it was trained, if that is known.
    public let trainedDate: Moment?
    /// Its station.
    public let status: VersionStatus
    /// A text for people.
    public let description: String
    /// Figures of the training: a JSON object.
    public let trainingMetrics: JSONValue
    /// The share of users in its test; nil without a test, 1 for all of them.
    public let testFraction: Double?
    /// When its latest test began.
    public let testStart: Moment?
    /// Figures of its use: a JSON object.
    public let performanceMetrics: JSONValue?
    /// When it was registered.
    public let createdAt: Moment
    /// When it was last changed.
    public let updatedAt: Moment
    private let columns: [JSONMember]

    /// The weight that counts: the current one, else the default.
    public var effectiveWeight: Double { currentWeight ?? defaultWeight }
    /// Whether it serves.
    public var isActive: Bool { status == .active }
    /// Whether a test of it is running.
    public var isInTest: Bool { (testFraction ?? 0) > 0 }
    /// Whether its test has reached all users.
    public var isFullyRolledOut: Bool { testFraction == 1 }

    /// Reads a row of the table `model_versions`.
    init(_ row: DatabaseRow) throws(RegistryError) {
        type = try row.value("model_type")
        version = try row.value("version")
        modelPath = try row.value("model_path")
        modelSHA256 = try row.value("model_sha256")
        defaultWeight = try row.value("default_weight")
        currentWeight = try row.value("current_weight")
        dataSource = try row.value("data_source")
        trainedDate = try row.value("trained_date")
        status = try row.value("status")
        description = try row.value("description")
        trainingMetrics = try row.value("training_metrics")
        testFraction = try row.value("ab_traffic")
        testStart = try row.value("ab_start")
        performanceMetrics = try row.value("performance_metrics")
        createdAt = try row.value("created_at")
        updatedAt = try row.value("updated_at")
        columns = try row.members()
    }

    /// The record as a JSON object: the table's columns, then what follows from them.
    public var json: JSONValue {
        .object(
            columns + [
                JSONMember("effective_weight", .number(effectiveWeight)),
                JSONMember("is_active", .bool(isActive)),
                JSONMember("in_ab_test", .bool(isInTest)),
                JSONMember("fully_rolled_out", .bool(isFullyRolledOut)),
            ])
    }
}
