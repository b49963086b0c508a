extension Device {
    /// Default softmax with cross-entropy made of primitives.
    ///
    /// The targets are read back to the host, which waits for all issued work. Only the rows that are not ignored take
    /// part in the arithmetic, so that non-finite logits of an ignored row do no harm.
    public func run(_ o: DeviceOperation.SoftmaxCrossEntropy) throws(DeviceError) {
        guard o.rows > 0 else { return }
        try fill(o.losses, value: 0)
        if let gradient = o.gradient { try fill(gradient, value: 0) }
        let classes = try downloadIndices(o.targets)
        let keptRows = (0..<o.rows).filter { classes[$0] != o.ignoreIndex }
        let kept = keptRows.count
        guard kept > 0, o.columns > 0 else { return }

        let rowIndices = try uploaded(keptRows.map { Int32($0) })
        let targetIndices = try uploaded(
            keptRows.enumerated().map { position, row in
                (0..<Int32(o.columns)).contains(classes[row])
                    ? Int32(position * o.columns) + classes[row] : -1
            })
        let shifted = try allocate(kept * o.columns).slice
        try gatherRows(
            table: o.logits, indices: rowIndices, output: shifted, count: kept, columns: o.columns,
            tableRows: o.rows)
        let sums = try allocate(kept).slice
        try subtractMaximum(
            input: shifted, output: shifted, maximum: sums, outer: kept, count: o.columns, inner: 1)
        let targetLogits = try allocate(kept).slice
        try gatherRows(
            table: shifted, indices: targetIndices, output: targetLogits, count: kept, columns: 1,
            tableRows: kept * o.columns)

        try unary(.exponential, input: shifted, output: shifted)
        try reduce(
            .sum, input: shifted, output: sums, outer: kept, count: o.columns, inner: 1,
            scale: 1, accumulate: false)
        if let gradient = o.gradient {
            try binaryBroadcast(
                .divide, left: shifted, right: sums, output: shifted,
                .matrix(rows: kept, columns: o.columns, vector: .perRow))
            let minusOnes = try allocate(kept).slice
            try fill(minusOnes, value: -1)
            try scatterAddRows(
                rows: minusOnes, indices: targetIndices, table: shifted, count: kept, columns: 1,
                tableRows: kept * o.columns)
            try scatterAddRows(
                rows: shifted, indices: rowIndices, table: gradient, count: kept,
                columns: o.columns, tableRows: o.rows)
        }
        try unary(.logarithm, input: sums, output: sums)
        try axpy(alpha: -1, x: targetLogits, y: sums)
        try scatterAddRows(
            rows: sums, indices: rowIndices, table: o.losses, count: kept, columns: 1,
            tableRows: o.rows)
    }

    private func uploaded(_ indices: [Int32]) throws(DeviceError) -> BufferSlice {
        let slice = try allocate(indices.count).slice
        try upload(indices, to: slice)
        return slice
    }
}
