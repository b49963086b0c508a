import TandemCPUKernels

extension CPUDevice {
    /// Copies or adds a strided matrix, rows shared out over the threads.
    public func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        let from = try elements(source.slice, "copy") + source.start
        let to = try elements(destination.slice, "copy") + destination.start
        shareRows(rows, columns: columns, grain: Grain.light) { range in
            tandem_copy_rows(
                from + range.lowerBound * source.rowStride, Int64(source.rowStride),
                to + range.lowerBound * destination.rowStride, Int64(destination.rowStride),
                Int64(range.count), Int64(columns), accumulate ? 1 : 0)
        }
    }

    /// Copies the chosen rows, shared out over the threads.
    public func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let source = try elements(table, "gatherRows")
        let chosen = try self.indices(indices, "gatherRows")
        let target = try elements(output, "gatherRows")
        shareRows(count, columns: columns, grain: Grain.light) { range in
            tandem_gather_rows(
                source, chosen + range.lowerBound, target + range.lowerBound * columns,
                Int64(range.count), Int64(columns))
        }
    }

    /// Adds rows to the table in ascending order, columns shared out over the threads.
    public func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let source = try elements(rows, "scatterAddRows")
        let chosen = try self.indices(indices, "scatterAddRows")
        let target = try elements(table, "scatterAddRows")
        // Shared out by columns: every table row still receives its additions in ascending order.
        share(columns, grain: Grain.light / max(count, 1), alignment: 16) { range in
            tandem_scatter_add_rows(
                source + range.lowerBound, chosen, target + range.lowerBound, Int64(count),
                Int64(range.count), Int64(columns))
        }
    }
}
