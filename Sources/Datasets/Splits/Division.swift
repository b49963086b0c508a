import TandemBasics

/// The ways in which examples are divided into parts of given sizes; ``DataSplit`` and ``DataFolds`` are made of them.
enum Division {
    /// The parts of `examples`, of the given sizes or as near to them as undivided groups allow.
    ///
    /// Without groups every part is in random order, with groups in the order of the data. A part of size 0 stays empty.
    /// Groups are taken at random, or the largest first, which brings the parts nearer to their sizes.
    static func parts(
        of examples: SplitExamples, sizes: [Int], largestFirst: Bool, random: inout Philox
    ) -> [[Int32]] {
        if var groups = examples.groupMembers {
            random.shuffle(&groups)
            if largestFirst {
                let order = groups.indices.sorted {
                    (groups[$1].count, $0) < (groups[$0].count, $1)
                }
                groups = order.map { groups[$0] }
            }
            return place(groups, of: examples, sizes: sizes)
        }
        if examples.labels != nil { return strata(of: examples, sizes: sizes, random: &random) }
        var order = [Int32](0..<Int32(examples.count))
        random.shuffle(&order)
        return cut(order, sizes: sizes)
    }

    /// Cuts `order` into parts of the given sizes; the last part comes first in it.
    static func cut(_ order: [Int32], sizes: [Int]) -> [[Int32]] {
        var end = 0
        return sizes.reversed().map { size in
            defer { end += size }
            return Array(order[end..<end + size])
        }.reversed()
    }

    /// Gives every group to the part where it reduces most what the parts lack, of every class by itself.
    ///
    /// A lack counts by the share of its class, so that rare classes weigh as much as common ones; with one class the group
    /// goes to the part that lacks most examples. The last groups go to parts that have none yet.
    private static func place(
        _ groups: [[Int32]], of examples: SplitExamples, sizes: [Int]
    ) -> [[Int32]] {
        let totals = examples.classMembers.map { Double($0.examples.count) }
        let classes = examples.classNumbers
        let wanted = sizes.indices.filter { sizes[$0] > 0 }
        var lacking = sizes.map { size in
            totals.map { Double(size) * $0 / Double(examples.count) }
        }
        var parts = [[Int32]](repeating: [], count: sizes.count)
        for (place, members) in groups.enumerated() {
            var counts = [Double](repeating: 0, count: totals.count)
            for example in members { counts[classes[Int(example)]] += 1 }
            let empty = wanted.filter { parts[$0].isEmpty }
            let candidates = groups.count - place == empty.count ? empty : wanted
            let gains = candidates.map { part in
                counts.indices.reduce(0) {
                    $0 + counts[$1] * (lacking[part][$1] / totals[$1])
                }
            }
            let best = candidates[gains.indices.max { gains[$0] < gains[$1] } ?? 0]
            parts[best] += members
            for number in counts.indices { lacking[best][number] -= counts[number] }
        }
        return parts.map { $0.sorted() }
    }

    /// Parts of exactly the given sizes that have the share of each class, to the nearest example.
    private static func strata(
        of examples: SplitExamples, sizes: [Int], random: inout Philox
    ) -> [[Int32]] {
        var parts = [[Int32]](repeating: [], count: sizes.count)
        var strata: [[Int32]] = []
        for (_, members) in examples.classMembers {
            var stratum = members
            random.shuffle(&stratum)
            strata.append(stratum)
        }
        var left = strata.map { $0[...] }
        for part in sizes.indices.dropFirst().reversed() {
            let shares = shares(
                of: sizes[part], total: examples.count, counts: strata.map(\.count),
                limits: left.map(\.count))
            for (stratum, share) in shares.enumerated() {
                parts[part] += left[stratum].prefix(share)
                left[stratum] = left[stratum].dropFirst(share)
            }
        }
        parts[0] = left.flatMap { $0 }
        for part in parts.indices { random.shuffle(&parts[part]) }
        return parts
    }

