import TandemBasics

/// The examples of a data set divided into a part to train on, one to choose by, and one to report on.
public struct DataSplit: Sendable, Equatable {
    /// The numbers of the examples to train on.
    public var training: [Int32]
    /// The numbers of the examples that early stopping and the choice of a model look at.
    public var validation: [Int32]
    /// The numbers of the examples that only the final figures look at.
    public var test: [Int32]

    /// Makes a split of given examples.
    public init(training: [Int32], validation: [Int32], test: [Int32]) {
        self.training = training
        self.validation = validation
        self.test = test
    }

    /// Divides examples at random; the same seed gives the same split on every machine.
    ///
    /// Of N examples, the two shares together, rounded up, are held out, and of these the test part's, rounded up, is for
    /// testing: 10,000 examples give 7,000, 1,500 and 1,500. A part whose share is 0 stays empty.
    ///
    /// Examples of one group go into one part: the groups in random order go each to the part that lacks most examples; with
    /// groups of unequal size the parts come as near to their sizes as that allows. With labels every part has the same share
    /// of each, to the nearest example; with groups too, as near as groups allow. Parts are in random order, in the order of
    /// the data where there are groups.
    ///
    /// - Parameters:
    ///   - examples: the number of examples, their groups and labels; at least 4, so that no part is empty.
    ///   - validation: the share of the validation part.
    ///   - test: the share of the test part; both together less than 1.
    ///   - seed: the seed of the order.
    /// - Throws: when there are too few examples or groups, or a part would lack one of the labels.
    public init(
        _ examples: SplitExamples, validation: Double = 0.15, test: Double = 0.15, seed: UInt64
    ) throws(SplitProblem) {
        try self.init(
            examples, validation: validation, test: test, largestFirst: false,
            stream: DataStreams.split(seed: seed))
    }

    /// Divides examples by the random numbers of `stream`, groups at random or the largest first.
    init(
        _ examples: SplitExamples, validation: Double, test: Double, largestFirst: Bool,
        stream: RandomStream
    ) throws(SplitProblem) {
        let sizes = try PartSizes(count: examples.count, validation: validation, test: test)
        let named = zip(["training", "validation", "test"], sizes.inOrder).filter { $0.1 > 0 }
        if let groups = examples.groups.map({ Set($0).count }), groups < named.count {
            throw .tooFewGroups(count: groups, parts: named.map(\.0))
        }
        var random = Philox(stream)
        let parts = Division.parts(
            of: examples, sizes: sizes.inOrder, largestFirst: largestFirst, random: &random)
        self.init(training: parts[0], validation: parts[1], test: parts[2])
        try checkLabels(of: examples)
    }

    /// Every part that is not empty must have every label.
    private func checkLabels(of examples: SplitExamples) throws(SplitProblem) {
        guard let labels = examples.labels else { return }
        var counts: [String: Int] = [:]
        for label in labels { counts[label, default: 0] += 1 }
        for (name, part) in [("training", training), ("validation", validation), ("test", test)]
        where !part.isEmpty {
            let found = Set(part.map { labels[Int($0)] })
            for (label, count) in counts.sorted(by: { $0.key > $1.key })
            where !found.contains(label) {
                throw .labelMissing(part: name, label: label, count: count)
            }
        }
    }
}
