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
    return build.calls { device, arrays in
        try device.copy(
            Region(arrays[source], start: sourceStart, rowStride: sourceStride),
            to: Region(arrays[destination], start: start, rowStride: stride), rows: rows,
            columns: columns, accumulate: accumulate)
    }
}

/// A copy keeps every bit, also of indices, whose patterns are subnormal numbers or NaN when seen as `Float`.
private func copyIndices() -> CaseBuilder {
    var build = CaseBuilder("copy of indices")
    let values: [Int32] = [0, 1, 2, 12345, -1, -2, .max, .min, 0x7f80_0001, 0x7fa0_0000]
    let source = build.input("source", indices: values)
    let destination = build.output(
        "destination", initial: [Int32](repeating: 7, count: values.count), exactly: values)
    return build.calls { device, arrays in
        try device.copy(
            Region(arrays[source], rowStride: 5), to: Region(arrays[destination], rowStride: 5),
            rows: 2, columns: 5, accumulate: false)
    }
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
    return build.calls { device, arrays in
        try device.gatherRows(
            table: arrays[table], indices: arrays[indices], output: arrays[output], count: count,
            columns: columns, tableRows: tableRows)
    }
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
    return build.calls { device, arrays in
        try device.scatterAddRows(
            rows: arrays[rows], indices: arrays[indices], table: arrays[table], count: count,
            columns: columns, tableRows: tableRows)
    }
}

/// Permutations of axes, expansions and operands with gaps.
private func stridedCopyCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let few: [([Int], [Int])] = [
        ([], []), ([1, 1, 1], [2, 1, 0]), ([7, 33], [1, 0]), ([2, 3, 5, 4], [0, 2, 1, 3]),
        ([3, 1, 7, 2], [0, 2, 1, 3]), ([2, 0, 3], [0, 2, 1]),
        ([2, 3, 2, 3, 2, 3], [5, 3, 1, 4, 2, 0]),
    ]
    let many: [([Int], [Int])] =
        [1, 31, 32, 33, 63, 64, 65].flatMap {
            [([$0, 17], [1, 0]), ([3, 16, $0], [0, 2, 1]), ([2, 5, 3, $0], [2, 0, 1, 3])]
        } + [
            ([31, 33], [1, 0]), ([64, 64], [1, 0]), ([65, 129], [1, 0]), ([3, 65, 63], [0, 2, 1]),
            ([2, 16, 17, 8], [0, 2, 1, 3]), ([5, 4, 3, 33], [0, 2, 1, 3]), ([129, 7], [0, 1]),
            ([300, 2], [1, 0]), ([2, 50, 8, 16], [0, 2, 1, 3]), ([2, 50, 8, 16], [0, 2, 3, 1]),
            ([33, 2, 40], [2, 1, 0]), ([33, 2, 40], [2, 0, 1]), ([20, 3, 18, 4], [2, 1, 0, 3]),
            ([20, 3, 18, 4], [3, 1, 2, 0]), ([300, 301], [1, 0]),
        ]
    return (few + (sizes.isFull ? many : [])).map(permutation)
        + [
            expansion([3, 1], to: [3, 33]), expansion([1, 5], to: [4, 5]), expansion([], to: [65]),
            expansion([2, 1, 3, 1], to: [2, 4, 3, 5]), gaps(), permutedIndices(),
        ]
}

private func permutation(_ sizes: [Int], _ axes: [Int]) -> CaseBuilder {
    var build = CaseBuilder("copy \(sizes) with axes \(axes)")
    let values = build.random.uniform(sizes.reduce(1, *))
    let strides = sizes.indices.map { sizes[($0 + 1)...].reduce(1, *) }
    let places = places(axes.map { sizes[$0] }, strides: axes.map { strides[$0] })
    let input = build.input("input", values)
    let output = build.output("output", .exact(places.map { values[$0] }))
    return build.calls { device, arrays in
        try device.copyStrided(input: arrays[input], output: arrays[output], .permuted(sizes, axes))
    }
}

/// Where the elements of a result lie in an operand, in row-major order of the result.
func places(_ sizes: [Int], strides: [Int]) -> [Int] {
    zip(sizes, strides).reduce([0]) { places, axis in
        places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
}

private func expansion(_ sizes: [Int], to larger: [Int]) -> CaseBuilder {
    var build = CaseBuilder("copy \(sizes) expanded to \(larger)")
    let values = build.random.uniform(sizes.reduce(1, *))
    let input = build.input("input", values)
    let output = build.output("output", .exact(places(sizes, in: larger).map { values[$0] }))
    return build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output],
            StridedShape(broadcasting: [sizes, larger]))
    }
}

/// Every second row and third column of a matrix, columns first.
private func gaps() -> CaseBuilder {
    var build = CaseBuilder("copy with gaps along both axes")
    let (sizes, strides) = ([20, 35], [3, 2 * 60])
    let values = build.random.uniform(35 * 2 * 60)
    let input = build.input("input", values)
    let output = build.output("output", .exact(places(sizes, strides: strides).map { values[$0] }))
    return build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output], StridedShape(sizes, strides: [strides]))
    }
}

/// Patterns that are subnormal numbers or NaN when seen as `Float` keep every bit.
private func permutedIndices() -> CaseBuilder {
    var build = CaseBuilder("copy of indices with axes [1, 0]")
    let values: [Int32] = (0..<18 * 17).map { (index: Int) -> Int32 in
        Int32(index) + (index % 3 == 0 ? 0 : 0x7f80_0001)
    }
    let expected = places([17, 18], strides: [1, 17]).map { values[$0] }
    let input = build.input("input", indices: values)
    let output = build.output(
        "output", initial: [Int32](repeating: 7, count: values.count), exactly: expected)
    return build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output], .permuted([18, 17], [1, 0]))
    }
}
