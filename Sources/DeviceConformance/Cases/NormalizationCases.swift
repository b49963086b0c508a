import TandemDevices

/// Layer norm, RMS norm and L2 normalisation, forward and backward.
func normalizationCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    layerNormCases(sizes) + rmsNormCases(sizes) + l2NormalizeCases(sizes)
}

private func layerNormCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let shapes = sizes.matrices.map { NormCase(rows: $0.rows, columns: $0.columns) }
    let special = [
        NormCase(rows: 5, columns: 33, input: .constantRows),
        NormCase(rows: 5, columns: 65, input: .farFromZero),
    ]
    return (shapes + special).flatMap { [$0.layerNorm(), $0.backward(.formula)] }
        + [NormCase(rows: 3, columns: 7).backward(.centralDifference)]
}

private func rmsNormCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let shapes = sizes.matrices.map {
        NormCase(rows: $0.rows, columns: $0.columns, isCentered: false)
    }
    let inPlace = NormCase(rows: 7, columns: 33, isCentered: false, inPlace: true)
    // Epsilon weighs more than the elements.
    let small = NormCase(rows: 5, columns: 65, isCentered: false, input: .small)
    return (shapes + [inPlace]).flatMap { [$0.rmsNorm(), $0.backward(.formula)] } + [
        small.rmsNorm(),
        NormCase(rows: 3, columns: 7, isCentered: false).backward(.centralDifference),
    ]
}

private let epsilon: Float = 1e-5

/// A layer norm, or without centring an RMS norm.
private struct NormCase {
    enum Input: String {
        case uniform = ""
        case constantRows = " constant rows"
        case farFromZero = " far from zero"
        case small = " of small values"
    }

    var rows: Int
    var columns: Int
    var isCentered = true
    var input = Input.uniform
    var inPlace = false

    private var name: String { isCentered ? "layer norm" : "RMS norm" }
    private var label: String {
        "[\(rows), \(columns)]\(inPlace ? " in place" : "")\(input.rawValue)"
    }
    private var shape: LayerNormShape {
        LayerNormShape(rows: rows, columns: columns, epsilon: epsilon)
    }

    private func values(_ random: inout ValueSource) -> [Float] {
        guard input != .small else { return random.uniform(rows * columns, in: -2e-4...2e-4) }
        let values = random.uniform(rows * columns, in: -2...2)
        switch input {
        case .uniform, .small: return values
        case .constantRows: return values.indices.map { 0.1 * Float($0 / columns) - 0.2 }
        case .farFromZero: return values.map { $0 + 100 }
        }
    }

    private func reference(_ row: [Double])
        -> (normalized: [Double], mean: Double, reciprocalDeviation: Double)
    {
        RowReference.layerNorm(row, epsilon: Double(epsilon), isCentered: isCentered)
    }

    func layerNorm() -> CaseBuilder {
        var build = CaseBuilder("\(name) \(label)")
        let values = values(&build.random)
        let gammas = build.random.uniform(columns)
        let betas = build.random.uniform(columns)
        var (outputs, magnitudes): ([Double], [Double]) = ([], [])
        var (means, reciprocals): ([Sum], [Double]) = ([], [])
        for row in values.rows(of: columns) {
            let result = reference(row)
            means.append(Sum(row.map { $0 / Double(columns) }))
            reciprocals.append(result.reciprocalDeviation)
            // The mean is rounded relative to the largest element, and that error is scaled like the rest.
            let largest = (row.lazy.map(abs).max() ?? 0) * result.reciprocalDeviation
            for column in 0..<columns {
                let (gamma, beta) = (Double(gammas[column]), Double(betas[column]))
                outputs.append(gamma * result.normalized[column] + beta)
                magnitudes.append(abs(gamma) * largest + abs(beta))
            }
        }
        let input = build.input("input", values)
        let (gamma, beta) = (build.input("gamma", gammas), build.input("beta", betas))
        let output = build.output("output", .close(outputs, magnitudes: magnitudes))
        let mean = build.output("mean", .close(means))
        let reciprocal = build.output("reciprocal deviation", .close(reciprocals, .relative))
        return build.calls { [shape] device, arrays in
            try device.layerNorm(
                input: arrays[input], gamma: arrays[gamma], beta: arrays[beta],
                output: arrays[output], mean: arrays[mean],
                reciprocalDeviation: arrays[reciprocal], shape)
        }
    }

    func rmsNorm() -> CaseBuilder {
        var build = CaseBuilder("\(name) \(label)")
        let values = values(&build.random)
        let gammas = build.random.uniform(columns)
        let results = values.rows(of: columns).map(reference)
        let expected = results.flatMap { zip(gammas.doubles, $0.normalized).map { $0 * $1 } }
        let gamma = build.input("gamma", gammas)
        let (input, output) = build.pair(
            "input", values, inPlace: inPlace, "output", .close(expected, .relative))
        let root = build.output(
            "reciprocal root", .close(results.map(\.reciprocalDeviation), .relative))
        return build.calls { [shape] device, arrays in
            try device.rmsNorm(
                input: arrays[input], gamma: arrays[gamma], output: arrays[output],
                reciprocalRoot: arrays[root], shape)
        }
    }

