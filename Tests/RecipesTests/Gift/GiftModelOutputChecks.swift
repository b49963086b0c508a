import Glibc
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

    /// The terms of categories and tools are those of the recombined profiles, each of the rows that are meant for it.
    func checkRecombinedTerms() throws {
        let recipe = experiment.recipe
        let host = recipe.host.training(epoch: 0, batch: 0)
        let rows = try #require(host.recombined)
        let staged = try recipe.stage.replace(with: host)
        let context = ForwardContext.evaluation()
        let choices = try model.choices(try #require(staged.recombined), context)
        #expect(try choices.expectedCategories.values() == Array(rows.categories.prefix(64 * 13)))
        #expect(try choices.expectedTools.values() == Array(rows.tools.suffix(32 * 5)))
        let tables = try model.regularizedTables.map { try context.tensor($0) }
        let terms = try recipe.loss(
            model(staged.profiles, recipe.catalogue, context), staged.targets, choices, tables)
        /// Mean cross-entropy of logits and labels, a tenth of which is spread over all words.
        func entropy(_ logits: [Float], _ labels: [Float], of words: Int) -> Double {
            let sum = zip(logits, labels).reduce(0.0) { sum, pair in
                let label = 0.9 * Double(pair.1) + 0.1 / Double(words)
                let rest = log1p(exp(-Double(pair.0)))
                return sum + label * rest + (1 - label) * (Double(pair.0) + rest)
            }
            return sum / Double(logits.count)
        }
        let expected = [
            entropy(
                try choices.categories.values(), try choices.expectedCategories.values(), of: 13),
            entropy(try choices.tools.values(), try choices.expectedTools.values(), of: 5),
        ]
        for (term, value) in zip(terms, expected) {
            #expect((Double(try term.item()) - value).magnitude < 1e-5 * value)
        }
        let plain = try recipe.loss(
            model(staged.profiles, recipe.catalogue, context), staged.targets, nil, tables)
        #expect(try plain[0].item() != terms[0].item() && plain[1].item() != terms[1].item())
        #expect(try plain[2].item() == terms[2].item())
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

        // A new gift has the reward of one whose row of the memory is zero; those of other categories keep theirs.
        var new = gifts[0]
        new.id = "new"
        let place = gifts.count
        let before = try rewards(gifts)
        let beside = try rewards(gifts.filter { $0.category != new.category } + [new])
        let others = gifts.indices.filter { gifts[$0].category != new.category }
        #expect(mismatch(Array(beside.dropLast()), others.map { before[$0] }, .forward) == nil)
        let memory = try #require(
            try arena.namedValues().first { $0.name == "gift_catalog_memory" })
        var values = memory.values
        values.replaceSubrange(0..<256, with: [Float](repeating: 0, count: 256))
        try arena.load([memory.name: (memory.shape, values)], rule: .partial)
        let forgotten = try rewards([gifts[0]] + gifts.filter { $0.category != new.category })
        try arena.load([memory.name: (memory.shape, memory.values)], rule: .partial)
        #expect(place > others.count && beside.last != before[0])
        #expect(mismatch([beside[others.count]], [forgotten[0]], .forward) == nil)

        // The same identifier in another category is another gift.
        var renamed = gifts[0]
        renamed.category = gifts[0].category == "books" ? "art" : "books"
        #expect(try rewards([renamed])[0] != (try rewards([gifts[0]]))[0])
    }

    /// The rewards of the base profile for gifts that need not be those of the training.
    private func rewards(_ gifts: [Gift]) throws -> [Float] {
        let tensors = try experiment.tensors(of: gifts)
        return try #require(
            try GiftModelCase.scores(experiment, [Self.base], tensors)["rewards"]?.first)
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
