import TandemBasics

/// The rows of a table divided into a part to train on, one to choose by, and one to report on.
///
/// Of N rows, 30 % rounded up are held out, and half of these, rounded up, are the test part: 10,000
/// rows give 7,000, 1,500 and 1,500. The same seed gives the same split on every machine.
public struct TableSplit: Sendable, Equatable {
    /// The numbers of the rows to train on.
    public var training: [Int32]
    /// The numbers of the rows that early stopping and the choice of a model look at.
    public var validation: [Int32]
    /// The numbers of the rows that only the final figures look at.
    public var test: [Int32]

    /// Makes a split of given rows.
    public init(training: [Int32], validation: [Int32], test: [Int32]) {
        self.training = training
        self.validation = validation
        self.test = test
    }

    /// A random split.
    ///
    /// - Parameters:
    ///   - count: the number of rows, at least 4, so that no part is empty.
    ///   - seed: the seed of the order.
    /// - Returns: the parts, each in random order.
    /// - Throws: when there are too few rows.
    public static func random(count: Int, seed: UInt64) throws(TableSplitProblem) -> TableSplit {
        let sizes = try PartSizes(count: count)
        var rows = [Int32](0..<Int32(count))
        var random = Philox(DataStreams.tableSplit(seed: seed))
        random.shuffle(&rows)
        return TableSplit(
            training: Array(rows[sizes.heldOut...]),
            validation: Array(rows[sizes.test..<sizes.heldOut]),
            test: Array(rows[..<sizes.test]))
    }

    /// A split in which all rows of a group are in the same part.
    ///
    /// The groups in random order go each to the part that lacks most rows; with groups of unequal
    /// size the parts come as near to their sizes as that allows.
    ///
    /// - Parameters:
    ///   - groups: the group of every row; at least three different ones.
    ///   - seed: the seed of the order.
    /// - Returns: the parts, each in the order of the table.
    /// - Throws: when there are too few rows or groups.
    public static func grouped(
        by groups: [String], seed: UInt64
    ) throws(TableSplitProblem) -> TableSplit {
        let sizes = try PartSizes(count: groups.count)
        var members: [[Int32]] = []
        var numbers: [String: Int] = [:]
        for (row, group) in groups.enumerated() {
            let number = numbers[group, default: members.count]
            if number == members.count {
                numbers[group] = number
                members.append([])
            }
            members[number].append(Int32(row))
        }
        if members.count < 3 { throw .tooFewGroups(count: members.count) }
        var random = Philox(DataStreams.tableSplit(seed: seed))
        random.shuffle(&members)
        let wanted = [sizes.training, sizes.validation, sizes.test]
        var parts: [[Int32]] = [[], [], []]
        for (place, rows) in members.enumerated() {
            let empty = parts.indices.filter { parts[$0].isEmpty }
            let candidates = members.count - place == empty.count ? empty : [0, 1, 2]
            let lacking = candidates.map { wanted[$0] - parts[$0].count }
            let most = lacking.indices.max { lacking[$0] < lacking[$1] } ?? 0
            parts[candidates[most]] += rows
        }
        return TableSplit(
            training: parts[0].sorted(), validation: parts[1].sorted(), test: parts[2].sorted())
    }

    /// A split in which every part has the same share of each label, to the nearest row.
    ///
    /// - Parameters:
    ///   - labels: the label of every row.
    ///   - seed: the seed of the order.
    /// - Returns: the parts, each in random order, of the same sizes as in ``random(count:seed:)``.
    /// - Throws: when there are too few rows, or a part would lack one of the labels.
    public static func stratified(
        labels: [Bool], seed: UInt64
    ) throws(TableSplitProblem) -> TableSplit {
        let sizes = try PartSizes(count: labels.count)
        var random = Philox(DataStreams.tableSplit(seed: seed))
        var rows: [Bool: [Int32]] = [:]
        for label in [true, false] {
            var some = labels.indices.filter { labels[$0] == label }.map { Int32($0) }
            random.shuffle(&some)
            rows[label] = some
        }
        let positives = rows[true, default: []]
        let negatives = rows[false, default: []]
        func share(_ size: Int) -> Int {
            (2 * positives.count * size + labels.count) / (2 * labels.count)
        }
        let test = share(sizes.test)
        let heldOut = test + share(sizes.validation)
        let negativeTest = sizes.test - test
        let negativeHeldOut = sizes.heldOut - heldOut
        let parts = [
            (positives[min(heldOut, positives.count)...], negatives[negativeHeldOut...]),
            (positives[test..<heldOut], negatives[negativeTest..<negativeHeldOut]),
            (positives[..<test], negatives[..<negativeTest]),
        ]
        var mixed: [[Int32]] = []
        for (name, part) in zip(["training", "validation", "test"], parts) {
            if part.0.isEmpty {
                throw .labelMissing(part: name, label: true, count: positives.count)
            }
            if part.1.isEmpty {
                throw .labelMissing(part: name, label: false, count: negatives.count)
            }
            var rows = Array(part.0) + Array(part.1)
            random.shuffle(&rows)
            mixed.append(rows)
        }
        return TableSplit(training: mixed[0], validation: mixed[1], test: mixed[2])
    }
}

/// How many rows each part of a split has.
private struct PartSizes {
    let training: Int
    let validation: Int
    let test: Int
    var heldOut: Int { validation + test }

    init(count: Int) throws(TableSplitProblem) {
        guard count >= 4, count <= Int(Int32.max) else {
            throw .badCount(count)
        }
        let heldOut = (3 * count + 9) / 10
        test = (heldOut + 1) / 2
        validation = heldOut - test
        training = count - heldOut
    }
}
