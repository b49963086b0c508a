/// The station of a version between registration and retirement.
public enum VersionStatus: String, CaseIterable, Sendable {
    /// Registered; can be tested.
    case staging
    /// Serves; at most one version of a type is active.
    case active
    /// Served, or was given up; kept for a rollback.
    case deprecated
    /// Never served again.
    case archived
}

/// Where the data that a version was trained on comes from.
public enum DataSource: String, CaseIterable, Sendable {
    /// Made by a generator.
    case synthetic
    /// Profiles of real questionnaires, the rest generated.
    case hybrid = "hybrid_big_five"
    /// Observed.
    case real = "real_data"

    /// The word for it in a version's name.
    public var word: String {
        switch self {
        case .synthetic: "synthetic"
        case .hybrid: "hybrid"
        case .real: "real"
        }
    }
}
