import TandemDevices

/// L2 normalisation, forward and backward.
func l2NormalizeCases(_ sizes: CaseSizes) -> [CaseBuilder] {
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

    func forward() -> CaseBuilder {
        var build = CaseBuilder("L2 normalisation \(label)")
        let values = values(&build.random)
        let results = values.rows(of: columns).map {
            RowReference.l2Normalize($0, epsilon: Double(epsilon))
        }
        let input = build.input("input", values)
        let output = build.output("output", .close(results.flatMap(\.output)))
        let norms = build.output("norms", .close(results.map(\.norm), .relative))
        build.calls { [self] device, arrays in
            try device.l2Normalize(
                input: arrays[input], output: arrays[output], norms: arrays[norms], rows: rows,
                columns: columns, epsilon: epsilon)
        }
        return build
    }

    func backward(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("L2 normalisation backward \(label)\(source.rawValue)")
        let values = values(&build.random)
        let gradients = build.random.uniform(rows * columns)
        let results = values.rows(of: columns).map {
            RowReference.l2Normalize($0, epsilon: Double(epsilon))
        }
        let expected: [Double] = zip(values.rows(of: columns), gradients.rows(of: columns))
            .flatMap { row, gradient in
                switch source {
                case .formula:
                    RowReference.l2NormalizeBackward(
                        row, outputGradient: gradient, epsilon: Double(epsilon))
                case .centralDifference:
                    CentralDifference.gradient(at: row) {
                        dot(
                            RowReference.l2Normalize($0, epsilon: Double(epsilon)).output, gradient)
                    }
                }
            }
        let output = build.input("output", results.flatMap(\.output).floats)
        let norms = build.input("norms", results.map { Float($0.norm) })
        let outputGradient = build.input("output gradient", gradients)
        let inputGradient = build.output(
            "input gradient", .closeToLargest(expected, .gradient))
        build.calls { [self] device, arrays in
            try device.l2NormalizeBackward(
                output: arrays[output], norms: arrays[norms],
                outputGradient: arrays[outputGradient], inputGradient: arrays[inputGradient],
                rows: rows, columns: columns, epsilon: epsilon)
        }
        return build
    }
}
