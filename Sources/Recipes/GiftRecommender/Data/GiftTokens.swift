import Glibc

/// How a profile is written as a sequence of tokens for the recursive core.
///
/// `[beginning, age, budget, relationship, occasion, up to 8 hobbies, up to 8 preferences, padding ...]`, 50 in all. Every kind
/// of word has a block of numbers; the last number of a block of words stands for unknown ones.
public enum GiftTokens {
    /// The length of a sequence.
    public static let length = 50
    /// The number of hobbies, and of preferences, that a sequence has room for.
    public static let wordLimit = 8
    /// What fills a sequence up.
    public static let padding: Int32 = 0
    /// What a sequence begins with.
    public static let beginning: Int32 = 1
    /// Ages in steps of 3 years from 16; younger and older ones at the ends.
    public static let ages: Range<Int32> = 10..<30
    /// Budgets in 20 steps of equal ratio from 30 to 300; smaller and larger ones at the ends.
    public static let budgets: Range<Int32> = 30..<50
    /// Relationships.
    public static let relationships: Range<Int32> = 50..<70
    /// Occasions.
    public static let occasions: Range<Int32> = 70..<90
    /// Hobbies.
    public static let hobbies: Range<Int32> = 100..<150
    /// Preferences.
    public static let preferences: Range<Int32> = 150..<200
    /// Categories.
    public static let categories: Range<Int32> = 200..<220
    /// Gifts.
    public static let gifts: Range<Int32> = 300..<400

    /// The token of an age in years.
    public static func age(_ years: Int) -> Int32 {
        ages.lowerBound + Int32(min(max((years - 16) / 3, 0), ages.count - 1))
    }

    /// The token of a budget.
    public static func budget(_ amount: Double) -> Int32 {
        let step = (Double(budgets.count) * log10(amount / 30)).rounded(.down)
        return budgets.lowerBound + Int32(min(max(step, 0), Double(budgets.count - 1)))
    }

    /// The token of a word that stands at a place in its list; nil for an unknown word.
    public static func word(_ place: Int?, in block: Range<Int32>) -> Int32 {
        place.map { block.lowerBound + Int32($0) } ?? block.upperBound - 1
    }

    /// The tokens of a profile, without padding.
    static func sequence(_ profile: GiftProfile, _ vocabulary: GiftVocabulary) -> [Int32] {
        let hobbies = profile.hobbies.prefix(wordLimit).map {
            word(vocabulary.hobbies.firstIndex(of: $0), in: Self.hobbies)
        }
        let preferences = profile.preferences.prefix(wordLimit).map {
            word(vocabulary.preferences.firstIndex(of: $0), in: Self.preferences)
        }
        let relationship = GiftVocabulary.relationships.firstIndex(of: profile.relationship)
        let occasion = GiftVocabulary.occasions.firstIndex(of: profile.occasion)
        return [
            beginning, age(profile.age), budget(profile.budget),
            word(relationship, in: relationships), word(occasion, in: occasions),
        ] + hobbies + preferences
    }
}
