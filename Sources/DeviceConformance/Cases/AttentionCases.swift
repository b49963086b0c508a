import TandemDevices

/// Multi-head attention, forward and backward.
func attentionCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let tiny = AttentionCase(2, 2, 3, 4, 5)
    let causal = AttentionCase(2, 2, 3, 4, 5, isCausal: true)
    var cases = [
        AttentionCase(1, 1, 1, 1, 1), tiny, causal,
        AttentionCase(2, 2, 3, 4, 5, .uniform, of: [.batch, .heads]),
        AttentionCase(2, 2, 3, 4, 5, .uniform, isCausal: true),
        AttentionCase(2, 1, 5, 2, 3, isCausal: true), AttentionCase(0, 2, 3, 3, 4),
        AttentionCase(2, 2, 3, 0, 4), AttentionCase(1, 2, 0, 3, 4),
        AttentionCase(2, 3, 4, 5, 3, .hidesRows, of: [.heads]),
    ]
    if sizes.isFull {
        cases += [31, 32, 33, 63, 64, 65].flatMap {
            [AttentionCase(2, 2, $0, 17, 8), AttentionCase(1, 3, 9, $0, 16, isCausal: true)]
        }
        cases += [
            AttentionCase(2, 3, 7, 33, 31, .uniform, of: [.batch]),
            AttentionCase(2, 3, 33, 7, 33, .uniform, of: [.heads]),
            AttentionCase(3, 8, 50, 50, 64), AttentionCase(3, 4, 50, 50, 64, isCausal: true),
            AttentionCase(1, 1, 130, 131, 65, .uniform, isCausal: true),
            AttentionCase(5, 4, 20, 30, 16, .hidesRows, of: [.heads]),
        ]
    }
    return cases.flatMap { [$0.forward(), $0.backward(.formula)] } + [
        tiny.forward(keepsProbabilities: false), tiny.backward(.centralDifference),
        causal.backward(.centralDifference), notANumber(),
    ]
}

private struct AttentionCase {
    enum Mask: String {
        case none = ""
        /// A quarter of it hides.
        case uniform = " masked"
        /// It hides every key of every second query.
        case hidesRows = " without visible keys"
    }

    /// What has a mask of its own for each.
    enum MaskAxis {
        case batch
        case heads
    }

    private let shape: AttentionShape
    private let mask: Mask

    init(
        _ batch: Int, _ heads: Int, _ queries: Int, _ keys: Int, _ width: Int, _ mask: Mask = .none,
        of axes: [MaskAxis] = [], isCausal: Bool = false
    ) {
        shape = AttentionShape(
            batch: batch, heads: heads, queries: queries, keys: keys, width: width, scale: 0.4,
            isCausal: isCausal, maskHasBatch: axes.contains(.batch),
            maskHasHeads: axes.contains(.heads))
        self.mask = mask
    }

    private var label: String {
        let axes =
            mask == .none
            ? ""
            : " \(shape.maskHasBatch ? "B" : "1")"
                + "\(shape.maskHasHeads ? "H" : "1")"
        return "[\(shape.batch), \(shape.heads), \(shape.queries), \(shape.keys), \(shape.width)]"
            + "\(shape.isCausal ? " causal" : "")\(mask.rawValue)\(axes)"
    }

    private func reference(_ random: inout ValueSource) -> ReferenceAttention {
        let row = shape.batch * shape.heads * shape.width
        let query = random.uniform(row * shape.queries, in: -2...2)
        let key = random.uniform(row * shape.keys, in: -2...2)
        let value = random.uniform(row * shape.keys)
        return ReferenceAttention(
            shape: shape, query: query.doubles, key: key.doubles, value: value.doubles,
            mask: maskValues(&random)?.doubles)
    }

    private func maskValues(_ random: inout ValueSource) -> [Float]? {
        let matrices =
            (shape.maskHasBatch ? shape.batch : 1) * (shape.maskHasHeads ? shape.heads : 1)
        let values = random.uniform(matrices * shape.queries * shape.keys)
        switch mask {
        case .none: return nil
        case .uniform: return values.map { $0 < -0.5 ? -.infinity : $0 }
        case .hidesRows:
            return values.enumerated().map {
                $0.offset / shape.keys % 2 == 1 ? -.infinity : $0.element
            }
        }
    }

