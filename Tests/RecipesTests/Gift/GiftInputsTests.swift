import Testing

@testable import TandemRecipes

@Suite struct GiftInputsTests {
    private let profiles = [
        GiftFixtures.profile(
            age: 33, hobbies: ["yoga", "cooking", "fitness"], relationship: "sister", budget: 150,
            occasion: "mothers_day", preferences: ["modern", "natural"]),
        GiftFixtures.profile(
            age: 78, hobbies: ["chess"], relationship: "neighbour", budget: 20,
            occasion: "easter", preferences: []),
    ]

    private func inputs(
        _ vocabulary: GiftVocabulary.Kind, _ wiring: GiftWiring
    ) -> GiftInputs {
        GiftInputs(
            profiles: profiles, vocabulary: GiftVocabulary(vocabulary), wiring: wiring)
    }

    /// A row of zeros with some other values.
    private func row(_ width: Int, _ values: [Int: Float] = [:]) -> [Float] {
        (0..<width).map { values[$0] ?? 0 }
    }

    @Test func meansAreOverKnownWords() {
        let parity = inputs(.parity, .parity)
        #expect(parity.count == 2)
        #expect(parity.features.hobbies == row(18, [1: 0.5, 8: 0.5]) + row(18))
        #expect(parity.features.preferences == row(20, [19: 1]) + row(20))
        let extended = inputs(.extended, .connected)
        let third: Float = 1 / 3
        #expect(extended.features.hobbies == row(23, [1: third, 8: third, 18: third]) + row(23))
        #expect(extended.features.preferences == row(26, [19: 0.5, 20: 0.5]) + row(26))
    }

    @Test func singleWordsAreOneHot() {
        let inputs = inputs(.extended, .connected)
        #expect(inputs.features.occasion == row(10, [2: 1]) + row(10))
        #expect(inputs.features.relationship == row(11, [3: 1]) + row(11))
    }

    @Test func agesAndBudgetsAreScaled() {
        let parity = inputs(.parity, .parity)
        #expect(parity.features.age == [0.33, 0.78])
        #expect(parity.features.budget == [0.15, 0.02])
        #expect(parity.rawBudget == [150, 20])
        #expect(inputs(.parity, .connected).features.budget == [0.5, 20 / 300])
        #expect(inputs(.parity, .connected).rawBudget == [150, 20])
    }

    @Test func theParityStateHasZerosOutsideItsLists() {
        #expect(
            inputs(.extended, .parity).state
                == [0.33, 0.15, 3, 2, 0] + row(8, [1: 1]) + row(7) + row(6)
                + [0.78, 0.02, 1, 0, 0] + row(8) + row(7) + row(6))
        let known = GiftFixtures.profile(
            age: 50, hobbies: ["travel", "art", "gardening"], relationship: "colleague",
            budget: 1000, occasion: "wedding")
        let state = GiftInputs(
            profiles: [known], vocabulary: GiftVocabulary(.parity), wiring: .parity
        ).state
        #expect(
            state == [0.5, 1, 3, 1, 0] + row(8, [0: 1, 5: 1, 7: 1]) + row(7, [5: 1])
                + row(6, [4: 1]))
    }

    @Test func theConnectedStateCountsNeighbours() {
        let sister: [Float] =
            [0.33, 0.15, 0.3, 0.2, 0] + row(8, [1: 1, 3: 1]) + row(7, [4: 1]) + row(6, [5: 1])
        let stranger: [Float] =
            [0.78, 0.02, 0.1, 0, 0] + row(8) + row(7, [6: 1]) + row(6, [5: 1])
        #expect(inputs(.parity, .connected).state == sister + stranger)
        func relationship(_ word: String) -> Int? {
            let state = GiftInputs(
                profiles: [GiftFixtures.profile(relationship: word)],
                vocabulary: GiftVocabulary(.parity), wiring: .connected
            ).state
            return state[13..<20].firstIndex(of: 1).map { $0 - 13 }
        }
        #expect(
            GiftVocabulary.relationships.map(relationship) == [2, 0, 1, 4, 4, 5, 3, 6, 6, 6, 6])
    }

    @Test func tokensComeFromTheirBlocks() {
        let inputs = inputs(.extended, .connected)
        // 33 years are in step (33 - 16) / 3 = 5, a budget of 150 in step 20 log10(150 / 30) = 13.98.
        let sister: [Int32] = [1, 15, 43, 53, 72, 118, 101, 108, 170, 169]
        let stranger: [Int32] = [1, 29, 30, 69, 89, 149]
        #expect(
            inputs.tokens == sister + [Int32](repeating: 0, count: 40) + stranger
                + [Int32](repeating: 0, count: 44))
        #expect(
            inputs.tokenWeights == [Float](repeating: 0.1, count: 10) + row(40)
                + [Float](repeating: 1 / 6, count: 6) + row(44))
        #expect(self.inputs(.parity, .connected).tokens[5] == 149)
    }

    @Test func tokensOfAgesAndBudgetsStayInTheirBlocks() {
        #expect([0, 16, 18, 19, 75, 76, 120].map(GiftTokens.age) == [10, 10, 10, 11, 29, 29, 29])
        #expect(
            [0.01, 30, 33.6, 33.7, 94.8, 94.9, 299, 300, 1e9].map(GiftTokens.budget) == [
                30, 30, 30, 31, 39, 40, 49, 49, 49,
            ])
        let words = (0..<12).map { "word\($0)" }
        let inputs = GiftInputs(
            profiles: [GiftFixtures.profile(hobbies: words, preferences: words)],
            vocabulary: GiftVocabulary(.extended), wiring: .connected)
        #expect(inputs.tokens.count == 50)
        #expect(inputs.tokens.filter { $0 == 149 }.count == 8)
        #expect(inputs.tokens.filter { $0 == 199 }.count == 8)
        #expect(inputs.tokenWeights.filter { $0 > 0 }.count == 21)
        #expect(inputs.state[2] == 1.2)
    }

    @Test func labelsAreMultiHot() {
        let scenario = GiftScenario(
            id: "a", profile: profiles[0], expectedCategories: ["fashion", "cooking"],
            expectedTools: ["budget_optimizer"])
        let own = GiftLabels(scenarios: [scenario])
        #expect(own.categories == row(13, [2: 1, 12: 1]))
        #expect(own.tools == row(5, [4: 1]))
        #expect(own.hobbyCategories == row(13, [2: 1, 6: 1]))
        var varied = profiles[0]
        varied.hobbies = ["food"]
        let other = GiftLabels([(scenario, varied), (scenario, profiles[1])])
        #expect(other.count == 2)
        #expect(other.categories == own.categories + own.categories)
        #expect(other.hobbyCategories == row(13, [9: 1]) + row(13))
    }

    @Test func noProfilesGiveNothing() {
        let inputs = GiftInputs(
            profiles: [], vocabulary: GiftVocabulary(.parity), wiring: .parity)
        #expect(inputs.count == 0 && inputs.features.hobbies == [] && inputs.tokens == [])
    }
}
