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
    /// Examples of one group go into one part: the groups in random order go each to the part that lacks most
    /// examples; with groups of unequal size the parts come as near to their sizes as that allows. With labels
    /// every part has the same share of each, to the nearest example; with groups too, as near as groups allow.
    /// Parts are in random order, in the order of the data where there are groups. Throws when there are fewer than
    /// 4 examples, too few groups, or a part would lack one of the labels; the shares together must be less than 1.
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

extension DataSplit {
    /// Reads a split from a JSON file `{"train": [...], "val": [...], "test": [...]}` of row numbers from 0.
    ///
    /// Other members are allowed and not read. The order of the rows is kept; rows may be left out. Throws when the
    /// file cannot be read, or a part is missing or empty, or names a row that does not exist among the `count`
    /// rows of the table or that has been named before.
    public static func read(_ path: String, count: Int) throws(DatasetError) -> DataSplit {
        try read(DatasetError.bytes(of: path), name: path, count: count)
    }

    static func read(
        _ bytes: [UInt8], name: String, count: Int
    ) throws(DatasetError) -> DataSplit {
        try DatasetError.naming(name) {
            let parts = try JSONReader.read(bytes) { reader in
                try readParts(&reader, count: count)
            }
            var owners: [Int32: String] = [:]
            for (part, rows) in zip(partNames, parts) {
                guard let rows else {
                    throw TableProblem.wrongMember(
                        name: part, expected: "an array of row numbers", found: nil)
                }
                if rows.isEmpty { throw SplitProblem.emptyPart(part) }
                for row in rows {
                    if let first = owners.updateValue(part, forKey: row) {
                        throw SplitProblem.rowTwice(row: Int(row), first: first, second: part)
                    }
                }
            }
            return DataSplit(
                training: parts[0] ?? [], validation: parts[1] ?? [], test: parts[2] ?? [])
        }
    }

    private static let partNames = ["train", "val", "test"]

    private static func readParts(
        _ reader: inout JSONReader, count: Int
    ) throws -> [[Int32]?] {
        var parts: [[Int32]?] = [nil, nil, nil]
        let names = JSONNames(partNames)
        try reader.enterObject()
        while try reader.nextName() {
            guard let index = reader.index(in: names) else {
                try reader.skipValue()
                continue
            }
            try reader.require(.array, "an array of row numbers", of: partNames[index])
            var rows: [Int32] = []
            try reader.enterArray()
            while try reader.nextElement() {
                let value = try reader.value()
                guard case .integer(let row) = value, row >= 0, row < count,
                    let row = Int32(exactly: row)
                else {
                    throw SplitProblem.rowOutside(
                        part: partNames[index], row: (try? value.text()) ?? "?", count: count)
                }
                rows.append(row)
            }
            parts[index] = rows
        }
        try reader.finish()
        return parts
    }
}

/// Why examples cannot be divided into parts or folds, or not as a file asks.
public enum SplitProblem: Error, Equatable, Sendable {
    /// There are fewer rows than three parts need, or more than 32-bit numbers can name.
    case badCount(Int)
    /// There are not as many groups, or labels, as examples.
    case wrongCount(of: String, count: Int, examples: Int)
    /// The shares of the parts are negative, no numbers, or leave nothing to train on.
    case badShares(validation: Double, test: Double)
    /// There are so few examples that a part would have none.
    case noExamplesFor(part: String, count: Int)
    /// There are fewer groups than parts.
    case tooFewGroups(count: Int, parts: [String])
    /// A part of a stratified split would have no row with this label.
    case labelMissing(part: String, label: String, count: Int)
    /// Less than two folds are asked for.
    case tooFewFolds(Int)
    /// There are fewer examples than folds, or more than 32-bit numbers can name.
    case examplesForFolds(examples: Int, folds: Int)
    /// There are fewer groups than folds.
    case groupsForFolds(groups: Int, folds: Int)
    /// A fold, counted from 0, would have no example of a label; `groups` is the number of groups with that label.
    case labelMissingInFold(Int, of: Int, label: String, examples: Int, groups: Int?)
    /// There is no fold of this number.
    case noSuchFold(Int, count: Int)
    /// A part of a split file has no rows.
    case emptyPart(String)
    /// A row number of a split file does not exist in the table.
    case rowOutside(part: String, row: String, count: Int)
    /// A row number stands twice in a split file.
    case rowTwice(row: Int, first: String, second: String)
}

extension SplitProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .badCount(let count):
            "\(count) rows cannot be split into three parts: from 4 to \(Int32.max) can"
        case .wrongCount(let name, let count, let examples):
            "\(count) \(name) for \(examples) examples; every example needs one"
        case .badShares(let validation, let test):
            "the shares \(validation) for validation and \(test) for testing cannot be held out; "
                + "neither may be below 0, and together they must be less than 1"
        case .noExamplesFor(let part, let count):
            "\(count) examples are so few that the \(part) part would have none; "
                + "add examples, or choose other shares"
        case .tooFewGroups(let count, let parts):
            "\(count) groups cannot be split into \(Self.list(parts)) part; "
                + "at least \(parts.count) are needed"
        case .labelMissing(let part, let label, let count):
            "only \(count) rows have the label \(label), so that the \(part) part "
                + "would have none; add such rows"
        case .tooFewFolds(let count):
            "\(count) folds are impossible: one fold tests what the others train, so take at least 2"
        case .examplesForFolds(let examples, let folds):
            examples < folds
                ? "\(examples) examples cannot be divided into \(folds) folds; take at most "
                    + "as many folds as there are examples"
                : "\(examples) examples cannot be divided into folds: at most \(Int32.max) can"
        case .groupsForFolds(let groups, let folds):
            "\(groups) groups cannot be divided into \(folds) folds, because a group is never "
                + "divided; take at most as many folds as there are groups"
        case .labelMissingInFold(let fold, let count, let label, let examples, let groups):
            "\(examples) examples have the label \(label)"
                + (groups.map { ", in \($0) groups" } ?? "")
                + ", so that fold \(fold) of 0 to \(count - 1) would have none; "
                + "take fewer folds, or leave that label out"
        case .noSuchFold(let fold, let count):
            "there is no fold \(fold); the \(count) folds count from 0 to \(count - 1)"
        case .emptyPart(let name): "the split's part '\(name)' has no rows"
        case .rowOutside(let part, let row, let count):
            "the split's part '\(part)' names row \(row), but rows go from 0 to \(count - 1); "
                + "does the split belong to this table?"
        case .rowTwice(let row, let first, let second):
            first == second
                ? "the split's part '\(first)' names row \(row) twice"
                : "row \(row) is in the parts '\(first)' and '\(second)' of the split"
        }
    }

    /// "training, validation and test".
    private static func list(_ names: [String]) -> String {
        names.count < 2
            ? names.joined()
            : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}
