import TandemBasics
import TandemDatasets
import TandemDevices

import Glibc

/// Made-up calling-score records; ``CallingScoreGenerator`` documents the rule.
///
/// All values are whole ten-thousandths, so that the text of a file holds exactly what is here.
struct CallingScoreSample {
    /// The number of records.
    let rows: Int
    /// The number of users, whose records follow each other.
    let users: Int
    /// Twelve user, twelve spot, six context and four timing values for every record.
    private(set) var values: [UInt16] = []
    /// The formula score of every record.
    private(set) var formulas: [UInt16] = []
    /// The outcome of every record.
    private(set) var outcomes: [UInt16] = []

    static let unit = 10_000.0
    static let width = 34
    static let callingThreshold = 7_000
    private static let outcomeDeviation = 0.1

    /// The values of one record.
    func values(ofRecord row: Int) -> ArraySlice<UInt16> {
        values[row * Self.width..<(row + 1) * Self.width]
    }

    /// The number of the user of a record, from 0.
    func user(ofRecord row: Int) -> Int { row * users / rows }

    /// Whether a record's formula score reaches the threshold.
    func isCalled(_ row: Int) -> Bool { formulas[row] >= Self.callingThreshold }

    /// Whether a record was called and its outcome reaches the threshold too.
    func isPositive(_ row: Int) -> Bool { isCalled(row) && outcomes[row] >= 7_000 }

    /// Draws `rows` records, each from its own stream of random numbers.
    init(rows: Int, seed: UInt64) {
        self.rows = rows
        users = max(1, min(rows, max(10, rows / 100)))
        values.reserveCapacity(rows * Self.width)
        let profiles = (0..<users).map { Self.profile(user: $0, seed: seed) }
        for row in 0..<rows {
            var random = Philox(RandomStream(seed: seed, identifier: Self.stream(0, row)))
            addRecord(of: profiles[user(ofRecord: row)], &random)
        }
    }

    /// The mean squared error over the records of the best prediction there is: the conditional
    /// mean of the outcome given the formula score.
    var noiseFloor: Double {
        let errors = (0..<rows).map { row in
            let formula = Double(formulas[row]) / Self.unit
            let expected = isCalled(row) ? Self.meanOutcome(ofCalled: formula) : 0.25
            let error = Double(outcomes[row]) / Self.unit - expected
            return error * error
        }
        return errors.reduce(0, +) / Double(rows)
    }

    /// The mean of a normal variable around `formula`, limited to [0, 1].
    private static func meanOutcome(ofCalled formula: Double) -> Double {
        let low = (0 - formula) / outcomeDeviation
        let high = (1 - formula) / outcomeDeviation
        func density(_ z: Double) -> Double { exp(-z * z / 2) / (2 * Double.pi).squareRoot() }
        func below(_ z: Double) -> Double { (1 + erf(z / 2.0.squareRoot())) / 2 }
        return formula * (below(high) - below(low))
            + outcomeDeviation * (density(low) - density(high)) + 1 - below(high)
    }

    /// The identifier of a stream: of the record `index` (purpose 0) or the user `index` (purpose 1).
    private static func stream(_ purpose: UInt64, _ index: Int) -> UInt64 {
        (0x4353_4700 + purpose) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
    }

    /// The dimensions of a user: each a mixture of two of five traits.
    private static func profile(user: Int, seed: UInt64) -> [UInt16] {
        var random = Philox(RandomStream(seed: seed, identifier: stream(1, user)))
        let traits = (0..<5).map { _ in uniform(&random) }
        return (0..<12).map { dimension in
            let first = dimension % 5
            let second = (first + 1 + dimension / 5) % 5
            return rounded(0.6 * traits[first] + 0.4 * traits[second])
        }
    }

    private mutating func addRecord(of profile: [UInt16], _ random: inout Philox) {
        values += profile
        var similarity = 0.0
        var normals: [Double] = []
        for (index, value) in profile.enumerated() {
            if index % 2 == 0 {
                let pair = random.nextNormalPair()
                normals = [pair.0, pair.1]
            }
            let user = Double(value) / Self.unit
            let factor = 0.6 + 0.3 * Self.uniform(&random)
            let spot = Self.rounded(user * factor + 0.15 * normals[index % 2])
            values.append(spot)
            similarity += 1 - abs(user - Double(spot) / Self.unit)
        }
        let context = addMedians(6, &random)
        let timing = addMedians(4, &random)
        let formula = Self.rounded(0.5 * similarity / 12 + 0.3 * context + 0.2 * timing)
        formulas.append(formula)
        let normal = random.nextNormalPair().0
        let share = Self.uniform(&random)
        outcomes.append(
            Self.rounded(
                formula >= Self.callingThreshold
                    ? Double(formula) / Self.unit + Self.outcomeDeviation * normal : share / 2))
    }

