import TandemDatasets
import Testing

@testable import TandemRecipes

@Suite struct CallingScoreRecordsTests {
    private func read(
        _ records: [String], _ options: CallingScoreOptions = CallingScoreOptions()
    ) throws(DatasetError) -> CallingScoreTable {
        let text = "{\"metadata\": {}, \"training_data\": [\(records.joined(separator: ","))]}"
        return try CallingScoreRecords.read(Array(text.utf8), name: "r.json", options: options)
    }

    /// The record, followed by as many plain ones as training needs.
    private func padded(_ record: String) -> [String] {
        [record] + [String](repeating: #"{"outcome_score": 0.25}"#, count: 99)
    }

    private let predicting = CallingScoreOptions(requiresLabels: false)
    private let deriving = CallingScoreOptions(derivesFeatures: true, requiresLabels: false)

    @Test func everyNameHasItsColumn() throws {
        func object(_ names: [String], from first: Int) -> String {
            // Backwards: names count, not their order.
            let members = names.enumerated().reversed().map { index, name in
                "\"\(name)\": \(Double(first + index) / 100)"
            }
            return "{\(members.joined(separator: ", "))}"
        }
        let record = """
            {"history_features": \(object(CallingScoreFeatures.history, from: 39)),
             "timing_features": \(object(CallingScoreFeatures.timing, from: 34)),
             "context_features": \(object(CallingScoreFeatures.context, from: 24)),
             "spot_vibe_dimensions": \(object(CallingScoreFeatures.dimensions, from: 12)),
             "user_vibe_dimensions": \(object(CallingScoreFeatures.dimensions, from: 0))}
            """
        for (kind, width) in [(CallingScoreKind.score, 39), (.outcome, 45)] {
            for derives in [false, true] {
                let options = CallingScoreOptions(
                    kind: kind, derivesFeatures: derives, requiresLabels: false)
                let table = try read([record], options).table
                #expect(table.features == (0..<width).map { Float(Double($0) / 100) })
                #expect(table.featureNames == CallingScoreFeatures.names(of: kind))
                #expect(Set(table.featureNames).count == width)
            }
        }
        #expect(CallingScoreFeatures.names(of: .score)[5] == "user_temporal_flexibility")
        #expect(CallingScoreFeatures.names(of: .score)[12] == "spot_exploration_eagerness")
        #expect(CallingScoreFeatures.names(of: .outcome)[38] == "timing_alignment")
        #expect(CallingScoreFeatures.names(of: .outcome)[42] == "interaction_count")
    }

    @Test(arguments: [
        "{}", #"{"user_vibe_dimensions": null, "timing_features": {}}"#,
        #"{"context_features": {"location_proximity": null}, "history_features": null}"#,
    ])
    func whatIsMissingOrNullIsTheDefault(record: String) throws {
        let half = [Float](repeating: 0.5, count: 39)
        #expect(try read([record], predicting).table.features == half)
        #expect(
            try read([record], CallingScoreOptions(kind: .outcome, requiresLabels: false))
                .table.features == half + [0.5, 0.5, 0.5, 0, 0.5, 0.5])
        // With equal defaults everywhere, user and spot are alike.
        let derived = try read([record], deriving).table.features
        #expect(derived == half[..<30] + [1, 1, 1, 1] + half[34...])
    }

