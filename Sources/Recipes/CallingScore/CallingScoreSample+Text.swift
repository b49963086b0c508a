import TandemBasics
import TandemDatasets

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
        let metadata = JSONValue.object([
            JSONMember("source", .string("synthetic")),
            JSONMember("made_by", .string("tandem data calling-score")),
            JSONMember("num_samples", .integer(rows)),
            JSONMember("users", .integer(users)),
            JSONMember("seed", seed <= Int.max ? .integer(Int(seed)) : .unsigned(seed)),
            JSONMember("called_share", number(summary.calledShare)),
            JSONMember("positive_share", number(summary.positiveShare)),
            JSONMember("mean_outcome", number(summary.meanOutcome)),
            JSONMember("noise_floor", number(summary.noiseFloor)),
            JSONMember(
                "noise_floor_meaning",
                .string("mean squared error of the outcome's mean given the generating rule")),
        ])
        return (try? metadata.text()) ?? "{}"
    }
}
