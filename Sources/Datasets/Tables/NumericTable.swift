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
    /// Columns with other names are left out. Throws ``TableProblem/missingColumns(_:available:)`` with all names
    /// that are not there.
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

    /// The features of some rows, one row after the other.
    package func features(ofRows rows: some Sequence<Int32>) -> [Float] {
        rows.flatMap { features[Int($0) * width..<(Int($0) + 1) * width] }
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

/// Where in a table file something is wrong.
public enum TablePlace: Equatable, Sendable {
    /// A line of the file, from 1, and the name of the column.
    case line(Int, column: String)
    /// A record of the file, from 0, and the name of the value inside it.
    case record(Int, name: String)
}

extension TablePlace: CustomStringConvertible {
    /// The place as a message names it.
    public var description: String {
        switch self {
        case .line(let line, let column): "line \(line), column '\(column)'"
        case .record(let index, let name): "record \(index) (from 0), '\(name)'"
        }
    }
}

/// What is wrong with a table, or with a split of its rows.
public enum TableProblem: Error, Equatable, Sendable {
    /// There is no header, or no row after it.
    case noRows
    /// There is no member `name` with at least one record in it.
    case noRecords(name: String)
    /// No column is left for the features.
    case noFeatures(columns: [String])
    /// A column of the header has no name; columns count from 1.
    case unnamedColumn(Int)
    /// Two columns have the same name.
    case duplicateColumn(String)
    /// Columns that are asked for do not exist.
    case missingColumns([String], available: [String])
    /// The target, or the column of groups, is also asked for as a feature.
    case isAlsoFeature(String)
    /// A row has another number of fields than the header.
    case raggedRow(line: Int, expected: Int, found: Int)
    /// A quoted field does not end.
    case openQuote(line: Int)
    /// Something stands between the end of a quoted field and the next comma.
    case textAfterQuote(line: Int, found: String)
    /// A line is not valid UTF-8.
    case invalidUTF8(line: Int)
    /// A value is not a finite number.
    case notANumber(TablePlace, found: String)
    /// A value is a finite number, but too large for 32 bits.
    case tooLarge(TablePlace, found: String)
    /// A value that is needed is not there.
    case missingValue(TablePlace)
    /// A value is of another kind than needed.
    case wrongKind(TablePlace, expected: String, found: String)
    /// A member of the file's outer object is of another kind than needed, or is not there.
    case wrongMember(name: String, expected: String, found: String?)
    /// A record has another number of features than there are names.
    case wrongWidth(record: Int, expected: Int, found: Int)
    /// The table has another number of features than a model or rule reads.
    case wrongFeatureCount(expected: Int, found: Int)
    /// A label that must lie in [0, 1] does not.
    case labelOutsideUnitInterval(TablePlace, found: String)
    /// There are fewer records than training needs.
    case tooFewRecords(count: Int, minimum: Int)
    /// Something is wrong with a split of the rows.
    case split(SplitProblem)
    /// Something else; the text says what.
    case unreadable(String)
}

extension TableProblem: CustomStringConvertible {
    /// What is wrong, where, with the values, and what to do.
    public var description: String {
        switch self {
        case .noRows: "no rows: the table needs a header and at least one line of numbers"
        case .noRecords(let name): "no '\(name)' with at least one record in it"
        case .noFeatures(let columns):
            "no features: besides the target there is no column among \(Self.list(columns))"
        case .unnamedColumn(let column):
            "line 1: column \(column) has no name; is the header missing?"
        case .duplicateColumn(let name):
            "two columns are called '\(name)'; rename or remove one"
        case .missingColumns(let names, let available):
            "no column \(Self.list(names)); there are \(Self.list(available))"
        case .isAlsoFeature(let name):
            "column '\(name)' cannot be a feature and the target or group at once"
        case .raggedRow(let line, let expected, let found):
            "line \(line): \(found) fields, but the header has \(expected)"
        case .openQuote(let line): "line \(line): the quoted field that begins here does not end"
        case .textAfterQuote(let line, let found):
            "line \(line): '\(found)' follows a quoted field; double a quote that is part of it"
        case .invalidUTF8(let line): "line \(line) is not valid UTF-8; save the file as UTF-8"
        case .notANumber(let place, let found):
            found.isEmpty
                ? "\(place): empty where a finite number is needed"
                : "\(place): '\(found)' is not a finite number"
        case .tooLarge(let place, let found):
            "\(place): \(found) is too large for a 32-bit number; use another unit"
        case .missingValue(let place): "\(place): missing"
        case .wrongKind(let place, let expected, let found):
            "\(place): \(found) where \(expected) is needed"
        case .wrongMember(let name, let expected, let found):
            "'\(name)' must be \(expected), found \(found ?? "none")"
        case .wrongWidth(let record, let expected, let found):
            "record \(record) (from 0): \(found) features, but there are \(expected) names"
        case .wrongFeatureCount(let expected, let found):
            "the table has \(found) features, but \(expected) are read"
        case .labelOutsideUnitInterval(let place, let found):
            "\(place): the label \(found) lies outside [0, 1]"
        case .tooFewRecords(let count, let minimum):
            "\(count) records, but training needs at least \(minimum)"
        case .split(let problem): problem.description
        case .unreadable(let text): text
        }
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > 12 ? "\(shown) and \(names.count - 12) more" : shown
    }
}
