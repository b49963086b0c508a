public import TandemBasics

/// How profiles are varied at random for training; what is expected of them stays.
///
/// | | v1 | v2 | v3 |
/// |---|---|---|---|
/// | years added, uniform | -3...3 | -5...5 | -7...7 |
/// | factor of the budget, uniform | 0.85 to 1.15 | 0.75 to 1.25 | 0.70 to 1.30 |
/// | hobbies | shuffled | shuffled, with probability 0.3 fewer | shuffled, with probability 0.4 the last of more than two dropped |
/// | preferences | as they are | with probability 0.2 fewer | with probability 0.3 the last of more than two dropped |
///
/// "Fewer" keeps from 1 to n - 1 of n words, each number as likely, a random choice of them; of one word that one. Ages stay
/// in ``ages``, budgets in ``budgets``, and one hobby stays always.
public enum GiftAugmentation: String, Codable, Sendable, CaseIterable {
    /// Profiles stay as they are.
    case none
    /// The published system's first optimisation.
    case v1
    /// The published system's second optimisation.
    case v2
    /// The published system's third optimisation.
    case v3

    /// The ages that varied profiles may have, in years.
    public static let ages = 16...75
    /// The budgets that varied profiles may have.
    public static let budgets = 30.0...300.0

    /// A varied profile, a function of the profile and the random numbers alone.
    ///
    /// - Parameters:
    ///   - profile: the profile.
    ///   - random: the random numbers; ``none`` takes none.
    /// - Returns: the profile with another age, budget, and other hobbies and preferences.
    public func apply(to profile: GiftProfile, _ random: inout Philox) -> GiftProfile {
        guard let strength else { return profile }
        var varied = profile
        let years = Int(random.nextInteger(below: UInt32(2 * strength.years + 1)))
        varied.age = (profile.age + years - strength.years).clamped(to: Self.ages)
        let share = Double(random.nextWord()) * 0x1p-32
        varied.budget = (profile.budget * (1 + strength.budget * (2 * share - 1)))
            .clamped(to: Self.budgets)
        random.shuffle(&varied.hobbies)
        varied.hobbies = strength.drops.hobbies.apply(to: varied.hobbies, &random)
        varied.preferences = strength.drops.preferences.apply(to: profile.preferences, &random)
        return varied
    }

    /// How far a profile is varied; nil when it is not.
    private var strength: Strength? {
        switch self {
        case .none: nil
        case .v1: Strength(years: 3, budget: 0.15, drops: (.never, .never))
        case .v2: Strength(years: 5, budget: 0.25, drops: (.toFewer(0.3), .toFewer(0.2)))
        case .v3: Strength(years: 7, budget: 0.3, drops: (.lastOfMany(0.4), .lastOfMany(0.3)))
        }
    }

    private struct Strength {
        let years: Int
        let budget: Double
        let drops: (hobbies: Drop, preferences: Drop)
    }

    /// How words are dropped, with which probability.
    private enum Drop {
        case never
        case toFewer(Double)
        case lastOfMany(Double)

        func apply(to words: [String], _ random: inout Philox) -> [String] {
            switch self {
            case .never: return words
            case .toFewer(let probability):
                guard words.count >= 2, Self.happens(probability, &random) else { return words }
                let kept = 1 + Int(random.nextInteger(below: UInt32(words.count - 1)))
                var order = Array(words.indices)
                random.shuffle(&order)
                return order.prefix(kept).sorted().map { words[$0] }
            case .lastOfMany(let probability):
                guard words.count > 2, Self.happens(probability, &random) else { return words }
                return words.dropLast()
            }
        }

        private static func happens(_ probability: Double, _ random: inout Philox) -> Bool {
            Double(random.nextWord()) * 0x1p-32 < probability
        }
    }
}

extension Comparable {
    /// The value itself, or the nearer limit when it lies outside.
    fileprivate func clamped(to limits: ClosedRange<Self>) -> Self {
        min(max(self, limits.lowerBound), limits.upperBound)
    }
}
