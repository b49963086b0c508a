/// Who gets a gift, from whom and for what: what a recommendation is made from.
///
/// Words are normalised; those that a vocabulary does not know stay here and are left out where numbers are made of them.
public struct GiftProfile: Codable, Sendable, Hashable {
    /// Years.
    public var age: Int
    /// What the person likes to do.
    public var hobbies: [String]
    /// What the person is to the giver.
    public var relationship: String
    /// The most that the gift may cost.
    public var budget: Double
    /// What the gift is for.
    public var occasion: String
    /// What the person likes about things.
    public var preferences: [String]

    /// The given profile; words are normalised.
    public init(
        age: Int, hobbies: [String], relationship: String, budget: Double, occasion: String,
        preferences: [String]
    ) {
        self.age = age
        self.hobbies = hobbies.map(GiftVocabulary.normalized)
        self.relationship = GiftVocabulary.normalized(relationship)
        self.budget = budget
        self.occasion = GiftVocabulary.normalized(occasion)
        self.preferences = preferences.map(GiftVocabulary.normalized)
    }
}

/// A profile with what a careful person would choose for it.
public struct GiftScenario: Codable, Sendable, Hashable {
    /// Its name, which no other scenario of the file bears.
    public var id: String
    /// Who gets the gift.
    public var profile: GiftProfile
    /// The categories to choose from, 1 to 3 of `GiftVocabulary.categories`.
    public var expectedCategories: [String]
    /// The tools to search with, of `GiftVocabulary.tools`.
    public var expectedTools: [String]

    /// The given scenario; without labels it can be recommended for, but not learned from.
    public init(
        id: String, profile: GiftProfile, expectedCategories: [String] = [],
        expectedTools: [String] = []
    ) {
        self.id = id
        self.profile = profile
        self.expectedCategories = expectedCategories
        self.expectedTools = expectedTools
    }
}

/// One entry of a catalogue.
public struct Gift: Codable, Sendable, Hashable {
    /// Its name for programs, which no other gift of the catalogue bears.
    public var id: String
    /// Its name for people.
    public var name: String
    /// One of `GiftVocabulary.categories`.
    public var category: String
    /// In the unit of the budgets, above 0.
    public var price: Double
    /// 0 to 5.
    public var rating: Double
    /// Words about it.
    public var tags: [String]
    /// The youngest and the oldest that it suits, in years.
    public var ages: ClosedRange<Int>
    /// What it is for; `any` for everything.
    public var occasions: [String]

    /// The given gift.
    public init(
        id: String, name: String, category: String, price: Double, rating: Double, tags: [String],
        ages: ClosedRange<Int>, occasions: [String]
    ) {
        self.id = id
        self.name = name
        self.category = category
        self.price = price
        self.rating = rating
        self.tags = tags
        self.ages = ages
        self.occasions = occasions
    }
}

/// What a model, or a baseline, says about some profiles and a catalogue.
public struct GiftPredictions: Sendable, Equatable {
    /// A score in `[0, 1]` of every category for every profile, `[N][13]`.
    public var categories: [[Float]]
    /// A score in `[0, 1]` of every tool for every profile, `[N][5]`.
    public var tools: [[Float]]
    /// The expected reward of every gift for every profile in `[0, 1]`, `[N][G]`.
    public var rewards: [[Float]]
    /// The higher the better a gift suits, `[N][G]`; the first three are recommended.
    public var ranking: [[Float]]

    /// The given predictions.
    public init(
        categories: [[Float]], tools: [[Float]], rewards: [[Float]], ranking: [[Float]]
    ) {
        self.categories = categories
        self.tools = tools
        self.rewards = rewards
        self.ranking = ranking
    }
}
