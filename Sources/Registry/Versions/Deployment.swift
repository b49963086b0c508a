public import TandemBasics
import TandemDatasets

/// What was done to a version, as the history names it.
public enum DeploymentAction: String, CaseIterable, Sendable, DatabaseConvertible {
    /// A version was registered.
    case register
    /// The registration of a version in staging was replaced by another.
    case replace
    /// The weight of a version was set.
    case weight
    /// A version became the active one.
    case `switch`
    /// The version that was active before became the active one again.
    case rollback
    /// The same, because users had become less satisfied.
    case automaticRollback = "auto_rollback"
    /// A version was given up.
    case deprecate
    /// A version was retired for good.
    case archive
    /// A test began.
    case testStart = "ab_start"
    /// A test was given another share of the users.
    case testStage = "ab_stage"
    /// A test was ended.
    case testStop = "ab_stop"
    /// A version was trained again from logged outcomes.
    case retrain
}

/// One line of the history, which only grows.
public struct Deployment: Equatable, Sendable {
    /// Grows with every line.
    public let identifier: Int
    /// The type of the versions.
    public let type: ModelType
    /// What was done.
    public let action: DeploymentAction
    /// The version that stopped serving, where one did.
    public let fromVersion: String?
    /// The version that it was done to.
    public let toVersion: String?
    /// Old values, reasons and figures: a JSON object.
    public let detail: JSONValue
    /// When.
    public let at: Moment

    /// Reads a row of the table `deployments`.
    init(_ row: DatabaseRow) throws(RegistryError) {
        identifier = try row.value("id")
        type = try row.value("model_type")
        action = try row.value("action")
        fromVersion = try row.value("from_version")
        toVersion = try row.value("to_version")
        detail = try row.value("detail")
        at = try row.value("at")
    }

    /// The line as a JSON object with the table's columns.
    public var json: JSONValue {
        .object([
            JSONMember("id", .integer(identifier)),
            JSONMember("model_type", .string(type.name)),
            JSONMember("action", .string(action.rawValue)),
            JSONMember("from_version", JSONValue(fromVersion)),
            JSONMember("to_version", JSONValue(toVersion)),
            JSONMember("detail", detail),
            JSONMember("at", .string(at.description)),
        ])
    }
}
