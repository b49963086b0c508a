/// A table of numbers, row by row, with a name for every column: features, and a target to be predicted.
///
/// The numbers are as they stand in the file: scaling belongs to ``StandardScaler``.
public struct NumericTable: Sendable, Equatable {
    /// The names of the features, in the order of their columns.
    public var featureNames: [String]
    /// The name of the target; empty when there is none.
    public var targetName: String
    /// The features `[n, F]`, row-major.
    public var features: [Float]
    /// The targets `[n]`; empty when the input has none.
    public var targets: [Float]
    /// A group for every row, for example its user, so that a split can keep groups whole.
    public var groups: [String]?

    /// The number of rows.
    public var count: Int { width == 0 ? 0 : features.count / width }
    /// The number of features.
    public var width: Int { featureNames.count }

    /// Makes a table; `features` holds one number per name for every row.
    public init(
        featureNames: [String], targetName: String, features: [Float], targets: [Float],
        groups: [String]? = nil
    ) {
        self.featureNames = featureNames
        self.targetName = targetName
        self.features = features
        self.targets = targets
        self.groups = groups
    }

    /// The same rows with the features `names` in that order.
    ///
    /// Columns with other names are left out.
    ///
    /// - Parameter names: the names of the features wanted.
    /// - Returns: the table with those features.
    /// - Throws: ``TableProblem/missingColumns(_:available:)`` with all names that are not there.
    public func selecting(_ names: [String]) throws(TableProblem) -> NumericTable {
        if names == featureNames { return self }
        let columns = try Self.columns(names, among: featureNames)
        var selected = self
        selected.featureNames = names
        selected.features = []
        selected.features.reserveCapacity(count * columns.count)
        for row in 0..<count {
            for column in columns { selected.features.append(features[row * width + column]) }
        }
        return selected
    }

    /// The positions of `names` in `available`; throws when some are not there.
    static func columns(
        _ names: [String], among available: [String]
    ) throws(TableProblem) -> [Int] {
        let columns = names.map { available.firstIndex(of: $0) }
        let missing = zip(names, columns).filter { $0.1 == nil }.map(\.0)
        if !missing.isEmpty { throw .missingColumns(missing, available: available) }
        return columns.compactMap { $0 }
    }

    /// The first name that occurs twice; nil when all differ.
    static func duplicate(in names: [String]) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}
