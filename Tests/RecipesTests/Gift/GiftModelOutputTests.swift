import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// What the connected gift recommender's answers depend on.
@Suite(.exclusiveDevices) struct GiftModelOutputTests {
    private let experiment: GiftRecommenderExperiment
    private let base = GiftFixtures.profile(
        age: 40, hobbies: ["cooking", "yoga"], relationship: "friend", budget: 120)

    init() throws {
        let configuration = GiftModelCase.configuration(.connected, batchSize: 5, steps: 1)
        experiment = try GiftModelCase.experiment(
            configuration, scenarios: 8, on: CPUDevice(threads: 2))
    }

    /// One field of the profile at a time changes every kind of score; measuring twice gives the same bits.
    @Test func everyFieldMatters() throws {
        var profiles = [base, base, base, base, base]
        profiles[1].relationship = "colleague"
        profiles[2].occasion = "wedding"
        profiles[3].age = 70
        profiles[4].budget = 290
        let found = try GiftModelCase.scores(experiment, profiles)
        for (name, scores) in found {
            for (place, field) in ["relationship", "occasion", "age", "budget"].enumerated() {
                // More than rounding, which depends on the row of a matrix.
                let difference = mismatch(scores[0], scores[place + 1], .forward)
                #expect(difference != nil, "\(field) does not change \(name)")
            }
        }
        #expect(try GiftModelCase.scores(experiment, profiles) == found)
        try checkCatalogueOrder()
    }

    /// Gifts in another order, and their rows of the memory with them, have the same rewards.
    private func checkCatalogueOrder() throws {
        let gifts = experiment.data.catalogue.gifts
        let order = gifts.indices.sorted { ($0 * 7 + 3) % gifts.count < ($1 * 7 + 3) % gifts.count }
        #expect(order != Array(gifts.indices))
        let before = try GiftModelCase.scores(experiment, [base])
        let name = "gift_catalog_memory"
        let memory = try #require(
            try experiment.arena.namedValues().first { $0.name == name })
        var values = memory.values
        for (place, gift) in order.enumerated() {
            values.replaceSubrange(
                place * 256..<(place + 1) * 256,
                with: memory.values[gift * 256..<(gift + 1) * 256])
        }
        let permuted = try GiftCatalogueTensors(
            GiftCatalogueInputs(gifts: order.map { gifts[$0] }, wiring: .connected),
            on: experiment.arena.device)
        func rewards() throws -> [Float] {
            try #require(
                try GiftModelCase.scores(experiment, [base], permuted)["rewards"]?.first)
        }
        let expected = try #require(before["rewards"]?.first)
        let reordered = order.map { expected[$0] }
        #expect(mismatch(try rewards(), reordered, .forward) != nil)
        try experiment.arena.load([name: (memory.shape, values)], rule: .partial)
        let difference = mismatch(try rewards(), reordered, .forward)
        #expect(difference == nil, "\(difference ?? "")")
    }
}
