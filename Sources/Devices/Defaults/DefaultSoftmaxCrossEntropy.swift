extension NormalizationOperations where Self: Device {
    /// Default softmax with cross-entropy made of primitives.
    ///
    /// The targets are read back to the host, which waits for all issued work. Only the rows that are not ignored take
    /// part in the arithmetic, so that non-finite logits of an ignored row do no harm.
    public func softmaxCrossEntropy(
        logits: BufferSlice, targets: BufferSlice, losses: BufferSlice, gradient: BufferSlice?,
        rows: Int, columns: Int, ignoreIndex: Int32
    ) throws(DeviceError) {
        guard rows > 0 else { return }
        try fill(losses, value: 0)
        if let gradient { try fill(gradient, value: 0) }
        let classes = try downloadIndices(targets)
        let keptRows = (0..<rows).filter { classes[$0] != ignoreIndex }
        let kept = keptRows.count
        guard kept > 0, columns > 0 else { return }

        let rowIndices = try uploaded(keptRows.map { Int32($0) })
        let targetIndices = try uploaded(
            keptRows.enumerated().map { position, row in
                Int32(position * columns) + classes[row]
            })
        let shifted = try allocate(kept * columns).slice
        try gatherRows(
            table: logits, indices: rowIndices, output: shifted, count: kept, columns: columns,
            tableRows: rows)
        let sums = try allocate(kept).slice
        try subtractMaximum(
            input: shifted, output: shifted, maximum: sums, outer: kept, count: columns, inner: 1)
        let targetLogits = try allocate(kept).slice
        try gatherRows(
            table: shifted, indices: targetIndices, output: targetLogits, count: kept, columns: 1,
            tableRows: kept * columns)

        try unary(.exponential, input: shifted, output: shifted)
        try reduce(
            .sum, input: shifted, output: sums, outer: kept, count: columns, inner: 1,
            scale: 1, accumulate: false)
        if let gradient {
            try binaryBroadcast(
                .divide, left: shifted, right: sums, output: shifted,
                .matrix(rows: kept, columns: columns, vector: .perRow))
            let minusOnes = try allocate(kept).slice
            try fill(minusOnes, value: -1)
            try scatterAddRows(
                rows: minusOnes, indices: targetIndices, table: shifted, count: kept, columns: 1,
                tableRows: kept * columns)
            try scatterAddRows(
                rows: shifted, indices: rowIndices, table: gradient, count: kept,
                columns: columns, tableRows: rows)
        }
        try unary(.logarithm, input: sums, output: sums)
        try axpy(alpha: -1, x: targetLogits, y: sums)
        try scatterAddRows(
            rows: sums, indices: rowIndices, table: losses, count: kept, columns: 1,
            tableRows: rows)
    }

    private func uploaded(_ indices: [Int32]) throws(DeviceError) -> BufferSlice {
        let slice = try allocate(indices.count).slice
        try upload(indices, to: slice)
        return slice
    }
}
