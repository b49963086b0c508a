import TandemDevices

/// Sums and extremes along every axis.
func reductionCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let shapes = lines(sizes)
    let plain = shapes.flatMap { shape in
        ReductionOperation.allCases.filter { $0 == .sum || shape.count > 0 }.map {
            reduction($0, shape)
        }
    }
    let options = [Lines(31, 33, 1), Lines(1, 31, 33), Lines(5, 31, 33)].flatMap {
        [
            reduction(.sum, $0, scale: 0.25, accumulate: true),
            reduction(.sum, $0, scale: -3),
            reduction(.maximum, $0, scale: -2, accumulate: true),
            reduction(.minimum, $0, scale: -2, accumulate: true),
        ]
    }
    // No terms at all: the sum is 0.
    let empty = [Lines(6, 0, 1), Lines(1, 0, 6), Lines(2, 0, 3)].map {
        reduction(.sum, $0, accumulate: true)
    }
    let special = [Lines(6, 67, 1), Lines(1, 67, 6), Lines(2, 67, 3)]
    return plain + options + empty + [fullReduction(sizes)]
        + special.flatMap { shape in ReductionOperation.allCases.map { specialValues($0, shape) } }
        + (shapes.filter { $0.count > 0 } + special).flatMap { shape in
            Extreme.allCases.map { argument($0, shape) }
        } + Extreme.allCases.map { equalValues($0) }
}

private func lines(_ sizes: CaseSizes) -> [Lines] {
    let few = [Lines(6, 0, 1), Lines(1, 0, 6), Lines(2, 0, 3), Lines(2, 3, 5), Lines(1, 300, 1)]
    let many =
        [1, 31, 32, 33, 63, 64, 65].flatMap { [Lines(3, $0, 5), Lines(2, 7, $0)] } + [
            Lines(1, 70_001, 1), Lines(1, 1, 70_001), Lines(1, 129, 1), Lines(1, 1, 129),
            Lines(3, 5003, 1), Lines(1, 5003, 3), Lines(500, 65, 1), Lines(1, 500, 65),
            Lines(3, 700, 33), Lines(300, 5, 4), Lines(2, 1000, 129),
        ]
    let matrices = sizes.matrices.filter { $0.columns > 1 }
    return few + (sizes.isFull ? many : []) + matrices.map { Lines($0.rows, $0.columns, 1) }
        + matrices.map { Lines(1, $0.rows, $0.columns) }.filter { $0.count > 0 }
}

private func reduction(
    _ operation: ReductionOperation, _ shape: Lines, scale: Float = 1, accumulate: Bool = false
) -> CaseBuilder {
    let options = "\(scale == 1 ? "" : " scale \(scale)")\(accumulate ? " accumulate" : "")"
    var build = CaseBuilder("\(operation) \(shape.name)\(options)")
    let values = build.random.uniform(shape.outer * shape.count * shape.inner)
    return build.reduce(operation, values, shape, scale: scale, accumulate: accumulate)
}

extension CaseBuilder {
    fileprivate func reduce(
        _ operation: ReductionOperation, _ values: [Float], _ shape: Lines, scale: Float = 1,
        accumulate: Bool = false
    ) -> CaseBuilder {
        var build = self
        let before = accumulate ? build.random.uniform(shape.lines) : nil
        let expected = shape.lines(values).enumerated().map { index, line in
            let terms = operation.terms(line).map { Double(scale) * Double($0) }
            return Sum([Double(before?[index] ?? 0)] + terms)
        }
        let isExact = operation != .sum && !accumulate && scale == 1
        let input = build.input("input", values)
        let output = build.output(
            "output", initial: before,
            isExact ? .exact(expected.map { Float($0.value) }) : .close(expected))
        return build.calls { device, arrays in
            try device.reduce(
                operation, input: arrays[input], output: arrays[output], outer: shape.outer,
                count: shape.count, inner: shape.inner, scale: scale, accumulate: accumulate)
        }
    }
}

extension ReductionOperation {
    /// What is added up: all elements, or the extreme alone.
    fileprivate func terms(_ line: [Float]) -> [Float] {
        switch self {
        case .sum: line
        case .maximum: [line.contains(where: \.isNaN) ? .nan : line.max() ?? -.infinity]
        case .minimum: [line.contains(where: \.isNaN) ? .nan : line.min() ?? .infinity]
        }
    }
}

/// Six lines of 67 elements with NaN and infinities among ordinary values, at the start, in the middle and at the end.
private func specialLines(_ shape: Lines, _ random: inout ValueSource) -> [Float] {
    let length = shape.count
    var lines = (0..<6).map { _ in random.uniform(length) }
    lines[0][0] = .nan
    lines[1][40] = .nan
    lines[2][length - 1] = .nan
    lines[3][33] = .infinity
    lines[4] = [Float](repeating: -.infinity, count: length)
    lines[5][5] = -.infinity
    return shape.array(lines)
}

private func specialValues(_ operation: ReductionOperation, _ shape: Lines) -> CaseBuilder {
    var build = CaseBuilder("\(operation) \(shape.name) special values")
    let values = specialLines(shape, &build.random)
    return build.reduce(operation, values, shape)
}

/// A long sum of equal terms, which drifts when it is added up naively in single precision.
private func fullReduction(_ sizes: CaseSizes) -> CaseBuilder {
    let count = sizes.isFull ? 300_000 : 500
    return CaseBuilder("sum of \(count) equal values").reduce(
        .sum, [Float](repeating: 0.1, count: count), Lines(1, count, 1))
}

/// The place of the extreme, with special values where the shape has lines for them.
private func argument(_ extreme: Extreme, _ shape: Lines) -> CaseBuilder {
    var build = CaseBuilder("argument of \(extreme) \(shape.name)")
    let values =
        shape.count == 67
        ? specialLines(shape, &build.random)
        : build.random.uniform(shape.outer * shape.count * shape.inner)
    return argument(extreme, shape, values, build)
}

/// Of equal extremes the first one is meant, also where they lie in one vector.
private func equalValues(_ extreme: Extreme) -> CaseBuilder {
    var build = CaseBuilder("argument of \(extreme) among equal values")
    let shape = Lines(4, 50, 3)
    let values = build.random.indices(shape.outer * shape.count * shape.inner, below: 3)
    return argument(extreme, shape, values.map { Float($0) }, build)
}

private func argument(
    _ extreme: Extreme, _ shape: Lines, _ values: [Float], _ build: CaseBuilder
) -> CaseBuilder {
    var build = build
    let expected = shape.lines(values).map { line -> Int32 in
        let wanted = extreme == .maximum ? line.max() : line.min()
        return Int32(line.firstIndex(where: \.isNaN) ?? line.firstIndex { $0 == wanted } ?? -1)
    }
    let input = build.input("input", values)
    let output = build.output(
        "output", initial: [Int32](repeating: -1, count: expected.count), exactly: expected)
    return build.calls { device, arrays in
        try device.argumentReduce(
            extreme, input: arrays[input], output: arrays[output], outer: shape.outer,
            count: shape.count, inner: shape.inner)
    }
}
