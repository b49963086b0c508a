import TandemCPUKernels

extension CPUDevice {
    /// One pass over the scores, rows shared out over the threads; few scores get past the comparison with the last of the list.
    public func run(_ o: DeviceOperation.TopK) throws(DeviceError) {
        let (scores, values, k) = (elements(o.scores), elements(o.values), o.k)
        let (indices, block) = (mutableIndices(o.indices), o.block.kernelBlock)
        shareRows(o.block.rows, columns: o.block.columns, grain: Grain.light) { row, rows in
            tandem_top_k(
                scores + row * o.block.columns, rows, block, Int64(k), values + row * k,
                indices + row * k)
        }
    }

    /// One pass over the scores, rows shared out over the threads.
    public func run(_ o: DeviceOperation.CountAtLeast) throws(DeviceError) {
        let (scores, thresholds) = (elements(o.scores), elements(o.thresholds))
        let (counts, block) = (mutableIndices(o.counts), o.block.kernelBlock)
        let excluded = o.excluded.map { indices($0) }
        shareRows(o.block.rows, columns: o.block.columns, grain: Grain.light) { row, rows in
            tandem_count_at_least(
                scores + row * o.block.columns, rows, block, thresholds + row,
                excluded.map { $0 + row * o.excludedCount }, Int64(o.excludedCount), counts + row)
        }
    }

    private func mutableIndices(_ slice: BufferSlice) -> UnsafeMutablePointer<Int32> {
        UnsafeMutableRawPointer(elements(slice)).assumingMemoryBound(to: Int32.self)
    }
}

extension ScoreBlock {
    fileprivate var kernelBlock: tandem_score_block {
        tandem_score_block(
            columns: Int64(columns), first_column: Int64(firstColumn), continues: continues)
    }
}
