import TandemBasics

/// Made-up profiles that cover all cells in equal numbers and are plausible; `GiftGenerator` describes them.
///
/// Every attribute is dealt from a deck that has each of its values equally often. Attributes of rows that do not go together
/// are then exchanged with those of other rows, which leaves the numbers as they are.
struct GiftProfileSample {
    /// Groups of hobbies.
    static let hobbyGroups = [
        ("tech", ["technology", "photography", "gaming"]),
        ("creative", ["music", "art", "reading"]),
        ("active", ["fitness", "sports", "outdoor"]), ("mind", ["yoga", "meditation", "wellness"]),
        ("home", ["home_decor", "gardening", "cooking"]),
        ("leisure", ["food", "travel", "entertainment"]),
        ("growth", ["learning", "business", "reading"]),
    ]
    /// Types of preferences.
    static let preferenceTypes = [
        ("modern", ["trendy", "modern", "tech-savvy"]),
        ("practical", ["practical", "affordable", "quality"]),
        ("luxury", ["luxury", "premium", "sophisticated"]),
        ("eco", ["eco-friendly", "sustainable", "natural"]),
        ("classic", ["traditional", "classic", "timeless"]),
        ("creative", ["creative", "unique", "artistic"]),
        ("active", ["active", "energetic", "motivational"]),
    ]
    /// Groups of ages.
    static let ageGroups = [16...25, 26...35, 36...45, 46...55, 56...75]
    /// Tiers of budgets, in whole units.
    static let budgetTiers = [30...49, 50...149, 150...249, 250...300]

    /// The profiles.
    private(set) var profiles: [GiftProfile] = []
    /// The names of the group of hobbies and of the type of preferences that each profile was made for.
    private(set) var groups: [(hobbies: String, preferences: String)] = []

    private static let attempts = 1_000

    /// Draws profiles; nil when chance has not made all of them plausible in many attempts.
    init?(count: Int, seed: UInt64) {
        for attempt in 0..<Self.attempts {
            var random = Philox(GiftStreams.profiles(seed: seed, attempt: attempt))
            guard let rows = Self.plausibleRows(count, &random) else { continue }
            let sizes = Self.deck([2, 3, 3, 4], count, &random)
            var seen: Set<GiftProfile> = []
            for (row, size) in zip(rows, sizes) {
                var profile = Self.profile(of: row, hobbies: size, &random)
                while !seen.insert(profile).inserted {
                    profile = Self.profile(of: row, hobbies: size, &random)
                }
                profiles.append(profile)
                groups.append(
                    (Self.hobbyGroups[row.hobbies].0, Self.preferenceTypes[row.preferences].0))
            }
            return
        }
        return nil
    }

    /// What a profile is made from: places in the lists above, an age, and words.
    private struct Row {
        var age = 0
        var relationship = ""
        var occasion = ""
        var tier = 0
        var hobbies = 0
        var preferences = 0

        private static let agesOfRelationships = [
            "mother": 38...75, "father": 38...75, "spouse": 22...75, "uncle": 30...75,
            "aunt": 30...75, "grandparent": 56...75, "colleague": 20...65,
        ]
        private static let agesOfOccasions = [
            "mothers_day": 24...75, "fathers_day": 24...75, "graduation": 16...30,
            "anniversary": 25...75, "promotion": 23...62, "wedding": 22...60,
        ]
        private static let relationshipsOfOccasions = [
            "mothers_day": ["mother", "grandparent", "aunt", "sister", "spouse", "friend"],
            "fathers_day": ["father", "grandparent", "uncle", "brother", "spouse", "friend"],
            "graduation": ["friend", "sister", "brother", "cousin", "spouse", "colleague"],
            "anniversary": [
                "spouse", "mother", "father", "sister", "brother", "friend", "aunt", "uncle",
                "grandparent",
            ],
            "promotion": [
                "friend", "mother", "father", "sister", "brother", "colleague", "spouse", "uncle",
                "aunt", "cousin",
            ],
            "wedding": ["friend", "sister", "brother", "colleague", "cousin", "uncle", "aunt"],
        ]

        /// The number of things that do not go together.
        var conflicts: Int {
            let holds = [
                Self.agesOfRelationships[relationship].map { $0 ~= age } ?? true,
                Self.agesOfOccasions[occasion].map { $0 ~= age } ?? true,
                Self.relationshipsOfOccasions[occasion].map { $0.contains(relationship) } ?? true,
                relationship != "colleague" || tier < 3,
                GiftProfileSample.suits(preferences, tier: tier),
            ]
            return holds.count { !$0 }
        }
    }

    /// Whether words of a type of preferences go with a budget: nothing luxurious for a small one, nothing affordable for a
    /// large one.
    private static func suits(_ type: Int, tier: Int) -> Bool {
        switch preferenceTypes[type].0 {
        case "luxury": tier > 0
        case "practical": tier < 3
        default: true
        }
    }

