import TandemDevices

/// Softmax and its logarithm along any axis, forward and backward.
func softmaxCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let rows = sizes.matrices.map { Lines($0.rows, $0.columns, 1) }
    let few = [Lines(2, 3, 5), Lines(0, 3, 5), Lines(2, 0, 3)]
    let many =
        [1, 31, 32, 33, 63, 64, 65].flatMap { [Lines(3, $0, 5), Lines(2, 7, $0)] }
        + [Lines(1, 129, 1027), Lines(70, 50, 33)]
    let shapes = rows + few + (sizes.isFull ? many : [])
    return SoftmaxResult.allCases.flatMap { result in
        shapes.flatMap {
            [
                softmax(result, $0, inPlace: false),
                softmaxBackward(result, $0, inPlace: false, .formula),
            ]
        }
            + [Lines(7, 34, 1), Lines(3, 9, 4)].flatMap {
                [
                    softmax(result, $0, inPlace: true),
                    softmaxBackward(result, $0, inPlace: true, .formula),
                ]
            }
            + [Lines(3, 7, 1), Lines(2, 6, 3)].flatMap {
                [
                    softmaxBackward(result, $0, inPlace: false, .centralDifference),
                    softmaxSpecialValues(result, Lines($0.outer, 33, $0.inner)),
                ]
            }
    }
}

/// Where the expected gradient of a case comes from.
enum GradientSource: String {
    /// A formula in double precision, itself tested against central differences.
    case formula = ""
    /// Central differences of the forward function in double precision.
    case centralDifference = " by central differences"
}

extension SoftmaxResult {
    fileprivate var name: String { self == .probabilities ? "softmax" : "log softmax" }

    fileprivate func reference(_ line: [Double]) -> [Double] {
        self == .probabilities ? RowReference.softmax(line) : RowReference.logSoftmax(line)
    }

    fileprivate func gradient(_ line: [Double], _ outputGradient: [Double]) -> [Double] {
        self == .probabilities
            ? RowReference.softmaxBackward(
                output: RowReference.softmax(line), outputGradient: outputGradient)
            : RowReference.logSoftmaxBackward(
                output: RowReference.logSoftmax(line), outputGradient: outputGradient)
    }
}

private func softmax(_ result: SoftmaxResult, _ shape: Lines, inPlace: Bool) -> CaseBuilder {
    var build = CaseBuilder("\(result.name) \(shape.name)\(inPlace ? " in place" : "")")
    let values = build.random.uniform(shape.lines * shape.count, in: -8...8)
    return build.softmax(result, values, shape, inPlace: inPlace)
}

extension CaseBuilder {
    fileprivate func softmax(
        _ result: SoftmaxResult, _ values: [Float], _ shape: Lines, inPlace: Bool
    ) -> CaseBuilder {
        var build = self
        let lines = shape.lines(values.doubles)
        let expected = shape.array(lines.map(result.reference))
        // A logarithm is a difference of numbers as large as the largest element.
        let magnitudes = shape.array(
            lines.map { line in
                let largest = line.lazy.map(abs).filter(\.isFinite).max() ?? 0
                return line.map { _ in largest }
            })
        let (input, output) = build.pair(
            "input", values, inPlace: inPlace, "output",
            result == .probabilities ? .close(expected) : .close(expected, magnitudes: magnitudes))
        return build.calls { device, arrays in
            try device.softmax(
                result, input: arrays[input], output: arrays[output], outer: shape.outer,
                count: shape.count, inner: shape.inner)
        }
    }
}

/// Large logits, masked entries, equal entries, and a line with NaN that must not reach its neighbours.
private func softmaxSpecialValues(_ result: SoftmaxResult, _ shape: Lines) -> CaseBuilder {
    var build = CaseBuilder("\(result.name) \(shape.name) special values")
    var lines = (0..<shape.lines).map { _ in build.random.uniform(shape.count) }
    for index in lines.indices {
        switch index {
        case 0: lines[0] = lines[0].map { $0 + 1e4 }
        case 1:
            lines[1] = lines[1].enumerated().map { $0.offset % 3 == 0 ? -.infinity : $0.element }
        case 2: lines[2][11] = .nan
        case 3: lines[3] = lines[3].map { $0 * 1e4 }
        case 4: lines[4] = [Float](repeating: -1e4, count: shape.count)
        default: break
        }
    }
    return build.softmax(result, shape.array(lines), shape, inPlace: false)
}

private func softmaxBackward(
    _ result: SoftmaxResult, _ shape: Lines, inPlace: Bool, _ source: GradientSource
) -> CaseBuilder {
    var build = CaseBuilder(
        "\(result.name) backward \(shape.name)\(inPlace ? " in place" : "")\(source.rawValue)")
    let values = build.random.uniform(shape.lines * shape.count, in: -3...3)
    let gradients = build.random.uniform(values.count)
    let lines = shape.lines(values.doubles)
    let outputs = shape.array(lines.map(result.reference))
    let gradientLines = zip(lines, shape.lines(gradients.doubles)).map { line, gradient in
        switch source {
        case .formula: result.gradient(line, gradient)
        case .centralDifference:
            CentralDifference.gradient(at: line) { dot(result.reference($0), gradient) }
        }
    }
    let expected = shape.array(gradientLines)
    let output = build.input("output", outputs.floats)
    let (outputGradient, inputGradient) = build.pair(
        "output gradient", gradients, inPlace: inPlace, "input gradient",
        .closeToLargest(expected, .gradient))
    return build.calls { device, arrays in
        try device.softmaxBackward(
            result, output: arrays[output], outputGradient: arrays[outputGradient],
            inputGradient: arrays[inputGradient], outer: shape.outer, count: shape.count,
            inner: shape.inner)
    }
}

