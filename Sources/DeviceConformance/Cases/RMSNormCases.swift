import TandemDevices

/// RMS norm, forward and backward.
func rmsNormCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    sizes.matrices.flatMap { rows, columns in
        [
            rmsNorm(rows, columns, inPlace: false),
            rmsNormBackward(rows, columns, inPlace: false, .formula),
        ]
    } + [
        rmsNorm(7, 33, inPlace: true), rmsNormBackward(7, 33, inPlace: true, .formula),
        rmsNorm(5, 65, inPlace: false, scale: 1e-4),
        rmsNormBackward(3, 7, inPlace: false, .centralDifference),
    ]
}

private let epsilon: Float = 1e-5

/// With a small `scale` epsilon weighs more than the elements.
private func rmsNorm(_ rows: Int, _ columns: Int, inPlace: Bool, scale: Float = 1) -> CaseBuilder {
    var build = CaseBuilder(
        "RMS norm [\(rows), \(columns)]\(inPlace ? " in place" : "")"
            + (scale == 1 ? "" : " of small values"))
    let values = build.random.uniform(rows * columns, in: -2 * scale...2 * scale)
    let gammas = build.random.uniform(columns)
    let results = values.rows(of: columns).map {
        RowReference.rmsNorm($0, epsilon: Double(epsilon))
    }
    let expected = results.flatMap { zip(gammas.doubles, $0.normalized).map { $0 * $1 } }
    let input = inPlace ? nil : build.input("input", values)
    let gamma = build.input("gamma", gammas)
    let output = build.output(
        "output", initial: inPlace ? values : nil, .close(expected, .relative))
    let root = build.output(
        "reciprocal root", .close(results.map(\.reciprocalRoot), .relative))
    build.calls { device, arrays in
        try device.rmsNorm(
            input: arrays[input ?? output], gamma: arrays[gamma], output: arrays[output],
            reciprocalRoot: arrays[root],
            LayerNormShape(rows: rows, columns: columns, epsilon: epsilon))
    }
    return build
}

private func rmsNormBackward(
    _ rows: Int, _ columns: Int, inPlace: Bool, _ source: GradientSource
) -> CaseBuilder {
    var build = CaseBuilder(
        "RMS norm backward [\(rows), \(columns)]\(inPlace ? " in place" : "")\(source.rawValue)")
    let values = build.random.uniform(rows * columns, in: -2...2)
    let gammas = build.random.uniform(columns)
    let gradients = build.random.uniform(rows * columns)
    let before = build.random.uniform(columns)
    let pairs = zip(values.rows(of: columns), gradients.rows(of: columns))
    var gammaSums = before.map { Sum(Double($0)) }
    for (row, gradient) in pairs {
        let normalized = RowReference.rmsNorm(row, epsilon: Double(epsilon)).normalized
        for column in 0..<columns { gammaSums[column].add(gradient[column] * normalized[column]) }
    }
    let expected = pairs.flatMap { row, gradient in
        switch source {
        case .formula:
            RowReference.rmsNormBackward(
                row, gamma: gammas.doubles, outputGradient: gradient, epsilon: Double(epsilon))
        case .centralDifference:
            CentralDifference.gradient(at: row) { moved in
                let result = RowReference.rmsNorm(moved, epsilon: Double(epsilon))
                return dot(zip(gammas.doubles, result.normalized).map { $0 * $1 }, gradient)
            }
        }
    }
    let roots = values.rows(of: columns).map {
        Float(RowReference.rmsNorm($0, epsilon: Double(epsilon)).reciprocalRoot)
    }
    let (input, gamma) = (build.input("input", values), build.input("gamma", gammas))
    let root = build.input("reciprocal root", roots)
    let outputGradient = inPlace ? nil : build.input("output gradient", gradients)
    let inputGradient = build.output(
        "input gradient", initial: inPlace ? gradients : nil,
        .closeToLargest(expected, .gradient))
    let gammaGradient = build.output(
        "gamma gradient", initial: before, .close(gammaSums, .gradient))
    build.calls { device, arrays in
        try device.rmsNormBackward(
            input: arrays[input], gamma: arrays[gamma], reciprocalRoot: arrays[root],
            outputGradient: arrays[outputGradient ?? inputGradient],
            inputGradient: arrays[inputGradient], gammaGradient: arrays[gammaGradient],
            LayerNormShape(rows: rows, columns: columns, epsilon: epsilon))
    }
    return build
}
