extension OpenCLDevice {
    /// One work-item per row on processors, one work-group per row elsewhere.
    public func run(_ o: DeviceOperation.TopK) throws(DeviceError) {
        let block = o.block
        try launch(
            .init(profiled: "ranking/ranking", "topK"),
            over: rows(block.rows, columns: block.columns), o.values, o.indices, o.scores,
            block.columns, block.firstColumn, o.k, block.continues)
    }

    /// One work-item per row on processors, one work-group per row elsewhere.
    public func run(_ o: DeviceOperation.CountAtLeast) throws(DeviceError) {
        let block = o.block
        try launch(
            .init(profiled: "ranking/ranking", "countAtLeast"),
            over: rows(block.rows, columns: block.columns), o.counts, o.scores, o.thresholds,
            o.excluded, block.columns, block.firstColumn, o.excludedCount, block.continues)
    }
}
