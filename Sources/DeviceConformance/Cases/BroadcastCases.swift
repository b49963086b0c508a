import TandemDevices

/// Two and three operands spread over a common result.
func broadcastCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let vectors = BroadcastAxis.allCases.flatMap { axis in
        // A single element is the same for both axes.
        sizes.matrices.filter { axis == .perRow || $0.rows * $0.columns != 1 }.map {
            broadcast(.subtract, [$0.rows, $0.columns], axis.sizes($0.rows, $0.columns))
        }
            + BinaryOperation.allCases.map { broadcast($0, [33, 65], axis.sizes(33, 65)) }
            + [broadcast(.divide, [7, 33], axis.sizes(7, 33), inPlace: true)]
    }
    let shapes = broadcastShapes(sizes).flatMap { left, right in
        [broadcast(.subtract, left, right), broadcast(.divide, right, left)]
    }
    let operations = BinaryOperation.allCases.map { broadcast($0, [5, 1, 33], [1, 4, 33]) }
    return vectors + shapes + operations + [stridedOperands()]
        + selectShapes(sizes).map(select) + [selectSpecialValues()]
}

extension BroadcastAxis {
    fileprivate func sizes(_ rows: Int, _ columns: Int) -> [Int] {
        self == .perColumn ? [1, columns] : [rows, 1]
    }
}

/// Pairs of shapes that meet in one, neither of which need be the larger.
private func broadcastShapes(_ sizes: CaseSizes) -> [([Int], [Int])] {
    let few: [([Int], [Int])] = [
        ([], []), ([7], []), ([3, 1, 5], [1, 4, 5]), ([3, 5], [0, 1, 5]), ([2, 3, 1], [2, 1, 33]),
        ([2, 1, 3, 1, 2, 1], [1, 2, 1, 2, 1, 3]), ([31, 1], [1, 33]),
    ]
    let many: [([Int], [Int])] =
        [0, 1, 31, 32, 33, 63, 64, 65].map { ([3, 1, $0], [1, 2, $0]) }
        + [0, 1, 31, 32, 33, 63, 64, 65].map { ([$0, 1], [1, 5]) }
        + [
            ([70_001], [1]), ([1, 70_001], [2, 1]), ([300, 1, 65], [1, 7, 65]),
            ([40, 1, 1, 3], [1, 50, 30, 1]), ([2, 3, 4, 5, 6, 7], [3, 1, 5, 1, 7]),
        ]
    return sizes.isFull ? few + many : few
}

/// The sizes of the common result, whose axes are those of the operands aligned at the end.
private func commonSizes(_ operands: [[Int]]) -> [Int] {
    let rank = operands.map(\.count).max() ?? 0
    return (0..<rank).map { axis in
        let sizes = operands.compactMap { operand -> Int? in
            let place = axis - (rank - operand.count)
            return place >= 0 ? operand[place] : nil
        }
        return sizes.first { $0 != 1 } ?? 1
    }
}

/// For each element of the result in row-major order the place of the element of `operand` that meets it.
func places(_ operand: [Int], in sizes: [Int]) -> [Int] {
    let missing = sizes.count - operand.count
    let strides = sizes.indices.map { axis in
        axis < missing || operand[axis - missing] == 1
            ? 0 : operand[(axis - missing + 1)...].reduce(1, *)
    }
    return places(sizes, strides: strides)
}

private func broadcast(
    _ operation: BinaryOperation, _ left: [Int], _ right: [Int], inPlace: Bool = false
) -> CaseBuilder {
    var build = CaseBuilder(
        "broadcast \(operation) \(left) and \(right)\(inPlace ? " in place" : "")")
    let sizes = commonSizes([left, right])
    let leftValues = build.random.signed(left.reduce(1, *), magnitude: 0.1...3)
    let rightValues = build.random.signed(right.reduce(1, *), magnitude: 0.1...3)
    let expected = zip(places(left, in: sizes), places(right, in: sizes)).map {
        operation.reference(leftValues[$0], rightValues[$1])
    }
    let b = build.input("right", rightValues)
    let (a, output) = build.pair(
        "left", leftValues, inPlace: inPlace, "output", operation.expectation(expected))
    return build.calls { device, arrays in
        try device.binaryBroadcast(
            operation, left: arrays[a], right: arrays[b], output: arrays[output],
            StridedShape(broadcasting: [left, right]))
    }
}

