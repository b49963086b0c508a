/// How well gifts suit scenarios, computed from data alone: the number that models predict and recommendations are measured by.
///
/// `R = 0.35 c + 0.25 b + 0.20 h + 0.15 o + 0.05 a`, in `[0.04, 1]`:
/// - `c` is 1 where the gift's category is one of those expected, else 0.
/// - `b` is by the price as a share of the budget: up to 0.6 1, 0.8 0.9, 0.95 0.8, 1 0.6, 1.1 0.3, 1.2 0.1, above 0.
/// - `h` is the share of the hobbies that have a word in common with the gift's category or one of its tags; 0
///   without hobbies. Whole words count, or `art` would be found in `smart`: texts are taken in lower case and cut
///   at everything but letters, so that `home_decor` is `home` and `decor`.
/// - `o` is 1 where the gift's occasions have that of the profile, else 0.6 where they have `any`, else 0.2.
/// - `a` is 1 in the gift's range of ages, else by the distance in years from it: up to 5 0.8, 10 0.6, 15 0.4,
///   above 0.2.
public struct GiftReward: Sendable {
    /// The gifts, in the order of the rewards.
    public let gifts: [Gift]

    private let words: [Set<String>]

    /// Rewards of the given gifts; their words are looked up once.
    public init(_ gifts: [Gift]) {
        self.gifts = gifts
        words = gifts.map { gift in
            gift.tags.reduce(into: Self.words(gift.category)) { $0.formUnion(Self.words($1)) }
        }
    }

    /// The rewards of all gifts for a profile with the given expected categories, `[G]`.
    public func rewards(_ profile: GiftProfile, categories: [String]) -> [Double] {
        rewards(profile) { categories.contains($0) ? 1 : 0 }
    }

    /// The rewards of all gifts for every scenario, `[N][G]`.
    public func matrix(_ scenarios: [GiftScenario]) -> [[Double]] {
        scenarios.map { rewards($0.profile, categories: $0.expectedCategories) }
    }

    /// The reward of one gift for one scenario.
    public static func reward(_ scenario: GiftScenario, _ gift: Gift) -> Double {
        GiftReward([gift]).matrix([scenario])[0][0]
    }

    /// The expected rewards of all gifts where a category is expected with the probability that `probability` gives it, `[G]`.
    func rewards(_ profile: GiftProfile, probability: (String) -> Double) -> [Double] {
        let hobbies = profile.hobbies.map(Self.words)
        return gifts.indices.map { index in
            let gift = gifts[index]
            let shared = hobbies.count { !$0.isDisjoint(with: words[index]) }
            let hobby = hobbies.isEmpty ? 0 : Double(shared) / Double(hobbies.count)
            return 0.35 * probability(gift.category)
                + 0.25 * Self.budget(price: gift.price, budget: profile.budget) + 0.20 * hobby
                + 0.15 * Self.occasion(profile.occasion, gift.occasions)
                + 0.05 * Self.age(profile.age, gift.ages)
        }
    }

    /// The words of a text: what is left of it in lower case when it is cut at everything but letters.
    static func words(_ text: String) -> Set<String> {
        Set(text.lowercased().split { !$0.isLetter }.map(String.init))
    }

    private static func budget(price: Double, budget: Double) -> Double {
        let share = price / budget
        let steps = [(0.6, 1.0), (0.8, 0.9), (0.95, 0.8), (1, 0.6), (1.1, 0.3), (1.2, 0.1)]
        // Without a budget nothing is affordable; a share below 0 or not a number comes of that.
        guard share >= 0 else { return 0 }
        return steps.first { share <= $0.0 }?.1 ?? 0
    }

    private static func occasion(_ wanted: String, _ listed: [String]) -> Double {
        listed.contains(wanted) ? 1 : listed.contains("any") ? 0.6 : 0.2
    }

    private static func age(_ years: Int, _ range: ClosedRange<Int>) -> Double {
        // In floating point, because a file may hold any integer and no difference may overflow.
        let age = Double(years)
        let distance = max(Double(range.lowerBound) - age, age - Double(range.upperBound), 0)
        return switch distance {
        case 0: 1
        case ...5: 0.8
        case ...10: 0.6
        case ...15: 0.4
        default: 0.2
        }
    }
}
