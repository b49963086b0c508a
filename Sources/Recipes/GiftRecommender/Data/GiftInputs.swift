import TandemBasics

/// What a profile's encoder reads of profiles, row-major; N is the number of profiles.
///
/// Words that the vocabulary does not know are left out.
public struct GiftFeatures: Sendable, Equatable {
    /// `[N, H]` for H hobbies of the vocabulary: 1/n at each of a profile's n known hobbies, so that a product with the embeddings is their mean.
    public private(set) var hobbies: [Float]
    /// `[N, P]` for P preferences, likewise.
    public private(set) var preferences: [Float]
    /// `[N, 10]`: 1 at the occasion, all 0 for an unknown one.
    public private(set) var occasion: [Float]
    /// `[N, 11]`: 1 at the relationship, all 0 for an unknown one.
    public private(set) var relationship: [Float]
    /// `[N]`: years / 100.
    public private(set) var age: [Float]
    /// `[N]`: budget / 1000, connected / 300.
    public private(set) var budget: [Float]

    /// The features of profiles, their words normalised.
    public init(profiles: [GiftProfile], vocabulary: GiftVocabulary, wiring: GiftWiring) {
        hobbies = profiles.flatMap { Self.mean(of: $0.hobbies, in: vocabulary.hobbies) }
        preferences = profiles.flatMap { Self.mean(of: $0.preferences, in: vocabulary.preferences) }
        occasion = profiles.flatMap { Self.flags([$0.occasion], in: GiftVocabulary.occasions) }
        relationship = profiles.flatMap {
            Self.flags([$0.relationship], in: GiftVocabulary.relationships)
        }
        age = profiles.map { Float($0.age) / 100 }
        budget = profiles.map { Float($0.budget) / wiring.budgetUnit }
    }

    private static var members: [WritableKeyPath<GiftFeatures, [Float]>] {
        [\.hobbies, \.preferences, \.occasion, \.relationship, \.age, \.budget]
    }

    /// The arrays in the order above.
    var parts: [[Float]] { Self.members.map { self[keyPath: $0] } }

    /// Every row moved towards that of `other` by its share of `shares` `[N]`.
    func mixed(with other: GiftFeatures, _ shares: [Float]) -> GiftFeatures {
        var mixed = self
        for member in Self.members {
            mixed[keyPath: member] = Self.mixed(
                self[keyPath: member], other[keyPath: member], shares)
        }
        return mixed
    }

    /// The rows of these features, then those of `other`.
    func followed(by other: GiftFeatures) -> GiftFeatures {
        var all = self
        for member in Self.members { all[keyPath: member] += other[keyPath: member] }
        return all
    }

    /// Rows `[N * W]` moved towards others by shares `[N]`.
    static func mixed(_ rows: [Float], _ others: [Float], _ shares: [Float]) -> [Float] {
        let width = rows.count / max(1, shares.count)
        return rows.indices.map { rows[$0] + shares[$0 / width] * (others[$0] - rows[$0]) }
    }

    /// 1 at each of the words that the list has.
    static func flags(_ words: [String], in list: [String]) -> [Float] {
        list.map { words.contains($0) ? 1 : 0 }
    }

    /// 1/n at each of the n words that the list has.
    private static func mean(of words: [String], in list: [String]) -> [Float] {
        let flags = flags(words, in: list)
        let count = flags.reduce(0, +)
        return count == 0 ? flags : flags.map { $0 / count }
    }
}

/// Profiles as the numbers that the model reads, row-major; N is the number of profiles.
///
/// Words that the vocabulary does not know are left out, except where a count of words or a token for unknown words is meant.
public struct GiftInputs: Sendable, Equatable {
    /// The width of ``state``.
    public static let stateWidth = 26

    /// N.
    public let count: Int
    /// What the profile's encoder reads.
    public let features: GiftFeatures
    /// `[N]`: the budget in its own unit.
    public let rawBudget: [Float]
    /// `[N, 26]`: the state of the published system's environment, at its step 0.
    ///
    /// Age / 100, budget / 1000, the numbers of hobbies and of preferences (known or not; connected / 10), step / 10, then flags
    /// for 8 hobbies, 7 relationships and 6 occasions. Parity has zeros for words outside these lists; connected counts sisters
    /// and brothers as `sibling`, spouses as `partner`, fitness as `sports`, books as `reading`, and other relationships and
    /// occasions as `other`.
    public let state: [Float]
    /// `[N, 50]`: the tokens; see `GiftTokens`.
    public let tokens: [Int32]
    /// `[N, 50]`: 1/n at each of the n tokens that are no padding, else 0.
    public let tokenWeights: [Float]