    @Test func derivesWhatIsMissing() throws {
        let record = #"""
            {"user_vibe_dimensions": {"community_orientation": 1, "novelty_seeking": 0.25},
             "spot_vibe_dimensions": {"community_orientation": 0.25, "overall_energy": 0.75},
             "context_features": {"novelty_match": 0.125, "energy_match": null},
             "timing_features": {"optimal_time_of_day": 0.25, "user_patterns": 1,
                                 "opportunity_timing": null}}
            """#
        let features = try read([record], deriving).table.features
        // Distances 0.75 (1), 0.25 (7), 0.25 (11) and nine of 0.
        #expect(features[30] == Float((12 - 1.25) / 12))
        #expect(Array(features[31...33]) == [0.75, 0.25, 0.125])
        #expect(Array(features[34...38]) == [0.25, 0.5, 1, 0.5, 0.625])
        let plain = try read([record], predicting).table.features
        #expect(Array(plain[30...33]) == [0.5, 0.5, 0.5, 0.125])
        #expect(plain[38] == 0.5)
    }

    @Test func derivedMatchesStayAboveZero() throws {
        let record = #"""
            {"user_vibe_dimensions": {"overall_energy": 3}, "spot_vibe_dimensions": {}}
            """#
        #expect(try read([record], deriving).table.features[31] == 0)
    }

    @Test func labelsFallBack() throws {
        func label(_ record: String) throws -> Float {
            try read(padded(record)).table.targets[0]
        }
        #expect(try label(#"{"outcome_score": 0.75, "formula_calling_score": 0.5}"#) == 0.75)
        #expect(try label(#"{"outcome_score": null, "formula_calling_score": 0.125}"#) == 0.125)
        #expect(try label(#"{"formula_calling_score": 0}"#) == 0)
        #expect(try label(#"{"outcome_score": null}"#) == 0.5)
        #expect(try label("{}") == 0.5)
    }

    @Test func outcomesArePositiveByTypeOrScore() throws {
        func label(_ record: String) throws -> Float {
            try read(padded(record), CallingScoreOptions(kind: .outcome)).table.targets[0]
        }
        #expect(try label(#"{"outcome_type": "positive"}"#) == 1)
        #expect(try label(#"{"outcome_type": "neutral", "outcome_score": 0.7}"#) == 1)
        #expect(try label(#"{"outcome_type": "negative", "outcome_score": 0.6999}"#) == 0)
        #expect(try label(#"{"outcome_type": null, "formula_calling_score": 0.9}"#) == 0)
    }

    @Test func usersAreGroups() throws {
        let users = [#"{"user_id": "a"}"#, #"{"user_id": 17}"#]
        #expect(try read(users, predicting).table.groups == ["a", "17"])
        let some = try read(users + ["{}", #"{"user_id": null}"#], predicting)
        #expect(some.table.groups == nil)
        #expect(
            some.warnings == ["2 of 4 records have no user_id; a split by user is impossible"])
    }

    @Test func warnsOfWhatIsUnusual() throws {
        let record = #"""
            {"user_vibe_dimensions": {"overall_energy": 1.5, "new": 1},
             "context_features": {"context_feature_7": 0.1, "network_effects": -0.5},
             "extra": [1], "timestamp": "now", "history_features": {"other": 1},
             "outcome_score": 0.5}
            """#
        let table = try read(padded(record))
        #expect(
            table.warnings == [
                "only 100 records; 1000 or more are advisable",
                "2 feature values outside [0, 1], the first one 1.5 in record 0 (from 0), "
                    + "'user_vibe_dimensions.overall_energy'",
                "3 names per record that no model reads: new, context_feature_7, extra",
            ])
        let fallbacks = try read(
            (0..<1_000).map { $0 < 3 ? "{}" : #"{"formula_calling_score": 0.5}"# })
        #expect(
            fallbacks.warnings == [
                "997 of 1000 records have no outcome_score; their label is formula_calling_score",
                "3 of 1000 records have no label; they count as 0.5",
            ])
        let outcome = try read(
            padded(#"{"history_features": {"interaction_count": 40}, "outcome_score": 1}"#),
            CallingScoreOptions(kind: .outcome))
        #expect(outcome.warnings == ["only 100 records; 1000 or more are advisable"])
    }

    @Test func hashesTheFile() throws {
        #expect(
            try read(["{}"], predicting).sha256
                == "4d55bb902e023871617c120c214533b7a3c7f9b42364183e2b819941a1852261")
    }
}