    /// Adds values from Beta(2, 2), the distribution of the median of three uniform numbers.
    private mutating func addMedians(_ count: Int, _ random: inout Philox) -> Double {
        var sum = 0.0
        for _ in 0..<count {
            let (a, b, c) = (
                Self.uniform(&random), Self.uniform(&random), Self.uniform(&random)
            )
            let value = Self.rounded(max(min(a, b), min(max(a, b), c)))
            values.append(value)
            sum += Double(value) / Self.unit
        }
        return sum / Double(count)
    }

    private static func uniform(_ random: inout Philox) -> Double {
        Double(random.nextWord()) * 0x1p-32
    }

    /// A number limited to [0, 1], in ten-thousandths.
    private static func rounded(_ value: Double) -> UInt16 {
        UInt16((min(max(value, 0), 1) * unit).rounded())
    }
}

extension CallingScoreSample {
    /// Hands the text of the JSON file over in pieces, one record per line.
    func writeText<Failure: Error>(
        seed: UInt64, to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try sink(Array("{\"metadata\":\(metadata(seed: seed)),\n\"training_data\":[\n".utf8))
        let labels = Self.labels
        var line: [UInt8] = []
        for row in 0..<rows {
            line.removeAll(keepingCapacity: true)
            for (label, value) in zip(labels, values(ofRecord: row)) {
                line += label
                Self.append(value, to: &line)
            }
            appendOutcome(ofRecord: row, to: &line)
            line += Array((row + 1 < rows ? ",\n" : "\n").utf8)
            try sink(line)
        }
        try sink(Array("]}\n".utf8))
    }

    /// What stands before each value of a record.
    private static let labels: [[UInt8]] = {
        let objects = [
            ("{\"user_vibe_dimensions\":{", CallingScoreFeatures.dimensions[...]),
            ("},\"spot_vibe_dimensions\":{", CallingScoreFeatures.dimensions[...]),
            ("},\"context_features\":{", CallingScoreFeatures.context.prefix(6)),
            ("},\"timing_features\":{", CallingScoreFeatures.timing.prefix(4)),
        ]
        return objects.flatMap { start, names in
            names.enumerated().map { index, name in
                Array("\(index == 0 ? start : ",")\"\(name)\":".utf8)
            }
        }
    }()

    private func appendOutcome(ofRecord row: Int, to line: inout [UInt8]) {
        line += Array("},\"formula_calling_score\":".utf8)
        Self.append(formulas[row], to: &line)
        let type = outcomeType(ofRecord: row)
        let user = user(ofRecord: row) + 1
        line += Array(
            ",\"is_called\":\(isCalled(row)),\"outcome_type\":\"\(type)\",\"outcome_score\":".utf8)
        Self.append(outcomes[row], to: &line)
        line += Array(",\"user_id\":\"user_\(user)\"}".utf8)
    }

    /// Ten-thousandths as a decimal number with four places.
    private static func append(_ value: UInt16, to line: inout [UInt8]) {
        let zero = UInt8(ascii: "0")
        line.append(zero + UInt8(value / 10_000))
        line.append(UInt8(ascii: "."))
        for power: UInt16 in [1_000, 100, 10, 1] { line.append(zero + UInt8(value / power % 10)) }
    }

    private func outcomeType(ofRecord row: Int) -> String {
        if isPositive(row) { return "positive" }
        return !isCalled(row) && outcomes[row] < 3_000 ? "negative" : "neutral"
    }

    /// What the file says about itself, without anything that changes between two equal runs.
    private func metadata(seed: UInt64) -> String {
        let summary = CallingScoreSummary(self)
        func number(_ value: Double) -> JSONValue { .number((value * 1e6).rounded() / 1e6) }
        let metadata: JSONValue = [
            "source": .string("synthetic"), "made_by": .string("tandem data calling-score"),
            "num_samples": .integer(rows), "users": .integer(users), "seed": .unsigned(seed),
            "called_share": number(summary.calledShare),
            "positive_share": number(summary.positiveShare),
            "mean_outcome": number(summary.meanOutcome), "noise_floor": number(summary.noiseFloor),
            "noise_floor_meaning": .string(
                "mean squared error of the outcome's mean given the generating rule"),
        ]
        return (try? metadata.text()) ?? "{}"
    }
}
