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
    addSoftmax(result, values, shape, inPlace: inPlace, to: &build)
    return build
}

private func addSoftmax(
    _ result: SoftmaxResult, _ values: [Float], _ shape: Lines, inPlace: Bool,
    to build: inout CaseBuilder
) {
    let lines = shape.lines(values.doubles)
    let expected = shape.array(lines.map(result.reference))
    // A logarithm is a difference of numbers as large as the largest element.
    let magnitudes = shape.array(
        lines.map { line in
            let largest = line.lazy.map(abs).filter(\.isFinite).max() ?? 0
            return line.map { _ in largest }
        })
    let input = inPlace ? nil : build.input("input", values)
    let output = build.output(
        "output", initial: inPlace ? values : nil,
        result == .probabilities ? .close(expected) : .close(expected, magnitudes: magnitudes))
    build.calls { device, arrays in
        try device.softmax(
            result, input: arrays[input ?? output], output: arrays[output], outer: shape.outer,
            count: shape.count, inner: shape.inner)
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
    addSoftmax(result, shape.array(lines), shape, inPlace: false, to: &build)
    return build
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
    let outputGradient = inPlace ? nil : build.input("output gradient", gradients)
    let inputGradient = build.output(
        "input gradient", initial: inPlace ? gradients : nil,
        .closeToLargest(expected, .gradient))
    build.calls { device, arrays in
        try device.softmaxBackward(
            result, output: arrays[output],
            outputGradient: arrays[outputGradient ?? inputGradient],
            inputGradient: arrays[inputGradient], outer: shape.outer, count: shape.count,
            inner: shape.inner)
    }
    return build
}
