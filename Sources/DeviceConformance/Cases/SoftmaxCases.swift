import TandemDevices

/// Softmax, forward and backward.
func softmaxCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    sizes.matrices.flatMap { rows, columns in
        [
            softmax(rows, columns, inPlace: false),
            softmaxBackward(rows, columns, inPlace: false, .formula),
        ]
    } + [
        softmax(7, 33, inPlace: true), softmaxBackward(7, 33, inPlace: true, .formula),
        softmaxBackward(3, 7, inPlace: false, .centralDifference),
        softmaxSpecialValues(),
    ]
}

/// Where the expected gradient of a case comes from.
enum GradientSource: String {
    /// A formula in double precision, itself tested against central differences.
    case formula = ""
    /// Central differences of the forward function in double precision.
    case centralDifference = " by central differences"
}

private func softmax(_ rows: Int, _ columns: Int, inPlace: Bool) -> CaseBuilder {
    var build = CaseBuilder("softmax [\(rows), \(columns)]\(inPlace ? " in place" : "")")
    let values = build.random.uniform(rows * columns, in: -8...8)
    addSoftmax(values, rows, columns, inPlace: inPlace, to: &build)
    return build
}

private func addSoftmax(
    _ values: [Float], _ rows: Int, _ columns: Int, inPlace: Bool, to build: inout CaseBuilder
) {
    let expected = values.rows(of: columns).flatMap(RowReference.softmax)
    let input = inPlace ? nil : build.input("input", values)
    let output = build.output("output", initial: inPlace ? values : nil, .close(expected))
    build.calls { device, arrays in
        try device.softmax(
            input: arrays[input ?? output], output: arrays[output], rows: rows, columns: columns)
    }
}

/// Large logits, masked entries, equal entries, and a row with NaN that must not reach its neighbours.
private func softmaxSpecialValues() -> CaseBuilder {
    var build = CaseBuilder("softmax special values")
    let columns = 33
    var rows = (0..<6).map { _ in build.random.uniform(columns) }
    rows[0] = rows[0].map { $0 + 1e4 }
    rows[1] = rows[1].map { $0 * 1e4 }
    rows[2] = rows[2].enumerated().map { $0.offset % 3 == 0 ? -.infinity : $0.element }
    rows[3] = [Float](repeating: -1e4, count: columns)
    rows[4][11] = .nan
    addSoftmax(rows.flatMap { $0 }, rows.count, columns, inPlace: false, to: &build)
    return build
}

private func softmaxBackward(
    _ rows: Int, _ columns: Int, inPlace: Bool, _ source: GradientSource
) -> CaseBuilder {
    var build = CaseBuilder(
        "softmax backward [\(rows), \(columns)]\(inPlace ? " in place" : "")\(source.rawValue)")
    let values = build.random.uniform(rows * columns, in: -3...3)
    let gradients = build.random.uniform(rows * columns)
    let outputs = values.rows(of: columns).map(RowReference.softmax)
    let expected: [Double] = zip(values.rows(of: columns), gradients.rows(of: columns)).flatMap {
        row, gradient in
        switch source {
        case .formula:
            RowReference.softmaxBackward(
                output: RowReference.softmax(row), outputGradient: gradient)
        case .centralDifference:
            CentralDifference.gradient(at: row) { dot(RowReference.softmax($0), gradient) }
        }
    }
    let output = build.input("output", outputs.flatMap { $0 }.floats)
    let outputGradient = inPlace ? nil : build.input("output gradient", gradients)
    let inputGradient = build.output(
        "input gradient", initial: inPlace ? gradients : nil,
        .closeToLargest(expected, .gradient))
    build.calls { device, arrays in
        try device.softmaxBackward(
            output: arrays[output], outputGradient: arrays[outputGradient ?? inputGradient],
            inputGradient: arrays[inputGradient], rows: rows, columns: columns)
    }
    return build
}
