import TandemDevices

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
        build.calls { [self] device, arrays in
            try device.softmaxCrossEntropy(
                logits: arrays[logitArray], targets: arrays[targetArray],
                losses: arrays[lossArray], gradient: gradientArray.map { arrays[$0] }, rows: rows,
                columns: columns, ignoreIndex: ignoreIndex)
        }
        return build
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