    /// Divides `size` in the proportion of `counts` into whole numbers, the largest remainders rounded up (Hamilton's method),
    /// none above its limit.
    private static func shares(
        of size: Int, total: Int, counts: [Int], limits: [Int]
    ) -> [Int] {
        var shares = zip(counts, limits).map { min($0 * size / total, $1) }
        let remainders = counts.map { $0 * size % total }
        let order = counts.indices.sorted {
            (remainders[$1], $0) < (remainders[$0], $1)
        }
        var missing = size - shares.reduce(0, +)
        while missing > 0 {
            for stratum in order where missing > 0 && shares[stratum] < limits[stratum] {
                shares[stratum] += 1
                missing -= 1
            }
        }
        return shares
    }
}

/// How many examples each part of a ``DataSplit`` is to have.
struct PartSizes: Equatable {
    let training: Int
    let validation: Int
    let test: Int

    /// Of `count` examples both shares together, rounded up, are held out, and of these the test part's share, rounded up, is
    /// for testing.
    ///
    /// Throws when a share is no share, or a part that is wanted would have no example.
    init(count: Int, validation: Double, test: Double) throws(SplitProblem) {
        guard validation >= 0, test >= 0, validation + test < 1 else {
            throw .badShares(validation: validation, test: test)
        }
        if count > Int(Int32.max) || (count < 4 && validation > 0 && test > 0) {
            throw .badCount(count)
        }
        let heldOut = Self.roundedUp(Double(count) * (validation + test))
        self.test =
            test == 0 ? 0 : Self.roundedUp(Double(heldOut) * (test / (validation + test)))
        self.validation = heldOut - self.test
        training = count - heldOut
        let parts = [
            ("training", training, 1), ("validation", self.validation, validation),
            ("test", self.test, test),
        ]
        for (name, size, share) in parts where size < 1 && share > 0 {
            throw .noExamplesFor(part: name, count: count)
        }
    }

    /// Eight tenths for training and one tenth for validation, rounded down, the rest for testing; validation and test part
    /// get at least one document each when there are three or more, else all are for training.
    init(documentCount count: Int) {
        guard count >= 3 else {
            (training, validation, test) = (count, 0, 0)
            return
        }
        validation = max(1, count / 10)
        training = min(count * 8 / 10, count - validation - 1)
        test = count - training - validation
    }

    /// The sizes in the order training, validation, test.
    var inOrder: [Int] { [training, validation, test] }

    /// Shares such as 0.15 + 0.15 are not exact: a product this little above a whole number is that number.
    private static func roundedUp(_ size: Double) -> Int { Int((size - 1e-6).rounded(.up)) }
}

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

/// The streams of random numbers that the data sets use; the high halves of their identifiers keep the purposes apart.
enum DataStreams {
    /// Splitting documents into parts.
    static func documentSplit(seed: UInt64) -> RandomStream { stream(seed, 0x5350_4C54) }

    /// Splitting windows into parts.
    static func windowSplit(seed: UInt64) -> RandomStream { stream(seed, 0x5749_4E44) }

    /// Splitting examples, such as the rows of a table, into parts.
    static func split(seed: UInt64) -> RandomStream { stream(seed, 0x5441_424C) }

    /// Dividing examples into folds.
    static func folds(seed: UInt64) -> RandomStream { stream(seed, 0x464F_4C44) }

    /// Taking a validation part from the training part of a fold.
    static func foldValidation(seed: UInt64, fold: Int) -> RandomStream {
        stream(seed, 0x4656_414C, UInt32(truncatingIfNeeded: fold))
    }

    /// Directions of the search for duplicate rows.
    static let duplicateSearch = stream(0, 0x4455_5045)

    /// The order of the examples in one epoch.
    static func sampling(seed: UInt64, epoch: Int) -> RandomStream {
        stream(seed, 0x4F52_4452, UInt32(truncatingIfNeeded: epoch))
    }

    private static func stream(_ seed: UInt64, _ purpose: UInt64, _ part: UInt32 = 0)
        -> RandomStream
    {
        RandomStream(seed: seed, identifier: purpose << 32 | UInt64(part))
    }
}
