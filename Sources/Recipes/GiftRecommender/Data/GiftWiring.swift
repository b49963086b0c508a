/// How the parts of the model are joined, and what its inputs look like.
public enum GiftWiring: String, Codable, Sendable, CaseIterable {
    /// As the published system has them, with its defects: for comparison with its figures.
    case parity
    /// So that every tensor takes part and learns.
    case connected

    /// What budgets are divided by in the profile encoder.
    var budgetUnit: Float { self == .parity ? 1000 : 300 }
    /// What counts of words are divided by in the state of a person and the description of a gift.
    var countUnit: Float { self == .parity ? 1 : 10 }

    /// The place of a word in a short list: connected with the `aliases` of words that the list does not have, and the list's
    /// `other` for the rest; parity only the words themselves.
    func place(of word: String, in list: [String], aliases: [String: String] = [:]) -> Int? {
        if self == .parity { return list.firstIndex(of: word) }
        return list.firstIndex(of: aliases[word] ?? word) ?? list.firstIndex(of: "other")
    }
}
