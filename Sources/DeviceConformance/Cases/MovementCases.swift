import TandemDevices

/// Strided copies, permutations, gathering and scattering.
func movementCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let copies = sizes.matrices.flatMap { matrix in
        [false, true].map { copyRegion(matrix.rows, matrix.columns, accumulate: $0) }
    }
    let rows = sizes.matrices.filter { $0.rows > 0 }.flatMap { matrix in
        [
            gather(count: 2 * matrix.rows, columns: matrix.columns, tableRows: matrix.rows),
            scatterAdd(count: 3 * matrix.rows, columns: matrix.columns, tableRows: matrix.rows),
        ]
    }
    return copies + [copyIndices()] + stridedCopyCases(sizes) + rows + [
        gather(count: 0, columns: 3, tableRows: 4), scatterAdd(count: 0, columns: 3, tableRows: 4),
        scatterAdd(count: 150, columns: 5, tableRows: 1),
    ]
}

/// Copies between regions whose rows are wider than what is copied; the rest of the destination must not change.
private func copyRegion(_ rows: Int, _ columns: Int, accumulate: Bool) -> CaseBuilder {
    var build = CaseBuilder("copy [\(rows), \(columns)]\(accumulate ? " accumulate" : "")")
    let (sourceStart, sourceStride) = (2, columns + 3)
    let (start, stride) = (4, columns + 1)
    let sourceValues = build.random.uniform(sourceStart + rows * sourceStride)
    let before = build.random.uniform(start + rows * stride)
    var after = before
    for row in 0..<rows {
        for column in 0..<columns {
            let index = start + row * stride + column
            let value = sourceValues[sourceStart + row * sourceStride + column]
            after[index] = accumulate ? before[index] + value : value
        }
    }
    let source = build.input("source", sourceValues)
    let destination = build.output("destination", initial: before, .exact(after))
    build.calls { device, arrays in
        try device.copy(
            Region(arrays[source], start: sourceStart, rowStride: sourceStride),
            to: Region(arrays[destination], start: start, rowStride: stride), rows: rows,
            columns: columns, accumulate: accumulate)
    }
    return build
}

/// A copy keeps every bit, also of indices, whose patterns are subnormal numbers or NaN when seen as `Float`.
private func copyIndices() -> CaseBuilder {
    var build = CaseBuilder("copy of indices")
    let values: [Int32] = [0, 1, 2, 12345, -1, -2, .max, .min, 0x7f80_0001, 0x7fa0_0000]
    let source = build.input("source", indices: values)
    let destination = build.output(
        "destination", initial: [Int32](repeating: 7, count: values.count), exactly: values)
    build.calls { device, arrays in
        try device.copy(
            Region(arrays[source], rowStride: 5), to: Region(arrays[destination], rowStride: 5),
            rows: 2, columns: 5, accumulate: false)
    }
    return build
}

private func gather(count: Int, columns: Int, tableRows: Int) -> CaseBuilder {
    var build = CaseBuilder("gather \(count) rows from [\(tableRows), \(columns)]")
    let tableValues = build.random.uniform(tableRows * columns)
    let chosen = build.random.indices(count, below: tableRows)
    let expected = chosen.flatMap { row in
        tableValues[Int(row) * columns..<(Int(row) + 1) * columns]
    }
    let table = build.input("table", tableValues)
    let indices = build.input("indices", indices: chosen)
    let output = build.output("output", .exact(expected))
    build.calls { device, arrays in
        try device.gatherRows(
            table: arrays[table], indices: arrays[indices], output: arrays[output], count: count,
            columns: columns, tableRows: tableRows)
    }
    return build
}

/// With more rows than table rows many indices occur repeatedly; the documented order determines every bit.
private func scatterAdd(count: Int, columns: Int, tableRows: Int) -> CaseBuilder {
    var build = CaseBuilder("scatter-add \(count) rows to [\(tableRows), \(columns)]")
    let before = build.random.uniform(tableRows * columns)
    let rowValues = build.random.uniform(count * columns)
    let chosen = build.random.indices(count, below: tableRows)
    var after = before
    for (row, target) in chosen.enumerated() {
        for column in 0..<columns {
            after[Int(target) * columns + column] += rowValues[row * columns + column]
        }
    }
    let rows = build.input("rows", rowValues)
    let indices = build.input("indices", indices: chosen)
    let table = build.output("table", initial: before, .exact(after))
    build.calls { device, arrays in
        try device.scatterAddRows(
            rows: arrays[rows], indices: arrays[indices], table: arrays[table], count: count,
            columns: columns, tableRows: tableRows)
    }
    return build
}