    func forward(keepsProbabilities: Bool = true) -> CaseBuilder {
        var build = CaseBuilder(
            "attention \(label)\(keepsProbabilities ? "" : " without probabilities")")
        let reference = reference(&build.random)
        let query = build.input("query", reference.query.floats)
        let key = build.input("key", reference.key.floats)
        let value = build.input("value", reference.value.floats)
        let mask = reference.mask.map { build.input("mask", $0.floats) }
        let output = build.output("output", .closeToLargest(reference.output(), and: [1], .forward))
        let probabilities =
            keepsProbabilities
            ? build.output("probabilities", .closeToLargest(reference.probabilities(), .forward))
            : nil
        return build.calls { [shape] device, arrays in
            try device.attention(
                query: arrays[query], key: arrays[key], value: arrays[value],
                mask: arrays[mask], output: arrays[output],
                probabilities: arrays[probabilities], shape)
        }
    }

    func backward(_ source: GradientSource) -> CaseBuilder {
        var build = CaseBuilder("attention backward \(label)\(source.rawValue)")
        let reference = reference(&build.random)
        let gradients = build.random.uniform(reference.query.count).doubles
        let expected =
            source == .formula
            ? reference.gradients(gradients) : numericGradients(reference, gradients)
        let query = build.input("query", reference.query.floats)
        let key = build.input("key", reference.key.floats)
        let value = build.input("value", reference.value.floats)
        let probabilities = build.input("probabilities", reference.probabilities().floats)
        let outputGradient = build.input("output gradient", gradients.floats)
        func output(_ name: String, _ values: [Double]) -> CaseBuilder.Handle {
            build.output(name, .closeToLargest(values, and: [0.1], .gradient))
        }
        let queryGradient = output("query gradient", expected.query)
        let keyGradient = output("key gradient", expected.key)
        let valueGradient = output("value gradient", expected.value)
        return build.calls { [shape] device, arrays in
            try device.attentionBackward(
                query: arrays[query], key: arrays[key], value: arrays[value],
                probabilities: arrays[probabilities], outputGradient: arrays[outputGradient],
                queryGradient: arrays[queryGradient], keyGradient: arrays[keyGradient],
                valueGradient: arrays[valueGradient], shape)
        }
    }

    private func numericGradients(_ reference: ReferenceAttention, _ gradients: [Double]) -> (
        query: [Double], key: [Double], value: [Double]
    ) {
        func loss(_ query: [Double], _ key: [Double], _ value: [Double]) -> Double {
            let moved = ReferenceAttention(
                shape: shape, query: query, key: key, value: value, mask: reference.mask)
            return dot(moved.output(), gradients)
        }
        let (q, k, v) = (reference.query, reference.key, reference.value)
        return (
            CentralDifference.gradient(at: q) { loss($0, k, v) },
            CentralDifference.gradient(at: k) { loss(q, $0, v) },
            CentralDifference.gradient(at: v) { loss(q, k, $0) }
        )
    }
}

/// NaN in one query must show in that query's head alone; NaN in the mask in its row.
private func notANumber() -> CaseBuilder {
    var build = CaseBuilder("attention with NaN")
    let shape = AttentionShape(batch: 1, heads: 2, queries: 3, keys: 4, width: 2, scale: 1)
    var queries = build.random.uniform(12)
    queries[1] = .nan
    let (keys, values) = (build.random.uniform(16), build.random.uniform(16))
    var masks = [Float](repeating: 0, count: 12)
    masks[2 * 4 + 3] = .nan
    let reference = ReferenceAttention(
        shape: shape, query: queries.doubles, key: keys.doubles, value: values.doubles,
        mask: masks.doubles)
    let (query, key) = (build.input("query", queries), build.input("key", keys))
    let value = build.input("value", values)
    let mask: CaseBuilder.Handle? = build.input("mask", masks)
    let output = build.output("output", .close(reference.output()))
    return build.calls { device, arrays in
        try device.attention(
            query: arrays[query], key: arrays[key], value: arrays[value], mask: arrays[mask],
            output: arrays[output], probabilities: nil, shape)
    }
}
