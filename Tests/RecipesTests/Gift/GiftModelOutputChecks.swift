import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// What the model's answers depend on.
extension GiftWholeModel {
    private static let base = GiftFixtures.profile(
        age: 40, hobbies: ["cooking", "yoga"], relationship: "friend", budget: 120)

    /// Connected: one field of the profile at a time changes every kind of score, except that the relationship enters
    /// through the core alone where it has no embedding.
    func checkFields() throws {
        var profiles = [Self.base, Self.base, Self.base, Self.base, Self.base]
        profiles[1].relationship = "colleague"
        profiles[2].occasion = "wedding"
        profiles[3].age = 70
        profiles[4].budget = 290
        // One by one: rounding depends on the row of a matrix, and untrained rewards on the profile hardly more.
        let found = try profiles.map { try GiftModelCase.scores(experiment, [$0]) }
        for (name, scores) in found[0] {
            for (place, field) in ["relationship", "occasion", "age", "budget"].enumerated() {
                let differs = scores != found[place + 1][name]
                let expected = field != "relationship" || name == "ranking"
                #expect(differs == expected, "\(field), \(name)")
            }
        }
    }

    /// In parity nothing depends on the relationship.
    func checkRelationshipIsIgnored() throws {
        let found = try ["mother", "colleague"].map {
            try GiftModelCase.scores(experiment, [GiftFixtures.profile(relationship: $0)])
        }
        #expect(found[0] == found[1])
        let other = try GiftModelCase.scores(
            experiment, [GiftFixtures.profile(relationship: "mother", occasion: "wedding")])
        #expect(found[0]["categories"] != other["categories"])
    }

    /// Measuring again gives the same bits.
    func checkMeasuringTwice() throws {
        let rows = Array(experiment.data.split.validation.prefix(2))
        let found = try [rows, rows].map { try experiment.recipe.measure($0) }
        #expect(found[0].predictions == found[1].predictions)
        #expect(found[0].terms == found[1].terms && found[0].loss == found[1].loss)
    }

    /// Of another catalogue known gifts keep what was learned about them, in whatever order; a new one is judged too.
    func checkOwnCatalogue() throws {
        let scenario = GiftScenario(
            id: "a", profile: Self.base, expectedCategories: [], expectedTools: [])
        let gifts = experiment.data.catalogue.gifts
        func shares(_ gifts: [Gift]) throws -> [String: Float] {
            let vocabulary = experiment.data.vocabulary
            let found = try experiment.recommend(
                [scenario], from: GiftCatalogue(gifts, vocabulary: vocabulary))
            return Dictionary(uniqueKeysWithValues: found[0].gifts.map { ($0.gift.id, $0.share) })
        }
        let own = try experiment.recommend([scenario])[0].gifts
        let reversed = try shares(gifts.reversed())
        #expect(reversed.count == 3)
        for choice in own {
            let share = try #require(reversed[choice.gift.id])
            #expect((share - choice.share).magnitude <= 1e-4 * choice.share)
        }
        let without = gifts.filter { $0.id != own[0].gift.id }
        #expect(try shares(without)[own[0].gift.id] == nil)
        let new = Gift(
            id: "new", name: "New", category: "books", price: 30, rating: 4.5, tags: ["creative"],
            ages: 20...60, occasions: ["any"])
        let alone = try shares([new])
        #expect(alone == ["new": 1])
        let beside = try shares([new, own[0].gift])
        #expect(beside.count == 2 && (beside.values.reduce(0, +) - 1).magnitude < 1e-5)
    }

    /// Gifts in another order, and their rows of the memory with them, have the same rewards.
    func checkCatalogueOrder() throws {
        let base = [Self.base]
        let gifts = experiment.data.catalogue.gifts
        let order = gifts.indices.sorted { ($0 * 7 + 3) % gifts.count < ($1 * 7 + 3) % gifts.count }
        #expect(order != Array(gifts.indices))
        let before = try GiftModelCase.scores(experiment, base)
        let name = "gift_catalog_memory"
        let memory = try #require(
            try arena.namedValues().first { $0.name == name })
        var values = memory.values
        for (place, gift) in order.enumerated() {
            values.replaceSubrange(
                place * 256..<(place + 1) * 256,
                with: memory.values[gift * 256..<(gift + 1) * 256])
        }
        let permuted = try GiftCatalogueTensors(
            GiftCatalogueInputs(gifts: order.map { gifts[$0] }, wiring: .connected),
            on: arena.device)
        func rewards() throws -> [Float] {
            try #require(
                try GiftModelCase.scores(experiment, base, permuted)["rewards"]?.first)
        }
        let expected = try #require(before["rewards"]?.first)
        let reordered = order.map { expected[$0] }
        #expect(mismatch(try rewards(), reordered, .forward) != nil)
        try arena.load([name: (memory.shape, values)], rule: .partial)
        let difference = mismatch(try rewards(), reordered, .forward)
        #expect(difference == nil, "\(difference ?? "")")
    }
}
