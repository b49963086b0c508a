import TandemBasics
import TandemDatasets
import Foundation
import TandemRecipes
import Testing

/// The reference data set and figures, where they are present.
@Suite struct CallingScoreDataTests {
    private static let folder = DataLocation.resolve("calling-score")
    private static let isPresent = ["training.json", "split.json", "parity.json"].allSatisfy {
        FileManager.default.fileExists(atPath: "\(folder)/\($0)")
    }

    /// The table of the score model, read once for all tests.
    private static let records = Result {
        try CallingScoreRecords.read(
            "\(folder)/training.json", options: CallingScoreOptions())
    }

    @Test(.enabled(if: isPresent, "no reference data at \(folder)"))
    func recordsAreReadAsDescribed() throws {
        let records = try Self.records.get()
        #expect(
            records.sha256 == "a3d15e0136d05323deb56f76375379d8c8ebf0ba0b70374f0bcc8bc4807a7997")
        #expect(
            records.warnings == [
                "5 names per record that no model reads: context_feature_7, context_feature_8, "
                    + "context_feature_9, context_feature_10, timing_feature_5"
            ])
        let table = records.table
        #expect(table.count == 10_000 && table.width == 39)
        #expect(Set(table.groups ?? []).count == 100)
        let mean = table.targets.reduce(0.0) { $0 + Double($1) } / 10_000
        #expect(abs(mean - 0.3540) < 0.5e-4)
        for column in [30, 31, 32, 33, 38] {
            #expect((0..<10_000).allSatisfy { table.features[$0 * 39 + column] == 0.5 })
        }
    }

    @Test(.enabled(if: isPresent, "no reference data at \(folder)"))
    func outcomesAreReadAsDescribed() throws {
        let outcome = try CallingScoreRecords.read(
            "\(Self.folder)/training.json", options: CallingScoreOptions(kind: .outcome)
        ).table
        #expect(outcome.width == 45 && outcome.targets.reduce(0, +) == 1_259)
        let labels = outcome.targets.map { $0 == 1 ? "1" : "0" }
        let split = try DataSplit(
            SplitExamples(count: outcome.count, labels: labels), seed: 42)
        #expect(split.training.count { outcome.targets[Int($0)] == 1 } == 881)
    }

    @Test(.enabled(if: isPresent, "no reference data at \(folder)"))
    func theScalerIsThatOfTheReference() throws {
        let table = try Self.records.get().table
        let split = try DataSplit.read("\(Self.folder)/split.json", count: table.count)
        #expect(split.training.count == 7_000)
        #expect(split.validation.count == 1_500 && split.test.count == 1_500)
        let scaler = StandardScaler(fitting: table, rows: split.training)
        let parity = try JSONValue.parse(try WholeFile.read("\(Self.folder)/parity.json"))
        for (name, found) in [("mean", scaler.mean), ("scale", scaler.scale)] {
            guard case .array(let values)? = parity["scaler"]?[name] else {
                Issue.record("no \(name)")
                continue
            }
            #expect(values.count == found.count)
            for (column, (value, found)) in zip(values, found).enumerated() {
                let expected: Double? =
                    switch value {
                    case .number(let number): number
                    case .integer(let integer): Double(integer)
                    default: nil
                    }
                #expect(
                    abs((expected ?? .nan) - Double(found)) <= 1e-6, "\(name) of column \(column)")
            }
        }
    }
}
