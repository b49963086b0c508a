/// How text is cut into sentences and sentences are turned into vectors.
public struct EmbeddingSettings: Sendable, Equatable {
    /// The length of each vector.
    public var dimensions = 256
    /// Sentences of fewer words are joined to the next.
    public var minimumWords = 6
    /// Sentences of more words are cut into equal parts.
    public var maximumWords = 60
    /// Files with fewer sentences are skipped.
    public var minimumSentences = 20
    /// The seed of the random projection and of the split by document.
    public var seed: UInt64 = 42

    /// The default settings.
    public init() {}

    /// Everything that makes these settings impossible; empty if they are fine.
    public var problems: [String] {
        var problems: [String] = []
        if !(1...65_536).contains(dimensions) {
            problems.append("dimensions is \(dimensions): must be from 1 to 65536")
        }
        if minimumWords < 1 {
            problems.append("minimumWords is \(minimumWords): must be at least 1")
        }
        if maximumWords < max(minimumWords, 1) {
            problems.append(
                "maximumWords is \(maximumWords): must be at least minimumWords, \(minimumWords)")
        }
        if minimumSentences < 1 {
            problems.append("minimumSentences is \(minimumSentences): must be at least 1")
        }
        return problems
    }
}
