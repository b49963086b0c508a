import TandemBasics

/// What a reader found in files of scenarios and gifts: how much, which words a vocabulary does not know, and what is odd.
public struct GiftLoadReport: Codable, Sendable, Equatable {
    /// The kinds of words.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Hobbies of profiles.
        case hobby
        /// Preferences of profiles.
        case preference
        /// Occasions of profiles.
        case occasion
        /// Relationships of profiles.
        case relationship
        /// Categories that scenarios expect.
        case category
        /// Tools that scenarios expect.
        case tool
        /// Categories of gifts.
        case giftCategory
        /// Occasions of gifts; `any` is known.
        case giftOccasion

        /// What people call words of this kind.
        public var name: String {
            switch self {
            case .hobby: "hobbies"
            case .preference: "preferences"
            case .occasion: "occasions"
            case .relationship: "relationships"
            case .category: "expected categories"
            case .tool: "expected tools"
            case .giftCategory: "categories of gifts"
            case .giftOccasion: "occasions of gifts"
            }
        }
    }

    /// A word that the vocabulary does not have, and how often it was mentioned.
    public struct UnknownWord: Codable, Sendable, Equatable {
        /// The word, normalised.
        public let word: String
        /// The number of mentions.
        public let count: Int
    }

    /// The mentions of one kind of words.
    public struct Words: Codable, Sendable, Equatable {
        /// What kind.
        public let kind: Kind
        /// The number of mentions of words that the vocabulary has.
        public let known: Int
        /// The words that it does not have, the most frequent first, equally frequent ones in the order of their letters.
        public let unknownWords: [UnknownWord]

        /// The number of mentions of words that the vocabulary does not have.
        public var unknown: Int { unknownWords.reduce(0) { $0 + $1.count } }
        /// The number of mentions.
        public var mentions: Int { known + unknown }
    }

    /// The vocabulary that words were looked up in.
    public let vocabulary: GiftVocabulary.Kind
    /// The number of scenarios read.
    public internal(set) var scenarios = 0
    /// The number of gifts read.
    public internal(set) var gifts = 0
    /// The mentions of every kind of words that the files have, each word once per list, before anything was dropped.
    public internal(set) var words: [Words] = []
    /// The number of words that stood in a list before and were left out.
    public internal(set) var repeatedWords = 0
    /// The number of labels, and of categories of gifts, that are unknown and were dropped.
    public internal(set) var droppedLabels = 0
    /// The identifiers of scenarios and gifts that have no known category, or tool, left and were left out.
    public internal(set) var leftOut: [String] = []
    /// The identifiers of scenarios with equal profiles, in groups.
    public internal(set) var equalProfiles: [[String]] = []

    init(_ vocabulary: GiftVocabulary) { self.vocabulary = vocabulary.kind }

    /// The mentions of one kind; none when the files have none.
    public subscript(kind: Kind) -> Words {
        words.first { $0.kind == kind } ?? Words(kind: kind, known: 0, unknownWords: [])
    }

    /// This report and another, of other files under the same vocabulary, as one.
    public func joined(with other: GiftLoadReport) -> GiftLoadReport {
        var report = self
        report.scenarios += other.scenarios
        report.gifts += other.gifts
        report.words += other.words
        report.repeatedWords += other.repeatedWords
        report.droppedLabels += other.droppedLabels
        report.leftOut += other.leftOut
        report.equalProfiles += other.equalProfiles
        return report
    }

    /// What is odd but no error, for people.
    public var warnings: [String] { wordWarnings + rowWarnings }

    private var wordWarnings: [String] {
        var warnings: [String] = []
        for words in words where words.unknown > 0 && words.kind != .giftOccasion {
            let isLabel = [.category, .tool, .giftCategory].contains(words.kind)
            warnings.append(
                "\(words.unknown) of \(words.mentions) mentions of \(words.kind.name) are unknown "
                    + "to the \(vocabulary.rawValue) vocabulary and "
                    + (isLabel ? "dropped: " : "not used: ") + Self.list(words.unknownWords))
        }
        return warnings
    }

    private var rowWarnings: [String] {
        var warnings: [String] = []
        if repeatedWords > 0 {
            warnings.append("\(repeatedWords) words stand twice in a list; each counts once")
        }
        if !leftOut.isEmpty {
            warnings.append(
                "\(leftOut.count) rows are left out, because no known label is left: "
                    + Self.shortened(leftOut))
        }
        for group in equalProfiles {
            warnings.append("the profiles of \(Self.shortened(group)) are equal")
        }
        return warnings
    }

    /// All of it for people: one line per kind of words, then the warnings that are not about words.
    public var lines: [String] {
        var lines: [String] = []
        if scenarios > 0 { lines.append("\(NumberText.grouped(scenarios)) scenarios") }
        if gifts > 0 { lines.append("\(NumberText.grouped(gifts)) gifts") }
        for words in words {
            let mentions = NumberText.grouped(words.mentions)
            let unknown =
                words.unknown == 0
                ? "all known"
                : "\(words.unknown) unknown to the \(vocabulary.rawValue) vocabulary: "
                    + Self.list(words.unknownWords)
            lines.append("\(words.kind.name): \(mentions) mentions, \(unknown)")
        }
        return lines + rowWarnings
    }

    private static func list(_ words: [UnknownWord]) -> String {
        shortened(words.map { "\($0.word) \($0.count)" })
    }

    private static func shortened(_ texts: [String]) -> String {
        let shown = texts.prefix(10).joined(separator: ", ")
        return texts.count > 10 ? shown + " and \(texts.count - 10) more" : shown
    }
}

/// Counts mentions of words while files are read.
struct GiftWordTally {
    private var counts: [GiftLoadReport.Kind: [String: Int]] = [:]

    mutating func count(_ words: [String], _ kind: GiftLoadReport.Kind) {
        for word in words where !word.isEmpty {
            counts[kind, default: [:]][word, default: 0] += 1
        }
    }

    /// What was counted, in the order of the kinds.
    func words(_ vocabulary: GiftVocabulary) -> [GiftLoadReport.Words] {
        GiftLoadReport.Kind.allCases.compactMap { kind in
            guard let counts = counts[kind] else { return nil }
            let known = Set(vocabulary.words(kind))
            let unknown = counts.filter { !known.contains($0.key) }
                .map { GiftLoadReport.UnknownWord(word: $0.key, count: $0.value) }
                .sorted { ($1.count, $0.word) < ($0.count, $1.word) }
            let mentions = counts.values.reduce(0, +)
            return GiftLoadReport.Words(
                kind: kind, known: mentions - unknown.reduce(0) { $0 + $1.count },
                unknownWords: unknown)
        }
    }
}

extension GiftVocabulary {
    /// The words of a kind that this vocabulary knows.
    func words(_ kind: GiftLoadReport.Kind) -> [String] {
        switch kind {
        case .hobby: hobbies
        case .preference: preferences
        case .occasion: Self.occasions
        case .relationship: Self.relationships
        case .category, .giftCategory: Self.categories
        case .tool: Self.tools
        case .giftOccasion: Self.occasions + ["any"]
        }
    }
}
