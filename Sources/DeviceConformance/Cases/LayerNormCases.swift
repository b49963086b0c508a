import TandemDevices

/// Layer norm, forward and backward.
func layerNormCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let shapes = sizes.matrices.map { LayerNormCase(rows: $0.rows, columns: $0.columns) }
    let special = [
        LayerNormCase(rows: 5, columns: 33, input: .constantRows),
        LayerNormCase(rows: 5, columns: 65, input: .farFromZero),
    ]
    return (shapes + special).flatMap { [$0.forward(), $0.backward(.formula)] }
        + [LayerNormCase(rows: 3, columns: 7).backward(.centralDifference)]
}

private struct LayerNormCase {
    enum Input: String {
        case uniform = ""
        case constantRows = " constant rows"
        case farFromZero = " far from zero"
    }

    var rows: Int
    var columns: Int
    var input = Input.uniform
    private let epsilon: Float = 1e-5

    init(rows: Int, columns: Int, input: Input = .uniform) {
        self.rows = rows
        self.columns = columns
        self.input = input
    }

    private var label: String { "[\(rows), \(columns)]\(input.rawValue)" }
    private var shape: LayerNormShape {
        LayerNormShape(rows: rows, columns: columns, epsilon: epsilon)
    }

    private func values(_ random: inout ValueSource) -> [Float] {
        let values = random.uniform(rows * columns, in: -2...2)
        switch input {
        case .uniform: return values
        case .constantRows: return values.indices.map { 0.1 * Float($0 / columns) - 0.2 }
        case .farFromZero: return values.map { $0 + 100 }
        }
    }

    func forward() -> CaseBuilder {
        var build = CaseBuilder("layer norm \(label)")
        let values = values(&build.random)
        let gammas = build.random.uniform(columns)
        let betas = build.random.uniform(columns)
        var (outputs, magnitudes): ([Double], [Double]) = ([], [])
        var (means, reciprocals): ([Sum], [Double]) = ([], [])
        for row in values.rows(of: columns) {
            let result = RowReference.layerNorm(row, epsilon: Double(epsilon))
            var mean = Sum()
            for value in row { mean.add(value / Double(columns)) }
            means.append(mean)
            reciprocals.append(result.reciprocalDeviation)
            // The mean is rounded relative to the largest element, and that error is scaled like the rest.
            let largest = (row.lazy.map(abs).max() ?? 0) * result.reciprocalDeviation
            for column in 0..<columns {
                let (gamma, beta) = (Double(gammas[column]), Double(betas[column]))
                outputs.append(gamma * result.normalized[column] + beta)
                magnitudes.append(abs(gamma) * largest + abs(beta))
            }
        }
        let inputArray = build.input("input", values)
        let gamma = build.input("gamma", gammas)
        let beta = build.input("beta", betas)
        let output = build.output("output", .close(outputs, magnitudes: magnitudes))
        let mean = build.output("mean", .close(means))
        let reciprocal = build.output("reciprocal deviation", .close(reciprocals, .relative))
        build.calls { [self] device, arrays in
            try device.layerNorm(
                input: arrays[inputArray], gamma: arrays[gamma], beta: arrays[beta],
                output: arrays[output], mean: arrays[mean],
                reciprocalDeviation: arrays[reciprocal], shape)
        }
        return build
    }

    func backward(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("layer norm backward \(label)\(source.rawValue)")
        let values = values(&build.random)
        let gammas = build.random.uniform(columns)
        let gradients = build.random.uniform(rows * columns)
        let before = (gamma: build.random.uniform(columns), beta: build.random.uniform(columns))
        let results = values.rows(of: columns).map {
            RowReference.layerNorm($0, epsilon: Double(epsilon))
        }
        var gammaSums = before.gamma.map { Sum(Double($0)) }
        var betaSums = before.beta.map { Sum(Double($0)) }
        for (result, gradient) in zip(results, gradients.rows(of: columns)) {
            for column in 0..<columns {
                gammaSums[column].add(gradient[column] * result.normalized[column])
                betaSums[column].add(gradient[column])
            }
        }
        let inputArray = build.input("input", values)
        let gamma = build.input("gamma", gammas)
        let mean = build.input("mean", results.map { Float($0.mean) })
        let reciprocal = build.input(
            "reciprocal deviation", results.map { Float($0.reciprocalDeviation) })
        let outputGradient = build.input("output gradient", gradients)
        let inputGradient = build.output(
            "input gradient",
            .closeToLargest(
                inputGradient(values, gammas.doubles, gradients, source), .gradient))
        let gammaGradient = build.output(
            "gamma gradient", initial: before.gamma, .close(gammaSums, .gradient))
        let betaGradient = build.output(
            "beta gradient", initial: before.beta, .close(betaSums, .gradient))
        build.calls { [self] device, arrays in
            try device.layerNormBackward(
                input: arrays[inputArray], gamma: arrays[gamma], mean: arrays[mean],
                reciprocalDeviation: arrays[reciprocal], outputGradient: arrays[outputGradient],
                inputGradient: arrays[inputGradient], gammaGradient: arrays[gammaGradient],
                betaGradient: arrays[betaGradient], shape)
        }
        return build
    }

    private func inputGradient(
        _ values: [Float], _ gamma: [Double], _ gradients: [Float], _ source: GradientSource
    ) -> [Double] {
        zip(values.rows(of: columns), gradients.rows(of: columns)).flatMap { row, gradient in
            switch source {
            case .formula:
                RowReference.layerNormBackward(
                    row, gamma: gamma, outputGradient: gradient, epsilon: Double(epsilon))
            case .centralDifference:
                CentralDifference.gradient(at: row) { moved in
                    let result = RowReference.layerNorm(moved, epsilon: Double(epsilon))
                    return dot(zip(gamma, result.normalized).map { $0 * $1 }, gradient)
                }
            }
        }
    }
}
