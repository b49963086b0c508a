import TandemDevices

/// Sums and maxima along both axes.
func reductionCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let long = sizes.isFull ? [(1, 70_001), (1, 129), (3, 5003), (5003, 3), (500, 65)] : [(1, 300)]
    let matrices = sizes.matrices.map { ($0.rows, $0.columns) } + long
    return ReductionAxis.allCases.flatMap { axis in
        // No terms at all: the sum is 0.
        let empty = axis == .alongRows ? (rows: 6, columns: 0) : (rows: 0, columns: 6)
        let shapes = matrices.flatMap { rows, columns in
            ReductionOperation.allCases
                .filter { $0 == .sum || (axis == .alongRows ? columns : rows) > 0 }
                .map { Reduction($0, axis, rows, columns, scale: 1, accumulate: false) }
        }
        let options = [
            Reduction(.sum, axis, 31, 33, scale: 0.25, accumulate: true),
            Reduction(.sum, axis, 31, 33, scale: -3, accumulate: false),
            Reduction(.maximum, axis, 31, 33, scale: -2, accumulate: true),
            Reduction(.sum, axis, empty.rows, empty.columns, scale: 1, accumulate: false),
            Reduction(.sum, axis, empty.rows, empty.columns, scale: 1, accumulate: true),
        ]
        return (shapes + options).map { $0.build() }
            + ReductionOperation.allCases.map { specialValues($0, axis) }
    } + [fullReduction(sizes)]
}

private struct Reduction {
    let operation: ReductionOperation
    let axis: ReductionAxis
    let rows: Int
    let columns: Int
    let scale: Float
    let accumulate: Bool

    init(
        _ operation: ReductionOperation, _ axis: ReductionAxis, _ rows: Int, _ columns: Int,
        scale: Float, accumulate: Bool
    ) {
        self.operation = operation
        self.axis = axis
        self.rows = rows
        self.columns = columns
        self.scale = scale
        self.accumulate = accumulate
    }

    func build() -> CaseBuilder {
        let options = "\(scale == 1 ? "" : " scale \(scale)")\(accumulate ? " accumulate" : "")"
        var build = CaseBuilder("\(operation) \(axis) [\(rows), \(columns)]\(options)")
        add(build.random.uniform(rows * columns), to: &build)
        return build
    }

    func add(_ values: [Float], to build: inout CaseBuilder) {
        let count = axis == .alongRows ? rows : columns
        let before = accumulate ? build.random.uniform(count) : nil
        let expected = (0..<count).map { index in
            result(values, index, before: Double(before?[index] ?? 0))
        }
        let isExact = operation == .maximum && !accumulate && scale == 1
        let input = build.input("input", values)
        let output = build.output(
            "output", initial: before,
            isExact ? .exact(expected.map { Float($0.value) }) : .close(expected))
        build.calls { [self] device, arrays in
            try device.reduce(
                operation, input: arrays[input], output: arrays[output], rows: rows,
                columns: columns, axis: axis, scale: scale, accumulate: accumulate)
        }
    }

    private func result(_ values: [Float], _ index: Int, before: Double) -> Sum {
        let line =
            axis == .alongRows
            ? (0..<columns).map { Double(values[index * columns + $0]) }
            : (0..<rows).map { Double(values[$0 * columns + index]) }
        var sum = Sum()
        sum.add(before)
        switch operation {
        case .sum: line.forEach { sum.add(Double(scale) * $0) }
        case .maximum:
            let largest = line.contains(where: \.isNaN) ? .nan : line.max() ?? -.infinity
            sum.add(Double(scale) * largest)
        }
        return sum
    }
}

/// Lines with NaN and infinities among ordinary values, at the start, in the middle and at the end.
private func specialValues(_ operation: ReductionOperation, _ axis: ReductionAxis) -> CaseBuilder {
    var build = CaseBuilder("\(operation) \(axis) special values")
    let length = 67
    var lines = (0..<6).map { _ in build.random.uniform(length) }
    lines[0][0] = .nan
    lines[1][40] = .nan
    lines[2][length - 1] = .nan
    lines[3][33] = .infinity
    lines[4] = [Float](repeating: -.infinity, count: length)
    lines[5][5] = -.infinity
    let values =
        axis == .alongRows
        ? lines.flatMap { $0 } : (0..<length).flatMap { index in lines.map { $0[index] } }
    Reduction(
        operation, axis, axis == .alongRows ? lines.count : length,
        axis == .alongRows ? length : lines.count, scale: 1, accumulate: false
    ).add(values, to: &build)
    return build
}

/// A long sum of equal terms, which drifts when it is added up naively in single precision.
private func fullReduction(_ sizes: CaseSizes) -> CaseBuilder {
    let count = sizes.isFull ? 300_000 : 500
    var build = CaseBuilder("sum of \(count) equal values")
    Reduction(.sum, .alongRows, 1, count, scale: 1, accumulate: false).add(
        [Float](repeating: 0.1, count: count), to: &build)
    return build
}
