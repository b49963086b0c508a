import TandemBasics
import TandemDatasets
import Foundation
import TandemRecipes
import Testing

@Suite struct CallingScoreGeneratorTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    @Test func theSeedDecidesEveryByte() throws {
        try withFolder { folder in
            func write(_ name: String, rows: Int, seed: UInt64) throws -> [UInt8] {
                try CallingScoreGenerator.write(rows: rows, seed: seed, to: "\(folder)/a/\(name)")
                return try WholeFile.read("\(folder)/a/\(name)")
            }
            let first = try write("1", rows: 300, seed: 7)
            #expect(try write("2", rows: 300, seed: 7) == first)
            #expect(try write("3", rows: 300, seed: 8) != first)
        }
    }

    @Test func memoryHoldsWhatTheFileHolds() throws {
        try withFolder { folder in
            let path = folder + "/t.json"
            try CallingScoreGenerator.write(rows: 1_000, seed: 3, to: path)
            for options in [
                CallingScoreOptions(), CallingScoreOptions(derivesFeatures: true),
                CallingScoreOptions(kind: .outcome),
            ] {
                let file = try CallingScoreRecords.read(path, options: options)
                #expect(file.warnings == [])
                #expect(
                    try CallingScoreGenerator.table(rows: 1_000, seed: 3, options: options) == file)
            }
            try CallingScoreGenerator.writeCSV(rows: 1_000, seed: 3, to: folder + "/t.csv")
            var table = try CSVTable.read(
                folder + "/t.csv", target: nil, requiresTarget: true)
            let records = try CallingScoreRecords.read(path, options: CallingScoreOptions()).table
            table.groups = records.groups
            #expect(table == records)
        }
    }

    /// The records obey the rule, and the noise floor is right: here by numerical integration.
    @Test func theNoiseFloorIsThatOfTheRule() throws {
        try withFolder { folder in
            let path = folder + "/t.json"
            let summary = try CallingScoreGenerator.write(rows: 4_000, seed: 42, to: path)
            let file = try JSONValue.parse(try WholeFile.read(path))
            guard case .array(let records)? = file["training_data"] else {
                Issue.record("no records")
                return
            }
            var squares = 0.0
            for record in records {
                let formula = try number(record["formula_calling_score"])
                let outcome = try number(record["outcome_score"])
                #expect(abs(try formulaScore(record) - formula) < 0.51e-4)
                #expect(record["is_called"] == .bool(formula >= 0.7))
                let type =
                    formula >= 0.7
                    ? (outcome >= 0.7 ? "positive" : "neutral")
                    : (outcome < 0.3 ? "negative" : "neutral")
                #expect(record["outcome_type"] == .string(type))
                let expected = formula >= 0.7 ? meanOfLimitedNormal(around: formula) : 0.25
                squares += (outcome - expected) * (outcome - expected)
            }
            let floor = squares / Double(records.count)
            #expect(abs(summary.noiseFloor - floor) < 1e-7)
            #expect(abs(try number(file["metadata"]?["noise_floor"]) - floor) < 1e-6)
            // Near the expectation: U(0, 0.5) has variance 1/48, a called outcome nearly 0.01.
            let share = summary.calledShare
            #expect(abs(floor - ((1 - share) / 48 + share * 0.0095)) < 0.001)
        }
    }

    @Test func figuresAreLikeThoseOfRealProfiles() throws {
        try withFolder { folder in
            let summary = try CallingScoreGenerator.write(
                rows: 10_000, seed: 42, to: folder + "/t.json")
            #expect(summary.rows == 10_000 && summary.users == 100)
            #expect(abs(summary.calledShare - 0.213) < 0.03)
            #expect(abs(summary.positiveShare - 0.126) < 0.02)
            #expect(abs(summary.meanOutcome - 0.354) < 0.02)
        }
    }

    @Test(arguments: [(100, 10), (1_000, 10), (2_500, 25)])
    func usersHaveEquallyManyRecords(rows: Int, users: Int) throws {
        let table = try CallingScoreGenerator.table(
            rows: rows, seed: 1, options: CallingScoreOptions()
        ).table
        let groups = Dictionary(grouping: table.groups ?? [], by: { $0 })
        #expect(groups.count == users)
        #expect(groups.values.allSatisfy { $0.count == rows / users })
        #expect(table.targets.allSatisfy { 0...1 ~= $0 })
    }

    @Test func anExistingFileIsKept() throws {
        try withFolder { folder in
            let path = folder + "/t.json"
            try CallingScoreGenerator.write(rows: 10, seed: 1, to: path)
            let bytes = try WholeFile.read(path)
            #expect(throws: CallingScoreGeneratorError.exists(path)) {
                try CallingScoreGenerator.write(rows: 10, seed: 2, to: path)
            }
            #expect(throws: CallingScoreGeneratorError.exists(path)) {
                try CallingScoreGenerator.writeCSV(rows: 10, seed: 2, to: path)
            }
            #expect(try WholeFile.read(path) == bytes)
            try CallingScoreGenerator.write(rows: 10, seed: 2, to: path, overwrites: true)
            #expect(try WholeFile.read(path) != bytes)
        }
    }

    @Test(arguments: [0, -1, CallingScoreGenerator.rowLimit + 1])
    func badCountsAreRefused(rows: Int) {
        #expect(throws: CallingScoreGeneratorError.badCount(rows)) {
            try CallingScoreGenerator.table(rows: rows, seed: 1, options: CallingScoreOptions())
        }
    }

    private func number(_ value: JSONValue?) throws -> Double {
        let number: Double? =
            switch value {
            case .number(let number): number
            case .integer(let integer): Double(integer)
            default: nil
            }
        return try #require(number)
    }

    private func formulaScore(_ record: JSONValue) throws -> Double {
        let distances = try CallingScoreFeatures.dimensions.map { name in
            abs(
                try number(record["user_vibe_dimensions"]?[name])
                    - number(record["spot_vibe_dimensions"]?[name]))
        }
        let context = try CallingScoreFeatures.context.prefix(6).map {
            try number(record["context_features"]?[$0])
        }
        let timing = try CallingScoreFeatures.timing.prefix(4).map {
            try number(record["timing_features"]?[$0])
        }
        return 0.5 * (1 - distances.reduce(0, +) / 12) + 0.3 * context.reduce(0, +) / 6
            + 0.2 * timing.reduce(0, +) / 4
    }

    /// The mean of a normal number around `center` of deviation 0.1, limited to [0, 1].
    private func meanOfLimitedNormal(around center: Double) -> Double {
        let step = 0.001
        var (sum, weight) = (0.0, 0.0)
        for index in -8_000...8_000 {
            let z = Double(index) * step
            let density = exp(-z * z / 2)
            sum += density * min(max(center + 0.1 * z, 0), 1)
            weight += density
        }
        return sum / weight
    }
}
