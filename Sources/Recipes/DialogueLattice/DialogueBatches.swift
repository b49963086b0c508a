import TandemBasics
import TandemDatasets
import TandemTraining

import Glibc

/// A batch as it leaves the host.
struct DialogueBatch {
    /// Numbers of the pairs.
    let rows: ArraySlice<Int32>
    /// Mixing: the number of the pair of the batch that each is mixed with.
    let partners: [Int32]?
    /// Mixing: the share of each pair itself.
    let shares: [Float]?
    /// Pairs whose answers are further negatives.
    let negatives: [Int32]
}

/// Says which training pairs form which batch: a pure function of seed, epoch and batch.
struct DialogueBatches {
    /// Batches of every epoch; a last batch of a single pair is left out.
    let batchesPerEpoch: Int

    private let rows: [Int32]
    private let batchSize: Int
    private let seed: UInt64
    private let settings: DialogueDataConfiguration
    /// The training rows of every source in the order of the sources' names; all rows in one list when nobody balances.
    private let sources: [[Int32]]
    /// `1 - cosine` of every row's question and answer.
    private let difficulty: [Int32: Float]
    /// The number of further negatives of every batch, and the training rows of every source that they are drawn from.
    private let negatives: (count: Int, sources: [[Int32]])

    init(
        _ data: DialogueData, _ settings: DialogueDataConfiguration, batchSize: Int,
        extraNegatives: Int = 0, seed: UInt64
    ) throws {
        rows = data.split.training
        self.batchSize = batchSize
        self.seed = seed
        self.settings = settings
        guard !rows.isEmpty else { throw BatchingProblem.noExamples }
        let rest = rows.count % batchSize
        batchesPerEpoch = max(1, rows.count / batchSize + (rest > 1 ? 1 : 0))
        let bySource = Dictionary(grouping: rows) { data.pairs[Int($0)].source }
        let inOrder = bySource.sorted { $0.key < $1.key }.map(\.value)
        sources = settings.balancedSources ? inOrder : [rows]
        negatives = (extraNegatives, inOrder)
        difficulty =
            settings.curriculumEpochs == 0
            ? [:]
            : Dictionary(
                uniqueKeysWithValues: rows.map { row in
                    (row, 1 - data.similarities[Int(row)])
                })
    }

    /// The order of an epoch's pairs, counted from 0.
    func order(epoch: Int) -> [Int32] {
        var random = Philox(stream(0, UInt64(truncatingIfNeeded: epoch)))
        let lists = sources.map { easiest(of: $0, epoch: epoch) }
        let share = rows.count.quotientAndRemainder(dividingBy: lists.count)
        var order: [Int32] = []
        for (number, list) in lists.enumerated() {
            let wanted = share.quotient + (number < share.remainder ? 1 : 0)
            var drawn: [Int32] = []
            while drawn.count < wanted {
                var round = list
                random.shuffle(&round)
                drawn += round
            }
            order += drawn.prefix(wanted)
        }
        if lists.count > 1 { random.shuffle(&order) }
        return order
    }

    /// Batch `batch` of an order of epoch `epoch`.
    func batch(_ batch: Int, of order: [Int32], epoch: Int) -> DialogueBatch {
        let start = batch * batchSize
        let rows = order[start..<min(start + batchSize, order.count)]
        guard settings.mixing > 0 || negatives.count > 0 else {
            return DialogueBatch(rows: rows, partners: nil, shares: nil, negatives: [])
        }
        let number = UInt64(truncatingIfNeeded: epoch) << 24 | UInt64(batch)
        var random = Philox(stream(1, number))
        var mixing: (partners: [Int32], shares: [Float])?
        if settings.mixing > 0 {
            var partners = Array(rows)
            random.shuffle(&partners)
            mixing = (partners, rows.map { _ in random.nextBeta(settings.mixing) })
        }
        let negatives = (0..<negatives.count).map { place in
            let source = self.negatives.sources[place % self.negatives.sources.count]
            return source[Int(random.nextInteger(below: UInt32(source.count)))]
        }
        return DialogueBatch(
            rows: rows, partners: mixing?.partners, shares: mixing?.shares, negatives: negatives)
    }

    /// The easiest pairs of a list in the first epochs, later all of them.
    private func easiest(of list: [Int32], epoch: Int) -> [Int32] {
        guard settings.curriculumEpochs > 0 else { return list }
        let share = min(1, 0.4 + 0.6 * Double(epoch) / Double(settings.curriculumEpochs))
        let sorted = list.sorted {
            (difficulty[$0] ?? 0, $0) < (difficulty[$1] ?? 0, $1)
        }
        return Array(sorted.prefix(max(1, Int((share * Double(list.count)).rounded()))))
    }

    private func stream(_ purpose: UInt64, _ part: UInt64) -> RandomStream {
        RandomStream(seed: seed, identifier: 0x44 << 56 | purpose << 52 | part & (1 << 52 - 1))
    }
}

extension Philox {
    /// A number from the distribution Beta(a, a), by Jöhnk's method ("Erzeugung von betaverteilten und gammaverteilten Zufallszahlen",
    /// 1964), for a between 0.01 and 5.
    fileprivate mutating func nextBeta(_ a: Double) -> Float {
        for _ in 0..<10_000 {
            let x = pow(Double(nextUniform()), 1 / a)
            let y = pow(Double(nextUniform()), 1 / a)
            if x + y > 0, x + y <= 1 { return Float(x / (x + y)) }
        }
        return 0.5
    }
}