/// Operands whose rows are not contiguous: a transposed matrix and every third element of a vector.
private func stridedOperands() -> CaseBuilder {
    var build = CaseBuilder("broadcast with strides above 1")
    let (rows, columns) = (5, 37)
    let leftValues = build.random.uniform(rows * columns)
    let rightValues = build.random.uniform(3 * columns)
    let expected = (0..<rows * columns).map { index in
        leftValues[index % columns * rows + index / columns] - rightValues[index % columns * 3]
    }
    let left = build.input("left", leftValues)
    let right = build.input("right", rightValues)
    let output = build.output("output", .exact(expected))
    return build.calls { device, arrays in
        try device.binaryBroadcast(
            .subtract, left: arrays[left], right: arrays[right], output: arrays[output],
            StridedShape([rows, columns], strides: [[1, rows], [0, 3]]))
    }
}

private func selectShapes(_ sizes: CaseSizes) -> [[[Int]]] {
    let few = [[[], [], []], [[7], [7], [7]], [[3, 1], [1, 5], [3, 5]], [[0, 3], [3], [1]]]
    return !sizes.isFull
        ? few
        : few + [1, 31, 32, 33, 63, 64, 65].map { [[3, 1, $0], [2, 1], [1, 2, $0]] } + [
            [[70_001], [1], [70_001]], [[1, 1, 50, 50], [4, 3, 50, 50], [1]],
            [[2, 1, 3, 1, 2, 1], [1, 2, 1, 2, 1, 3], [1, 1, 1, 2, 2, 3]],
        ]
}

private func select(_ operands: [[Int]]) -> CaseBuilder {
    var build = CaseBuilder("select \(operands[0]) ? \(operands[1]) : \(operands[2])")
    let sizes = commonSizes(operands)
    let conditions = build.random.indices(operands[0].reduce(1, *), below: 2).map { Float($0) }
    let trueValues = build.random.uniform(operands[1].reduce(1, *))
    let falseValues = build.random.uniform(operands[2].reduce(1, *))
    let chosen = operands.map { places($0, in: sizes) }
    let expected = chosen[0].indices.map { index in
        conditions[chosen[0][index]] != 0
            ? trueValues[chosen[1][index]] : falseValues[chosen[2][index]]
    }
    let condition = build.input("condition", conditions)
    let (yes, no) = (build.input("true", trueValues), build.input("false", falseValues))
    let output = build.output("output", .exact(expected))
    return build.calls { device, arrays in
        try device.select(
            condition: arrays[condition], ifTrue: arrays[yes], ifFalse: arrays[no],
            output: arrays[output], StridedShape(broadcasting: operands))
    }
}

/// Conditions at the ends of the number line, and choices that keep every bit; written over the second operand.
private func selectSpecialValues() -> CaseBuilder {
    var build = CaseBuilder("select special values, in place")
    let conditions: [Float] = [.nan, 0, -0.0, .infinity, -.infinity, 1e-30, 1, 0]
    let trueValues: [Float] = [1, .nan, .infinity, .nan, -.infinity, 2, .infinity, 0]
    let falseValues: [Float] = [.nan, 3, -.infinity, 4, .nan, 5, .nan, .nan]
    let expected: [Float] = [1, 3, -.infinity, .nan, -.infinity, 2, .infinity, .nan]
    let condition = build.input("condition", conditions)
    let no = build.input("false", falseValues)
    let output = build.output("output", initial: trueValues, .exact(expected))
    return build.calls { device, arrays in
        try device.select(
            condition: arrays[condition], ifTrue: arrays[output], ifFalse: arrays[no],
            output: arrays[output], StridedShape(broadcasting: [[8], [8], [8]]))
    }
}
