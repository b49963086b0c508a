import TandemDevices

/// Permutations of axes, expansions and operands with gaps.
func stridedCopyCases(_ sizes: CaseSizes) -> [CaseBuilder] {
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
    build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output], .permuted(sizes, axes))
    }
    return build
}

/// Where the elements of a result lie in an operand, in row-major order of the result.
private func places(_ sizes: [Int], strides: [Int]) -> [Int] {
    zip(sizes, strides).reduce([0]) { places, axis in
        places.flatMap { place in (0..<axis.0).map { place + $0 * axis.1 } }
    }
}

private func expansion(_ sizes: [Int], to larger: [Int]) -> CaseBuilder {
    var build = CaseBuilder("copy \(sizes) expanded to \(larger)")
    let values = build.random.uniform(sizes.reduce(1, *))
    let missing = larger.count - sizes.count
    let strides = larger.indices.map { axis -> Int in
        guard axis >= missing, sizes[axis - missing] != 1 else { return 0 }
        return sizes[(axis - missing + 1)...].reduce(1, *)
    }
    let input = build.input("input", values)
    let output = build.output(
        "output", .exact(places(larger, strides: strides).map { values[$0] }))
    build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output],
            StridedShape(broadcasting: [sizes, larger]))
    }
    return build
}

/// Every second row and third column of a matrix, columns first.
private func gaps() -> CaseBuilder {
    var build = CaseBuilder("copy with gaps along both axes")
    let (sizes, strides) = ([20, 35], [3, 2 * 60])
    let values = build.random.uniform(35 * 2 * 60)
    let input = build.input("input", values)
    let output = build.output(
        "output", .exact(places(sizes, strides: strides).map { values[$0] }))
    build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output], StridedShape(sizes, strides: [strides]))
    }
    return build
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
    build.calls { device, arrays in
        try device.copyStrided(
            input: arrays[input], output: arrays[output], .permuted([18, 17], [1, 0]))
    }
    return build
}
