/// A catalogue as the numbers that the model reads, row-major; G is the number of gifts.
public struct GiftCatalogueInputs: Sendable, Equatable {
    /// The width of ``features``, of which 23 are used.
    public static let featureWidth = 128
    /// The width of ``description``.
    public static let descriptionWidth = 20

    /// G.
    public let count: Int
    /// `[G, 128]`, for the gift feature encoder: price / 200 but at most 1, rating / 5, 13 flags of categories, youngest and oldest
    /// / 100, 6 flags of tags (practical, luxury, creative, tech, natural, educational), then zeros.
    public let features: [Float]
    /// `[G, 20]`, for the gift encoder beside the recursive core.
    ///
    /// Price / 1000, rating / 5, the number of tags (connected / 10), youngest and oldest / 100, the number of occasions
    /// (connected / 10), 7 flags of categories (gardening, cooking, reading, sports, technology, art, other), 7 of tags (organic,
    /// sustainable, educational, experience, health, smart, premium). Parity has zeros for categories outside the list; connected
    /// counts books as `reading`, fitness as `sports` and the rest as `other`.
    public let description: [Float]
    /// `[G]`: the price in the unit of the budgets.
    public let priceOf: [Float]
    /// `[G]`: rating / 5.
    public let rating: [Float]
    /// `[G, 2]`: youngest and oldest / 100.
    public let ages: [Float]
    /// `[G, G]`: row i has 1/n at each of the n other gifts of gift i's category, so that a product with the gifts' codes is their
    /// mean; zeros where there are none.
    public let othersOfCategory: [Float]

    /// The inputs of gifts, for a wiring.
    public init(gifts: [Gift], wiring: GiftWiring) {
        count = gifts.count
        features = gifts.flatMap { Self.features(of: $0) }
        description = gifts.flatMap { Self.description(of: $0, wiring) }
        priceOf = gifts.map { Float($0.price) }
        rating = gifts.map { Float($0.rating) / 5 }
        ages = gifts.flatMap { Self.ages(of: $0) }
        othersOfCategory = gifts.indices.flatMap { row in
            let others = gifts.indices.map { column in
                column != row && gifts[column].category == gifts[row].category
            }
            let weight = 1 / Float(max(1, others.count { $0 }))
            return others.map { $0 ? weight : 0 }
        }
    }

    private static let featureTags = [
        "practical", "luxury", "creative", "tech", "natural", "educational",
    ]
    private static let descriptionCategories = [
        "gardening", "cooking", "reading", "sports", "technology", "art", "other",
    ]
    private static let descriptionTags = [
        "organic", "sustainable", "educational", "experience", "health", "smart", "premium",
    ]

    private static func ages(of gift: Gift) -> [Float] {
        [Float(gift.ages.lowerBound) / 100, Float(gift.ages.upperBound) / 100]
    }

    private static func features(of gift: Gift) -> [Float] {
        let used =
            [min(1, Float(gift.price) / 200), Float(gift.rating) / 5]
            + GiftFeatures.flags([gift.category], in: GiftVocabulary.categories) + ages(of: gift)
            + GiftFeatures.flags(gift.tags, in: featureTags)
        return used + [Float](repeating: 0, count: featureWidth - used.count)
    }

    private static func description(of gift: Gift, _ wiring: GiftWiring) -> [Float] {
        let place = wiring.place(
            of: gift.category, in: descriptionCategories,
            aliases: ["books": "reading", "fitness": "sports"])
        return [Float(gift.price) / 1000, Float(gift.rating) / 5]
            + [Float(gift.tags.count) / wiring.countUnit] + ages(of: gift)
            + [Float(gift.occasions.count) / wiring.countUnit]
            + descriptionCategories.indices.map { $0 == place ? 1 : 0 }
            + GiftFeatures.flags(gift.tags, in: descriptionTags)
    }
}
