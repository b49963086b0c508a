import TandemBasics

/// The part of a data set that a document belongs to; the raw values are those of `split.npy`.
public enum SplitPart: Int, Sendable, CaseIterable {
    /// Documents to learn from.
    case training = 0
    /// Documents to choose by: early stopping, settings.
    case validation = 1
    /// Documents to report on, once.
    case test = 2

    /// A seeded split of `documentCount` documents: 80% training, 10% validation, the rest test.
    ///
    /// Validation and test get at least one document each when there are three or more; with fewer,
    /// all are for training. The same seed gives the same split everywhere.
    static func seeded(documentCount: Int, seed: UInt64) -> [SplitPart] {
        var parts = [SplitPart](repeating: .training, count: documentCount)
        guard documentCount >= 3 else { return parts }
        let validation = max(1, documentCount / 10)
        let training = min(documentCount * 8 / 10, documentCount - validation - 1)
        var order = Array(0..<documentCount)
        var random = Philox(DataStreams.documentSplit(seed: seed))
        random.shuffle(&order)
        for document in order[training..<training + validation] { parts[document] = .validation }
        for document in order[(training + validation)...] { parts[document] = .test }
        return parts
    }
}
