import TandemBasics
import TandemDatasets

/// Divides pairs into parts so that no group is in two of them.
enum DialogueSplit {
    /// The parts that the pairs name, or parts drawn by seed when none names one.
    ///
    /// The rows of every part are in the order of the pairs. Throws when only some pairs name a part, a group is in two parts, or
    /// the same is asked by pairs that could come into two parts.
    static func divide(
        _ pairs: [DialoguePair], validation: Double, test: Double, seed: UInt64, path: String
    ) throws(DialogueError) -> DataSplit {
        let named = pairs.first { $0.part != nil }
        if let named, let other = pairs.first(where: { $0.part == nil }) {
            throw .partsOfSome(path: path, with: named.id, without: other.id)
        }
        try checkShares(validation, test)
        let parts =
            named == nil
            ? draw(pairs, validation: validation, test: test, seed: seed)
            : pairs.map { $0.part ?? .training }
        try checkGroups(pairs, parts, path: path)
        try checkQuestions(pairs, parts: named == nil ? nil : parts, path: path)
        func rows(_ part: DialoguePair.Part) -> [Int32] {
            parts.indices.filter { parts[$0] == part }.map { Int32($0) }
        }
        return DataSplit(
            training: rows(.training), validation: rows(.validation), test: rows(.test))
    }

    /// Parts drawn at random, category by category in the order of the data.
    ///
    /// A group belongs to the category of its first pair. In every category the groups are shuffled; the test part takes groups
    /// until it holds its share of the category's pairs, then the validation part, and the rest is for training. A group that would
    /// more than double the share of a part is passed over while a smaller one is there, and one group is always left for training.
    static func draw(
        _ pairs: [DialoguePair], validation: Double, test: Double, seed: UInt64
    ) -> [DialoguePair.Part] {
        var members: [String: [Int]] = [:]
        var order: [String] = []
        for (row, pair) in pairs.enumerated() {
            if members[pair.group] == nil { order.append(pair.group) }
            members[pair.group, default: []].append(row)
        }
        var categories: [String] = []
        var groups: [String: [[Int]]] = [:]
        for name in order {
            guard let rows = members[name], let first = rows.first else { continue }
            let category = pairs[first].category
            if groups[category] == nil { categories.append(category) }
            groups[category, default: []].append(rows)
        }
        var parts = [DialoguePair.Part](repeating: .training, count: pairs.count)
        var random = Philox(DialogueStreams.split(seed: seed))
        for category in categories {
            guard var left = groups[category] else { continue }
            random.shuffle(&left)
            let total = left.reduce(0) { $0 + $1.count }
            for (part, share) in [(DialoguePair.Part.test, test), (.validation, validation)] {
                // Shares such as 0.1 are not exact: what lacks less than this is complete.
                let wanted = share * Double(total) - 1e-6
                var held = 0
                while Double(held) < wanted, left.count > 1 {
                    let fitting = left.firstIndex {
                        Double(held + $0.count) <= 2 * max(wanted, 1)
                    }
                    let smallest = left.indices.min { left[$0].count < left[$1].count }
                    let rows = left.remove(at: fitting ?? smallest ?? 0)
                    held += rows.count
                    for row in rows { parts[row] = part }
                }
            }
        }
        return parts
    }

    private static func checkShares(
        _ validation: Double, _ test: Double
    ) throws(DialogueError) {
        guard validation >= 0, test >= 0, validation + test < 1 else {
            throw .setting(
                name: "the share for validation and testing", value: "\(validation) and \(test)",
                expected: "numbers from 0, together below 1")
        }
    }

    private static func checkGroups(
        _ pairs: [DialoguePair], _ parts: [DialoguePair.Part], path: String
    ) throws(DialogueError) {
        var owners: [String: DialoguePair.Part] = [:]
        for (pair, part) in zip(pairs, parts) {
            if let first = owners[pair.group], first != part {
                throw .groupDivided(
                    path: path, group: pair.group, first: first.rawValue, second: part.rawValue)
            }
            owners[pair.group] = part
        }
    }

    /// Equal questions must be in one group or, where the file says who goes where, in one part.
    private static func checkQuestions(
        _ pairs: [DialoguePair], parts: [DialoguePair.Part]?, path: String
    ) throws(DialogueError) {
        var first: [String: Int] = [:]
        for (row, pair) in pairs.enumerated()
        where pair.hasWholeQuestion && !pair.question.isEmpty {
            let other = first[DialogueFilter.folded(pair.question)] ?? row
            let isApart =
                parts.map { $0[row] != $0[other] } ?? (pair.group != pairs[other].group)
            if isApart { throw .sameQuestion(path: path, first: pairs[other].id, second: pair.id) }
            first[DialogueFilter.folded(pair.question)] = other
        }
    }
}

/// The streams of random numbers of the dialogue data.
enum DialogueStreams {
    /// Dividing groups into parts.
    static func split(seed: UInt64) -> RandomStream {
        RandomStream(seed: seed, identifier: 0x4449_414C << 32)
    }
}
