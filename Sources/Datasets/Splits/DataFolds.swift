import TandemBasics

/// The examples of a data set divided into k folds of equal size, each of which is the test part once (k-fold
/// cross-validation).
///
/// The same seed gives the same folds on every machine.
public struct DataFolds: Sendable, Equatable {
    /// The examples of every fold, in the order of the data; every example lies in one fold.
    public let folds: [[Int32]]
    private let examples: SplitExamples
    private let seed: UInt64

    /// Divides examples into folds at random.
    ///
    /// The sizes differ by one at most, and with labels so do the counts of each label. Examples of one group lie
    /// in one fold: the groups, largest first, go each to the smallest fold, or with labels to where its labels are
    /// wanted most, and the sizes are as near to each other as that allows. Throws for fewer than two folds, fewer
    /// examples or groups than folds, and when a fold would lack one of the labels.
    public init(_ count: Int, of examples: SplitExamples, seed: UInt64) throws(SplitProblem) {
        if count < 2 { throw .tooFewFolds(count) }
        guard examples.count >= count, examples.count <= Int(Int32.max) else {
            throw .examplesForFolds(examples: examples.count, folds: count)
        }
        self.examples = examples
        self.seed = seed
        var random = Philox(DataStreams.folds(seed: seed))
        if let groups = examples.groups.map({ Set($0).count }) {
            if groups < count { throw .groupsForFolds(groups: groups, folds: count) }
            let sizes = (0..<count).map { (examples.count + $0) / count }
            folds = Division.parts(
                of: examples, sizes: sizes, largestFirst: true, random: &random)
        } else {
            folds = Self.dealt(examples, folds: count, random: &random)
        }
        try checkLabels()
    }

    /// The number of folds.
    public var count: Int { folds.count }

    /// One fold as the test part, the others as the training part, from which a validation part can be taken.
    ///
    /// The validation part is divided from the training part as ``DataSplit`` divides: a group lies in one of them,
    /// labels keep their shares. `fold` counts from 0, `validation` is a share of the other folds' examples, and
    /// each part is in the order of the data. Throws when there is no such fold, or the other folds cannot be
    /// divided.
    public func split(
        testingOn fold: Int, validation: Double = 0
    ) throws(SplitProblem) -> DataSplit {
        guard folds.indices.contains(fold) else { throw .noSuchFold(fold, count: count) }
        let others = folds.indices.filter { $0 != fold }.flatMap { folds[$0] }.sorted()
        if validation == 0 {
            return DataSplit(training: others, validation: [], test: folds[fold])
        }
        let inner = try DataSplit(
            examples.selecting(others), validation: validation, test: 0,
            largestFirst: true, stream: DataStreams.foldValidation(seed: seed, fold: fold))
        return DataSplit(
            training: inner.training.map { others[Int($0)] }.sorted(),
            validation: inner.validation.map { others[Int($0)] }.sorted(), test: folds[fold])
    }

    /// Deals the examples out one by one, class by class.
    private static func dealt(
        _ examples: SplitExamples, folds count: Int, random: inout Philox
    ) -> [[Int32]] {
        var folds = [[Int32]](repeating: [], count: count)
        var dealt = 0
        for (_, members) in examples.classMembers {
            var order = members
            random.shuffle(&order)
            for example in order {
                folds[dealt % count].append(example)
                dealt += 1
            }
        }
        return folds.map { $0.sorted() }
    }

    private func checkLabels() throws(SplitProblem) {
        guard let labels = examples.labels else { return }
        for (label, members) in examples.classMembers {
            for (number, fold) in folds.enumerated()
            where !fold.contains(where: { labels[Int($0)] == label }) {
                let groups = examples.groups.map { groups in
                    Set(members.map { groups[Int($0)] }).count
                }
                throw .labelMissingInFold(
                    number, of: count, label: label, examples: members.count, groups: groups)
            }
        }
    }
}