    /// Whether nobody likes both types of preferences.
    private static func exclude(_ first: Int, _ second: Int) -> Bool {
        let names = Set([preferenceTypes[first].0, preferenceTypes[second].0])
        return names == ["luxury", "practical"] || names == ["modern", "classic"]
    }

    /// Each of the values as often as the others, give or take one, in random order.
    private static func deck<Value>(
        _ values: [Value], _ count: Int, _ random: inout Philox
    ) -> [Value] {
        var order = values
        random.shuffle(&order)
        var deck = (0..<count).map { order[$0 % order.count] }
        random.shuffle(&deck)
        return deck
    }

    private static func pick<Value>(_ values: [Value], _ random: inout Philox) -> Value {
        values[Int(random.nextInteger(below: UInt32(values.count)))]
    }

    /// Rows without conflicts; nil when the exchanges come to no end.
    private static func plausibleRows(_ count: Int, _ random: inout Philox) -> [Row]? {
        let ages = deck(ageGroups, count, &random).map { pick(Array($0), &random) }
        let relationships = deck(GiftVocabulary.relationships, count, &random)
        let occasions = deck(GiftVocabulary.occasions, count, &random)
        let tiers = deck(Array(budgetTiers.indices), count, &random)
        let hobbies = deck(Array(hobbyGroups.indices), count, &random)
        let preferences = deck(Array(preferenceTypes.indices), count, &random)
        var rows = (0..<count).map {
            Row(
                age: ages[$0], relationship: relationships[$0], occasion: occasions[$0],
                tier: tiers[$0], hobbies: hobbies[$0], preferences: preferences[$0])
        }
        var conflicting = rows.indices.filter { rows[$0].conflicts > 0 }
        var exchanges = 0
        while let row = conflicting.popLast() {
            while rows[row].conflicts > 0 {
                exchanges += 1
                if exchanges > 200 * count { return nil }
                let other = Int(random.nextInteger(below: UInt32(count)))
                if other == row { continue }
                exchange(row, other, in: &rows, &random)
                if rows[other].conflicts > 0 { conflicting.append(other) }
            }
        }
        return rows
    }

    /// Exchanges one attribute of two rows unless they have more conflicts afterwards.
    private static func exchange(
        _ first: Int, _ second: Int, in rows: inout [Row], _ random: inout Philox
    ) {
        var (one, other) = (rows[first], rows[second])
        switch random.nextInteger(below: 5) {
        case 0: swap(&one.age, &other.age)
        case 1: swap(&one.relationship, &other.relationship)
        case 2: swap(&one.occasion, &other.occasion)
        case 3: swap(&one.tier, &other.tier)
        default: swap(&one.preferences, &other.preferences)
        }
        let before = rows[first].conflicts + rows[second].conflicts
        if one.conflicts + other.conflicts <= before {
            rows[first] = one
            rows[second] = other
        }
    }

    /// The profile of a row: its first hobby and preference are of the row's group and type.
    private static func profile(
        of row: Row, hobbies count: Int, _ random: inout Philox
    ) -> GiftProfile {
        let isOld = row.age > 55
        func isUsual(_ hobby: String) -> Bool { !(isOld && hobby == "gaming") }
        let own = hobbyGroups[row.hobbies].1.filter(isUsual)
        var hobbies = [pick(own, &random)]
        let all = hobbyGroups.flatMap(\.1).filter(isUsual)
        while hobbies.count < count {
            let isOwn = hobbies.count == 1 && random.nextInteger(below: 2) == 0
            let hobby = pick(isOwn ? own : all, &random)
            if !hobbies.contains(hobby) { hobbies.append(hobby) }
        }
        let ownWords = preferenceTypes[row.preferences].1
        let otherWords = preferenceTypes.indices
            .filter { suits($0, tier: row.tier) && !exclude($0, row.preferences) }
            .flatMap { preferenceTypes[$0].1 }
        var preferences = [pick(ownWords, &random)]
        let preferenceCount = 2 + Int(random.nextInteger(below: 2))
        while preferences.count < preferenceCount {
            let word = pick(random.nextInteger(below: 2) == 0 ? ownWords : otherWords, &random)
            let isExcluded = preferences.contains { first in
                let types = [first, word].compactMap { word in
                    preferenceTypes.firstIndex { $0.1.contains(word) }
                }
                return exclude(types[0], types[1])
            }
            if !preferences.contains(word), !isExcluded { preferences.append(word) }
        }
        return GiftProfile(
            age: row.age, hobbies: hobbies, relationship: row.relationship,
            budget: Double(pick(Array(budgetTiers[row.tier]), &random)), occasion: row.occasion,
            preferences: preferences)
    }
}
