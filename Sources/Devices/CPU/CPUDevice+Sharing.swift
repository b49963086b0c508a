import TandemCPUKernels

/// Elements that one thread handles faster alone than with a hand-off to others.
enum Grain {
    /// For work limited by memory: copies, sums, arithmetic.
    static let light = 65_536
    /// For work limited by arithmetic: exponentials, normalisations.
    static let heavy = 8_192
}

/// The work of one parallel loop, as seen by the pool's threads.
private struct SharedLoop {
    let count: Int
    let part: Int
    let body: (Range<Int>) -> Void

    func run(_ index: Int) {
        let start = index * part
        body(start..<min(start + part, count))
    }
}

extension CPUDevice {
    /// Calls `body` with ranges that cover `0 ..< count` once: on the calling thread when there are at most `grain` items, otherwise shared
    /// out over the pool in parts that are multiples of `alignment`.
    ///
    /// `body` runs on several threads at a time and must write disjoint memory for disjoint ranges; its results must not depend on the cut.
    func share(_ count: Int, grain: Int, alignment: Int = 1, _ body: (Range<Int>) -> Void) {
        guard count > max(grain, 1), threads > 1 else {
            if count > 0 { body(0..<count) }
            return
        }
        // Two parts per thread even out what other programs take away from one of them.
        let parts = min(2 * threads, (count + max(grain, 1) - 1) / max(grain, 1))
        let part = ((count + parts - 1) / parts + alignment - 1) / alignment * alignment
        runOnPool(count: count, part: part, body)
    }

    /// Shares out rows of `columns` elements; `grain` counts elements.
    func shareRows(_ rows: Int, columns: Int, grain: Int, _ body: (Range<Int>) -> Void) {
        share(rows, grain: grain / max(columns, 1), body)
    }

    private func runOnPool(count: Int, part: Int, _ body: (Range<Int>) -> Void) {
        withoutActuallyEscaping(body) { body in
            var loop = SharedLoop(count: count, part: part, body: body)
            withUnsafeMutablePointer(to: &loop) { loop in
                tandem_thread_pool_run(
                    executor.pointee.pool, Int64((count + part - 1) / part),
                    { context, index, _ in
                        context?.assumingMemoryBound(to: SharedLoop.self).pointee.run(Int(index))
                    }, loop)
            }
        }
    }
}
