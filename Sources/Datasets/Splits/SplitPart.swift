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
        let sizes = PartSizes(documentCount: documentCount)
        var order = [Int32](0..<Int32(documentCount))
        var random = Philox(DataStreams.documentSplit(seed: seed))
        random.shuffle(&order)
        // The training part comes first in the order, so it is cut last.
        let cut = Division.cut(order, sizes: sizes.inOrder.reversed())
        return DataSplit(training: cut[2], validation: cut[1], test: cut[0])
            .parts(count: documentCount)
    }
}

extension DataSplit {
    /// The part of every one of `count` documents, which has every document that the split names; the others are for training.
    func parts(count: Int) -> [SplitPart] {
        var parts = [SplitPart](repeating: .training, count: count)
        for document in validation { parts[Int(document)] = .validation }
        for document in test { parts[Int(document)] = .test }
        return parts
    }
}
