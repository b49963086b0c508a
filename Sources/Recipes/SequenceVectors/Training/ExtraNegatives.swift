import TandemBasics
import TandemDatasets

/// Rows of the training documents that join the targets of a batch as negatives.
struct ExtraNegatives {
    /// The number of rows for each batch.
    let count: Int
    private let rows: [Int32]
    private let seed: UInt64

    /// Rows of `windows`, contexts and targets, `count` of them for every batch.
    init(_ count: Int, of windows: ChainWindows, seed: UInt64) {
        self.count = count
        self.seed = seed
        guard count > 0 else {
            rows = []
            return
        }
        var used = Set<Int32>()
        for (window, first) in windows.firstRows.enumerated() {
            used.formUnion(first...Int32(windows.targetRow(of: window)))
        }
        rows = used.sorted()
    }

    /// The rows for a batch with the given targets: the same ones whenever the batch is made again.
    func rows(beside targets: some Collection<Int32>) -> [Int32] {
        guard count > 0 else { return [] }
        var hash = StableHash()
        for target in targets { hash.combine(UInt32(bitPattern: target)) }
        var random = Philox(RandomStream(seed: seed, identifier: hash.value >> 8 | 0x4E << 56))
        return (0..<count).map { _ in
            rows[Int(random.nextInteger(below: UInt32(rows.count)))]
        }
    }
}