    /// What the inputs of the exported model mean, for whoever makes them without this library; connected wiring.
    static let meanings: [(name: String, meaning: String)] = [
        ("hobbies", "1/n at each of the n known hobbies, else 0"),
        ("preferences", "1/n at each of the n known preferences, else 0"),
        ("occasion", "1 at the occasion, else 0"),
        ("relationship", "1 at the relationship, else 0"),
        ("age", "years / 100"),
        ("budget", "budget / 300"),
        ("raw_budget", "budget"),
        (
            "state",
            "years / 100, budget / 1000, number of hobbies / 10, number of preferences / 10, 0; then 1 or 0 for the "
                + "hobbies \(stateHobbies.joined(separator: ",")) (fitness counts as sports, books as reading), for "
                + "the relationships \(stateRelationships.joined(separator: ",")) (sister and brother count as "
                + "sibling, spouse as partner, others as other), for the occasions "
                + "\(stateOccasions.joined(separator: ",")) (others as other)"
        ),
        (
            "tokens",
            "1, 10 + min(19, max(0, (years - 16) / 3 rounded down)), 30 + min(19, max(0, 20 log10(budget / 30) "
                + "rounded down)), 50 + place of the relationship, 70 + place of the occasion, 100 + place of each "
                + "of up to 8 hobbies, 150 + place of each of up to 8 preferences, then 0; places count from 0, an "
                + "unknown word has the last number before the next hundred or block: 69, 89, 149, 199"
        ),
        ("token_weights", "1/n at each of the n tokens that are not 0, else 0"),
    ]

    /// The inputs of profiles.
    ///
    /// - Parameters:
    ///   - profiles: the profiles, their words normalised.
    ///   - vocabulary: the words that the model knows.
    ///   - wiring: what the inputs look like.
    public init(profiles: [GiftProfile], vocabulary: GiftVocabulary, wiring: GiftWiring) {
        count = profiles.count
        features = GiftFeatures(profiles: profiles, vocabulary: vocabulary, wiring: wiring)
        rawBudget = profiles.map { Float($0.budget) }
        state = profiles.flatMap { Self.state(of: $0, wiring) }
        let sequences = profiles.map { GiftTokens.sequence($0, vocabulary) }
        tokens = sequences.flatMap { sequence in
            sequence
                + [Int32](
                    repeating: GiftTokens.padding, count: GiftTokens.length - sequence.count)
        }
        tokenWeights = sequences.flatMap { sequence in
            (0..<GiftTokens.length).map { $0 < sequence.count ? 1 / Float(sequence.count) : 0 }
        }
    }

    private static let stateHobbies = [
        "gardening", "cooking", "reading", "sports", "music", "art", "technology", "travel",
    ]
    private static let stateRelationships = [
        "mother", "father", "friend", "partner", "sibling", "colleague", "other",
    ]
    private static let stateOccasions = [
        "birthday", "christmas", "anniversary", "graduation", "wedding", "other",
    ]
    private static let stateAliases = [
        "sister": "sibling", "brother": "sibling", "spouse": "partner", "books": "reading",
        "fitness": "sports",
    ]

    private static func state(of profile: GiftProfile, _ wiring: GiftWiring) -> [Float] {
        func flags(_ words: [String], _ list: [String]) -> [Float] {
            let places = words.compactMap {
                wiring.place(of: $0, in: list, aliases: stateAliases)
            }
            return list.indices.map { places.contains($0) ? 1 : 0 }
        }
        let step: Float = 0
        return [
            Float(profile.age) / 100, Float(profile.budget) / 1000,
            Float(profile.hobbies.count) / wiring.countUnit,
            Float(profile.preferences.count) / wiring.countUnit, step,
        ] + flags(profile.hobbies, stateHobbies)
            + flags([profile.relationship], stateRelationships)
            + flags([profile.occasion], stateOccasions)
    }
}

/// What scenarios expect, as numbers, row-major; N is the number of samples, 13 and 5 the numbers of categories and tools.
public struct GiftLabels: Sendable, Equatable {
    /// N.
    public let count: Int
    /// `[N, 13]`: 1 at each expected category.
    public let categories: [Float]
    /// `[N, 5]`: 1 at each expected tool.
    public let tools: [Float]
    /// `[N, 13]`: 1 at each category that has the name of one of the profile's hobbies; the published semantic loss.
    public let hobbyCategories: [Float]

    /// The labels of samples: what each scenario expects, with the hobbies of the profile, which may be a varied one.
    public init(_ samples: [(scenario: GiftScenario, profile: GiftProfile)]) {
        count = samples.count
        categories = samples.flatMap {
            GiftFeatures.flags($0.scenario.expectedCategories, in: GiftVocabulary.categories)
        }
        tools = samples.flatMap {
            GiftFeatures.flags($0.scenario.expectedTools, in: GiftVocabulary.tools)
        }
        hobbyCategories = samples.flatMap {
            GiftFeatures.flags($0.profile.hobbies, in: GiftVocabulary.categories)
        }
    }

    /// The labels of scenarios with their own profiles.
    public init(scenarios: [GiftScenario]) {
        self.init(scenarios.map { ($0, $0.profile) })
    }
}
