import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemInterchange
import TandemTestSupport
import Testing

/// The reference model of the calling-score data and the predictions that PyTorch made with it.
@Suite(.exclusiveDevices) struct ReferenceModelTests {
    private static let folder =
        (ProcessInfo.processInfo.environment["TANDEM_DATA"] ?? "Data") + "/calling-score"
    private static let isPresent = FileManager.default.fileExists(
        atPath: folder + "/reference-initial.onnx")

    private static let dimensions = [
        "exploration_eagerness", "community_orientation", "location_adventurousness",
        "authenticity_preference", "trust_network_reliance", "temporal_flexibility",
        "energy_preference", "novelty_seeking", "value_orientation", "crowd_tolerance",
        "social_preference", "overall_energy",
    ]
    private static let context = [
        "location_proximity", "journey_alignment", "user_receptivity", "opportunity_availability",
        "network_effects", "community_patterns", "vibe_compatibility", "energy_match",
        "community_match", "novelty_match",
    ]
    private static let timing = [
        "optimal_time_of_day", "optimal_day_of_week", "user_patterns", "opportunity_timing",
        "timing_alignment",
    ]

    private static func json(_ name: String) throws -> JSONValue {
        try JSONValue.parse(try WholeFile.read("\(folder)/\(name)"))
    }

    private static func number(_ value: JSONValue?) -> Float? {
        switch value {
        case .integer(let number): Float(number)
        case .number(let number): Float(number)
        default: nil
        }
    }

    private static func numbers(_ value: JSONValue?) throws -> [Float] {
        guard case .array(let values) = value else { return [] }
        return try values.map { try #require(number($0)) }
    }

    /// The 39 features of the first ten test rows; a missing one is 0.5.
    private static func firstTestRows() throws -> [Float] {
        guard case .array(let records)? = try json("training.json")["training_data"] else {
            return []
        }
        let sources = [
            ("user_vibe_dimensions", dimensions), ("spot_vibe_dimensions", dimensions),
            ("context_features", context), ("timing_features", timing),
        ]
        return try numbers(try json("split.json")["test"]).prefix(10).flatMap { row in
            sources.flatMap { source, names in
                names.map { number(records[Int(row)][source]?[$0]) ?? 0.5 }
            }
        }
    }

    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func predictions() throws {
        let model = try ONNXModel.read(Self.folder + "/reference-initial.onnx")
        #expect(model.inputWidth == 39)
        let copy = try ONNXModel(encoded: model.encoded())
        #expect(copy == model)
        let rows = try Self.firstTestRows()
        let expected = try Self.numbers(
            try Self.json("parity.json")["predictions_before_training_first_10_test"])
        #expect(expected.count == 10)
        for tested in TestDevices.all {
            let found = try copy.predict(rows, count: 10, on: tested.device)
            for (found, expected) in zip(found, expected) {
                #expect(abs(found - expected) <= 1e-6, "\(tested)")
            }
        }
    }
}
