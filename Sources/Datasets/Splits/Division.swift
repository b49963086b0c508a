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
