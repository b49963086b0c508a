import TandemBasics

/// The gifts that can be recommended.
///
/// A file is a JSON object `{"gifts": [...]}` or the list alone; a gift is `{"id", "name", "category", "price", "rating",
/// "tags", "age_range": [least, most], "occasions"}`. `age_suitability` stands for `age_range` too, `occasion_fit` for
/// `occasions`. Other members are not read. Words are normalised (see `GiftVocabulary.normalized`), and of words that stand
/// twice in a list the first counts.
public struct GiftCatalogue: Sendable, Equatable {
    /// The largest number of gifts: there are as many actions to choose from.
    public static let largestCount = 50

    /// The gifts in the order of the file, at least one.
    public let gifts: [Gift]
    /// What was found.
    public let report: GiftLoadReport

    /// Reads a catalogue.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - vocabulary: the words to count as known.
    ///   - unknownLabels: what happens to gifts whose category is unknown.
    /// - Returns: from 1 to ``largestCount`` gifts.
    /// - Throws: when the file cannot be read or is no JSON, or with all problems of its rows.
    public static func read(
        _ path: String, vocabulary: GiftVocabulary, unknownLabels: GiftUnknownLabels = .refuse
    ) throws(GiftError) -> GiftCatalogue {
        try GiftCatalogue(
            try GiftFile.read(path), name: path, vocabulary: vocabulary,
            unknownLabels: unknownLabels)
    }

    /// Checks gifts in memory as if they had been read from a file of that name.
    ///
    /// Throws all problems.
    public init(
        _ gifts: [Gift], name: String = "catalogue", vocabulary: GiftVocabulary,
        unknownLabels: GiftUnknownLabels = .refuse
    ) throws(GiftError) {
        try self.init(
            .array(gifts.map(\.json)), name: name, vocabulary: vocabulary,
            unknownLabels: unknownLabels)
    }

    private init(
        _ value: JSONValue, name: String, vocabulary: GiftVocabulary,
        unknownLabels: GiftUnknownLabels
    ) throws(GiftError) {
        var report = GiftLoadReport(vocabulary)
        var (gifts, problems): ([Gift], [GiftProblem]) = ([], [])
        var seen: [String: Int] = [:]
        var tally = GiftWordTally()
        let rows = try GiftFile.rows(of: value, name: name, member: "gifts", orBare: true)
        for (number, value) in rows.enumerated() {
            var row = GiftRow(value, number: number)
            let gift = row.gift(seen: &seen)
            tally.count([gift.category], .giftCategory)
            tally.count(gift.occasions, .giftOccasion)
            report.repeatedWords += row.repeats
            let isKnown = GiftVocabulary.categories.contains(gift.category)
            if !isKnown, !gift.category.isEmpty, unknownLabels == .refuse {
                row.addUnknown(
                    gift.category, in: "category", known: GiftVocabulary.categories,
                    advice: GiftFile.labelAdvice)
            }
            problems += row.problems
            if isKnown {
                gifts.append(gift)
            } else if row.problems.isEmpty {
                report.droppedLabels += 1
                report.leftOut.append(gift.id)
            }
        }
        let count = unknownLabels == .refuse ? rows.count : gifts.count
        if count > Self.largestCount || count == 0 {
            let expected = count == 0 ? "at least 1" : "at most \(Self.largestCount)"
            let name = "gifts" + (report.leftOut.isEmpty ? "" : " of known categories")
            problems.insert(GiftProblem(.count(count, of: name, expected: expected)), at: 0)
        }
        if !problems.isEmpty { throw .unusable(path: name, problems: problems) }
        report.words = tally.words(vocabulary)
        report.gifts = gifts.count
        self.gifts = gifts
        self.report = report
    }
}

extension GiftRow {
    /// The gift that the row describes.
    fileprivate mutating func gift(seen: inout [String: Int]) -> Gift {
        Gift(
            id: identifier(seen: &seen), name: name("name", expected: "a name"),
            category: word("category"), price: amount("price"),
            rating: number("rating", in: 0...5, expected: "a number from 0 to 5"),
            tags: words("tags", mayBeEmpty: true),
            ages: ages("age_range", alias: "age_suitability"),
            occasions: words("occasions", alias: "occasion_fit", mayBeEmpty: true))
    }
}
