import TandemCPUKernels

extension CPUDevice {
    /// Copies or adds a strided matrix, rows shared out over the threads.
    public func run(_ o: DeviceOperation.Copy) throws(DeviceError) {
        let from = elements(o.source.slice) + o.source.start
        let to = elements(o.destination.slice) + o.destination.start
        shareRows(o.rows, columns: o.columns, grain: Grain.light) { range in
            tandem_copy_rows(
                from + range.lowerBound * o.source.rowStride, Int64(o.source.rowStride),
                to + range.lowerBound * o.destination.rowStride, Int64(o.destination.rowStride),
                Int64(range.count), Int64(o.columns), o.accumulate ? 1 : 0)
        }
    }

    /// Copies the chosen rows, shared out over the threads.
    public func run(_ o: DeviceOperation.GatherRows) throws(DeviceError) {
        let source = elements(o.table)
        let chosen = indices(o.indices)
        let target = elements(o.output)
        shareRows(o.count, columns: o.columns, grain: Grain.light) { range in
            tandem_gather_rows(
                source, Int64(o.tableRows), chosen + range.lowerBound,
                target + range.lowerBound * o.columns,
                Int64(range.count), Int64(o.columns))
        }
    }

    /// Adds rows to the table in ascending order, columns shared out over the threads.
    public func run(_ o: DeviceOperation.ScatterAddRows) throws(DeviceError) {
        let source = elements(o.rows)
        let chosen = indices(o.indices)
        let target = elements(o.table)
        // Shared out by columns: every table row still receives its additions in ascending order.
        share(o.columns, grain: Grain.light / max(o.count, 1), alignment: 16) { range in
            tandem_scatter_add_rows(
                source + range.lowerBound, chosen, target + range.lowerBound, Int64(o.tableRows),
                Int64(o.count),
                Int64(range.count), Int64(o.columns))
        }
    }
}
