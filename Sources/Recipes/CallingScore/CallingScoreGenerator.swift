import TandemBasics
import TandemDatasets
import Glibc

/// Makes calling-score records by a known rule, for people who have none and for tests.
///
/// The rule; all values are limited to [0, 1] and rounded to four decimals:
/// - There is one user for every 100 records, at least 10; users have consecutive records of equal
///   number. A user has five traits from U(0, 1); a dimension is `0.6 a + 0.4 b` of two of them.
/// - A spot's dimension is the user's times U(0.6, 0.9), plus a normal number of deviation 0.15.
/// - Six context and four timing values come from Beta(2, 2). The five features that follow from
///   others are left out, so that computing them is worth while.
/// - The formula score is 0.5 times the mean over the dimensions of 1 - |user - spot|, plus 0.3
///   times the mean of the context values, plus 0.2 times the mean of the timing values. A record
///   is called if it is at least 0.7.
/// - The outcome of a called record is the formula score plus a normal number of deviation 0.1; it
///   is positive from 0.7, else neutral. Otherwise it comes from U(0, 0.5), negative below 0.3,
///   else neutral.
///
/// Nobody can predict better than the mean of the outcome given the formula score; the mean
/// squared error of that prediction is the noise floor. The same seed gives the same bytes.
public enum CallingScoreGenerator {
    /// The largest number of records made at once.
    public static let rowLimit = 10_000_000

    /// The records as a table, exactly as if they had been written to a file and read.
    ///
    /// Throws when the number of records is unusable.
    public static func table(
        rows: Int, seed: UInt64, options: CallingScoreOptions
    ) throws -> CallingScoreTable {
        var text: [UInt8] = []
        try sample(rows: rows, seed: seed).writeText(seed: seed) { text += $0 }
        return try CallingScoreRecords.read(text, name: "generated records", options: options)
    }

    /// Writes the records to a JSON file, or nothing.
    ///
    /// Folders that are missing are made. Throws when a file is there and must not be replaced, or cannot be
    /// written.
    @discardableResult
    public static func write(
        rows: Int, seed: UInt64, to path: String, overwrites: Bool = false
    ) throws -> CallingScoreSummary {
        try prepare(path, overwrites: overwrites)
        let sample = try sample(rows: rows, seed: seed)
        try AtomicFile.write(to: path) { writer throws(FileError) in
            try sample.writeText(seed: seed) { bytes throws(FileError) in try writer.write(bytes) }
        }
        return CallingScoreSummary(sample)
    }

    /// Writes the 39 features and the outcome to a CSV file, or nothing; else as ``write(rows:seed:to:overwrites:)``.
    @discardableResult
    public static func writeCSV(
        rows: Int, seed: UInt64, to path: String, overwrites: Bool = false
    ) throws -> CallingScoreSummary {
        try prepare(path, overwrites: overwrites)
        let sample = try sample(rows: rows, seed: seed)
        var text: [UInt8] = []
        sample.writeText(seed: seed) { text += $0 }
        var table = try CallingScoreRecords.read(
            text, name: "generated records", options: CallingScoreOptions(requiresLabels: false)
        ).table
        table.targetName = CallingScoreFeatures.targetName(of: .score)
        table.targets = sample.outcomes.map { Float(Double($0) / CallingScoreSample.unit) }
        try CSVTable.write(table, to: path)
        return CallingScoreSummary(sample)
    }

    private static func sample(
        rows: Int, seed: UInt64
    ) throws(CallingScoreGeneratorError) -> CallingScoreSample {
        guard 1...rowLimit ~= rows else { throw .badCount(rows) }
        return CallingScoreSample(rows: rows, seed: seed)
    }

    private static func prepare(_ path: String, overwrites: Bool) throws {
        if !overwrites, access(path, F_OK) == 0 { throw CallingScoreGeneratorError.exists(path) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.dropLast().joined(separator: "/")
        if !folder.isEmpty { try Folder.create(folder) }
    }
}

/// What made-up records are like.
public struct CallingScoreSummary: Sendable, Equatable {
    /// The number of records.
    public let rows: Int
    /// The number of users.
    public let users: Int
    /// The share of records whose formula score is at least 0.7.
    public let calledShare: Double
    /// The share of records with a positive outcome.
    public let positiveShare: Double
    /// The mean of the outcomes.
    public let meanOutcome: Double
    /// The mean squared error of the outcome's mean given the generating rule.
    public let noiseFloor: Double

    init(_ sample: CallingScoreSample) {
        func share(_ isCounted: (Int) -> Bool) -> Double {
            Double((0..<sample.rows).count(where: isCounted)) / Double(sample.rows)
        }
        rows = sample.rows
        users = sample.users
        calledShare = share(sample.isCalled)
        positiveShare = share(sample.isPositive)
        let sum = sample.outcomes.reduce(0) { $0 + Int($1) }
        meanOutcome = Double(sum) / CallingScoreSample.unit / Double(sample.rows)
        noiseFloor = sample.noiseFloor
    }
}

/// Why records could not be made.
public enum CallingScoreGeneratorError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The number of records is not between 1 and ``CallingScoreGenerator/rowLimit``.
    case badCount(Int)
    /// A file is there and must not be replaced.
    case exists(String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .badCount(let count):
            "cannot make \(count) records: from 1 to \(CallingScoreGenerator.rowLimit) can be made"
        case .exists(let path):
            "\(path): the file exists; choose another, or allow it to be replaced"
        }
    }
}