    func backward(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("\(name) backward \(label)\(source.rawValue)")
        let values = values(&build.random)
        let gammas = build.random.uniform(columns)
        let gradients = build.random.uniform(rows * columns)
        let gammaBefore = build.random.uniform(columns)
        let betaBefore = isCentered ? build.random.uniform(columns) : []
        let results = values.rows(of: columns).map(reference)
        var gammaSums = gammaBefore.map { Sum(Double($0)) }
        var betaSums = betaBefore.map { Sum(Double($0)) }
        for (result, gradient) in zip(results, gradients.rows(of: columns)) {
            for column in 0..<columns {
                gammaSums[column].add(gradient[column] * result.normalized[column])
                if isCentered { betaSums[column].add(gradient[column]) }
            }
        }
        let (input, gamma) = (build.input("input", values), build.input("gamma", gammas))
        let mean = isCentered ? build.input("mean", results.map { Float($0.mean) }) : nil
        let reciprocal = build.input(
            "reciprocal deviation", results.map { Float($0.reciprocalDeviation) })
        let (outputGradient, inputGradient) = build.pair(
            "output gradient", gradients, inPlace: inPlace, "input gradient",
            .closeToLargest(gradient(values, gammas.doubles, gradients, source), .gradient))
        let gammaGradient = build.output(
            "gamma gradient", initial: gammaBefore, .close(gammaSums, .gradient))
        let betaGradient =
            isCentered
            ? build.output("beta gradient", initial: betaBefore, .close(betaSums, .gradient)) : nil
        return build.calls { [shape] device, arrays in
            guard let mean = arrays[mean], let betaGradient = arrays[betaGradient] else {
                return try device.rmsNormBackward(
                    input: arrays[input], gamma: arrays[gamma], reciprocalRoot: arrays[reciprocal],
                    outputGradient: arrays[outputGradient], inputGradient: arrays[inputGradient],
                    gammaGradient: arrays[gammaGradient], shape)
            }
            try device.layerNormBackward(
                input: arrays[input], gamma: arrays[gamma], mean: mean,
                reciprocalDeviation: arrays[reciprocal], outputGradient: arrays[outputGradient],
                inputGradient: arrays[inputGradient], gammaGradient: arrays[gammaGradient],
                betaGradient: betaGradient, shape)
        }
    }

    /// The expected gradient of the input.
    private func gradient(
        _ values: [Float], _ gamma: [Double], _ gradients: [Float], _ source: GradientSource
    ) -> [Double] {
        zip(values.rows(of: columns), gradients.rows(of: columns)).flatMap { row, gradient in
            switch source {
            case .formula:
                RowReference.layerNormBackward(
                    row, gamma: gamma, outputGradient: gradient, epsilon: Double(epsilon),
                    isCentered: isCentered)
            case .centralDifference:
                CentralDifference.gradient(at: row) { moved in
                    dot(zip(gamma, reference(moved).normalized).map { $0 * $1 }, gradient)
                }
            }
        }
    }
}

private func l2NormalizeCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let shapes = sizes.matrices.map {
        L2NormalizeCase(rows: $0.rows, columns: $0.columns, epsilon: 1e-12)
    }
    // A unit epsilon clamps the short rows and leaves the long ones; every third row is zero.
    let clamped = L2NormalizeCase(rows: 9, columns: 33, epsilon: 1, hasShortRows: true)
    let zeroRows = L2NormalizeCase(rows: 9, columns: 7, epsilon: 1e-12, hasShortRows: true)
    return (shapes + [clamped, zeroRows]).map { $0.forward() }
        + (shapes + [clamped]).map { $0.backward(.formula) }
        + [
            L2NormalizeCase(rows: 3, columns: 7, epsilon: 1e-12).backward(.centralDifference),
            L2NormalizeCase(rows: 5, columns: 7, epsilon: 1, hasShortRows: true)
                .backward(.centralDifference),
        ]
}

private struct L2NormalizeCase {
    var rows: Int
    var columns: Int
    var epsilon: Float
    var hasShortRows = false

    private var label: String {
        "[\(rows), \(columns)] epsilon \(epsilon)\(hasShortRows ? " with short rows" : "")"
    }

    private func values(_ random: inout ValueSource) -> [Float] {
        let values = random.uniform(rows * columns, in: -2...2)
        guard hasShortRows else { return values }
        return values.enumerated().map { $1 * [0, 0.01, 1][$0 / columns % 3] }
    }

    private func reference(_ row: [Double]) -> (output: [Double], norm: Double) {
        RowReference.l2Normalize(row, epsilon: Double(epsilon))
    }

    func forward() -> CaseBuilder {
        var build = CaseBuilder("L2 normalisation \(label)")
        let values = values(&build.random)
        let results = values.rows(of: columns).map(reference)
        let input = build.input("input", values)
        let output = build.output("output", .close(results.flatMap(\.output)))
        let norms = build.output("norms", .close(results.map(\.norm), .relative))
        return build.calls { [self] device, arrays in
            try device.l2Normalize(
                input: arrays[input], output: arrays[output], norms: arrays[norms], rows: rows,
                columns: columns, epsilon: epsilon)
        }
    }

    func backward(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("L2 normalisation backward \(label)\(source.rawValue)")
        let values = values(&build.random)
        let gradients = build.random.uniform(rows * columns)
        let results = values.rows(of: columns).map(reference)
        let expected: [Double] = zip(values.rows(of: columns), gradients.rows(of: columns))
            .flatMap { row, gradient in
                switch source {
                case .formula:
                    RowReference.l2NormalizeBackward(
                        row, outputGradient: gradient, epsilon: Double(epsilon))
                case .centralDifference:
                    CentralDifference.gradient(at: row) { dot(reference($0).output, gradient) }
                }
            }
        let output = build.input("output", results.flatMap(\.output).floats)
        let norms = build.input("norms", results.map { Float($0.norm) })
        let outputGradient = build.input("output gradient", gradients)
        let inputGradient = build.output("input gradient", .closeToLargest(expected, .gradient))
        return build.calls { [self] device, arrays in
            try device.l2NormalizeBackward(
                output: arrays[output], norms: arrays[norms],
                outputGradient: arrays[outputGradient], inputGradient: arrays[inputGradient],
                rows: rows, columns: columns, epsilon: epsilon)
        }
    }
}