/// Softmax with cross-entropy in one operation.
func crossEntropyCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    sizes.matrices.filter { $0.columns > 1 }.flatMap { rows, columns in
        [true, false].map { wantsGradient in
            CrossEntropyCase(
                rows: rows, columns: columns, wantsGradient: wantsGradient
            ).build(logits: .uniform)
        }
    } + [
        CrossEntropyCase(rows: 4, columns: 7, source: .centralDifference).build(logits: .uniform),
        CrossEntropyCase(rows: 9, columns: 33, ignored: .some).build(logits: .uniform),
        CrossEntropyCase(rows: 9, columns: 33, ignored: .all).build(logits: .uniform),
        CrossEntropyCase(rows: 9, columns: 33, ignored: .some).build(
            logits: .nonFiniteWhereIgnored),
        CrossEntropyCase(rows: 9, columns: 33).build(logits: .large),
        CrossEntropyCase(rows: 9, columns: 33).build(logits: .masked),
        CrossEntropyCase(rows: 5, columns: 1).build(logits: .uniform),
    ]
}

private struct CrossEntropyCase {
    enum Ignored: String {
        case none = ""
        case some = " some ignored"
        case all = " all ignored"
    }

    enum Logits: String {
        case uniform = ""
        case large = " large logits"
        case masked = " masked logits"
        case nonFiniteWhereIgnored = " ignored rows not finite"
    }

    var rows: Int
    var columns: Int
    var wantsGradient = true
    var ignored = Ignored.none
    var source = GradientSource.formula
    let ignoreIndex: Int32 = -100

    func build(logits kind: Logits) -> CaseBuilder {
        var build = CaseBuilder(
            "cross-entropy [\(rows), \(columns)]\(wantsGradient ? " with gradient" : "")"
                + ignored.rawValue + kind.rawValue + source.rawValue)
        let chosen = targets(&build.random)
        let values = logits(kind, chosen, &build.random)
        let (losses, magnitudes, gradients) = reference(values, chosen)
        let logitArray = build.input("logits", values)
        let targetArray = build.input("targets", indices: chosen)
        let lossArray = build.output("losses", .close(losses, magnitudes: magnitudes))
        let gradientArray =
            wantsGradient
            ? build.output("gradient", .closeToLargest(gradients, .gradient)) : nil
        return build.calls { [self] device, arrays in
            try device.softmaxCrossEntropy(
                logits: arrays[logitArray], targets: arrays[targetArray],
                losses: arrays[lossArray], gradient: arrays[gradientArray], rows: rows,
                columns: columns, ignoreIndex: ignoreIndex)
        }
    }

    private func targets(_ random: inout ValueSource) -> [Int32] {
        let targets = random.indices(rows, below: columns)
        switch ignored {
        case .none: return targets
        case .all: return targets.map { _ in ignoreIndex }
        case .some:
            return targets.enumerated().map { $0.offset % 3 == 1 ? ignoreIndex : $0.element }
        }
    }

    private func logits(_ kind: Logits, _ targets: [Int32], _ random: inout ValueSource) -> [Float]
    {
        let values = random.uniform(rows * columns, in: kind == .large ? -1e4...1e4 : -4...4)
        return values.enumerated().map { index, value in
            let target = targets[index / columns]
            switch kind {
            case .uniform, .large: return value
            case .masked:
                return index % 3 == 0 && index % columns != Int(target) ? -.infinity : value
            case .nonFiniteWhereIgnored:
                return target == ignoreIndex ? [.nan, .infinity][index % 2] : value
            }
        }
    }

    /// Losses with the magnitudes that go into them, and gradients.
    private func reference(_ values: [Float], _ targets: [Int32])
        -> (losses: [Double], magnitudes: [Double], gradients: [Double])
    {
        var (losses, magnitudes, gradients): ([Double], [Double], [Double]) = ([], [], [])
        for (row, target) in zip(values.rows(of: columns), targets) {
            guard target != ignoreIndex else {
                losses.append(0)
                magnitudes.append(0)
                gradients += [Double](repeating: 0, count: columns)
                continue
            }
            let (normalizer, largest) = logSumExp(row)
            losses.append(normalizer - row[Int(target)])
            magnitudes.append(largest - row[Int(target)] + normalizer - largest)
            gradients += gradient(row, Int(target))
        }
        return (losses, magnitudes, gradients)
    }

    private func gradient(_ row: [Double], _ target: Int) -> [Double] {
        switch source {
        case .formula:
            RowReference.softmax(row).enumerated().map { $1 - ($0 == target ? 1 : 0) }
        case .centralDifference:
            CentralDifference.gradient(at: row) { logSumExp($0).value - $0[target] }
        }
    }
}
