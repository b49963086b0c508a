/// The words that a model knows, in the order of their numbers; the order is part of every checkpoint.
public struct GiftVocabulary: Sendable, Equatable {
    /// Which lists of hobbies and preferences.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The 18 hobbies and 20 preferences of the published system.
        case parity
        /// 5 hobbies and 6 preferences more, so that no word of its scenarios is lost.
        case extended
    }

    /// Which lists.
    public let kind: Kind
    /// Hobbies: 18, or 23 extended.
    public let hobbies: [String]
    /// Preferences: 20, or 26 extended.
    public let preferences: [String]

    /// The 13 categories of gifts.
    public static let categories = [
        "technology", "gardening", "cooking", "books", "wellness", "art", "fitness", "outdoor",
        "home", "food", "experience", "gaming", "fashion",
    ]
    /// The 5 tools.
    public static let tools = [
        "price_comparison", "inventory_check", "review_analysis", "trend_analysis",
        "budget_optimizer",
    ]
    /// The 10 occasions.
    public static let occasions = [
        "birthday", "christmas", "mothers_day", "fathers_day", "graduation", "anniversary",
        "promotion", "appreciation", "new_year", "wedding",
    ]
    /// The 11 relationships.
    public static let relationships = [
        "friend", "mother", "father", "sister", "brother", "colleague", "spouse", "uncle", "aunt",
        "cousin", "grandparent",
    ]

    private static let hobbies = [
        "gardening", "cooking", "reading", "sports", "music", "art", "technology", "travel",
        "fitness", "wellness", "outdoor", "gaming", "photography", "design", "business",
        "environment", "sustainability", "home_decor",
    ]
    private static let furtherHobbies = ["yoga", "meditation", "food", "entertainment", "learning"]
    private static let preferences = [
        "trendy", "practical", "tech-savvy", "relaxing", "self-care", "affordable", "traditional",
        "quality", "active", "healthy", "motivational", "creative", "unique", "artistic", "luxury",
        "professional", "sophisticated", "eco-friendly", "sustainable", "natural",
    ]
    private static let furtherPreferences = [
        "modern", "premium", "classic", "timeless", "energetic", "sporty",
    ]
    private static let synonyms = [
        "mother_day": "mothers_day", "father_day": "fathers_day", "partner": "spouse",
        "husband": "spouse", "wife": "spouse", "boss": "colleague",
    ]

    /// The lists of a kind.
    public init(_ kind: Kind) {
        self.kind = kind
        let isExtended = kind == .extended
        hobbies = Self.hobbies + (isExtended ? Self.furtherHobbies : [])
        preferences = Self.preferences + (isExtended ? Self.furtherPreferences : [])
    }

    /// A word as the lists have it: without surrounding space, in lower case, spaces as `_`, one spelling for synonyms.
    public static func normalized(_ word: String) -> String {
        let start = word.drop(while: \.isWhitespace)
        let end = start.lastIndex { !$0.isWhitespace }
        let plain = String(end.map { start[...$0] } ?? "").lowercased()
            .replacing(" ", with: "_")
        return synonyms[plain] ?? plain
    }
}
