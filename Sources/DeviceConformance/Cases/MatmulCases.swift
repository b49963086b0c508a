import TandemDevices

/// Matrix products over sizes, transposes, activations, scale factors and batches.
func matmulCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let plain = matmulShapes(sizes).flatMap { m, n, k in
        allTransposes.map { MatmulCase(m: m, n: n, k: k, transposes: $0) }
    }
    let (m, n, k) = sizes.isFull ? (33, 65, 31) : (5, 7, 9)
    let options = allTransposes.flatMap { transposes in
        MatmulActivation.allCases.flatMap { activation in
            [(Float(1), Float(0)), (0.7, -0.5)].map { alpha, beta in
                MatmulCase(
                    m: m, n: n, k: k, transposes: transposes, hasBias: true, alpha: alpha,
                    beta: beta, activation: activation)
            }
        } + [
            MatmulCase(m: m, n: n, k: k, transposes: transposes, beta: 1),
            MatmulCase(
                m: 1, n: n, k: k, transposes: transposes, batch: 2, hasBias: true, alpha: 0.7,
                beta: -0.5, activation: .gelu),
            MatmulCase(m: m, n: n, k: k, transposes: transposes, batch: 2, alpha: -2),
            MatmulCase(
                m: m, n: n, k: k, transposes: transposes, batch: 3, hasBias: true, beta: 1,
                activation: .tanh),
        ]
    }
    let empty = [
        MatmulCase(m: 5, n: 7, k: 0),
        MatmulCase(m: 5, n: 7, k: 0, hasBias: true, beta: 0.5, activation: .relu),
        MatmulCase(m: 0, n: 7, k: 3), MatmulCase(m: 5, n: 0, k: 3),
    ]
    return (plain + options + empty + mostlyZeros(sizes)).map { $0.build() }
        + largeProducts(sizes) + [nonFinite(m: 9, n: 6, k: 5)]
        + (sizes.isFull
            ? [nonFinite(m: 70, n: 66, k: 64), nonFinite(m: 70, n: 66, k: 64, zeros: 0.7)] : [])
}

/// Left operands as ReLU and dropout leave them, which a device may multiply in another way.
private func mostlyZeros(_ sizes: CaseSizes) -> [MatmulCase] {
    let shapes = sizes.isFull ? [(32, 64, 128), (33, 70, 65), (70, 129, 33)] : [(3, 65, 17)]
    return shapes.flatMap { m, n, k in
        allTransposes.flatMap { transposes in
            [0.6, 1].map {
                MatmulCase(m: m, n: n, k: k, transposes: transposes, zeros: $0)
            } + [
                MatmulCase(
                    m: m, n: n, k: k, transposes: transposes, batch: 2, hasBias: true, beta: 1,
                    activation: .relu, zeros: 0.6),
                MatmulCase(
                    m: m, n: n, k: k, transposes: transposes, hasBias: true, alpha: 0.7,
                    beta: -0.5, activation: .sigmoid, zeros: 0.8),
            ]
        }
    }
}

private typealias Transposes = (left: Bool, right: Bool)

private let allTransposes: [Transposes] = [
    (false, false), (false, true), (true, false), (true, true),
]

private func matmulShapes(_ sizes: CaseSizes) -> [(Int, Int, Int)] {
    let few = [(1, 1, 1), (1, 9, 7), (9, 1, 7), (7, 9, 1), (17, 19, 18)]
    return !sizes.isFull
        ? few
        : few + [
            (1, 64, 33), (64, 1, 129), (31, 33, 32), (32, 32, 32), (33, 31, 129), (64, 64, 64),
            (63, 65, 7), (65, 63, 64), (2, 129, 65), (129, 2, 31), (8, 96, 33),
        ]
}

private struct MatmulCase {
    var m: Int
    var n: Int
    var k: Int
    var transposes: Transposes = (false, false)
    var batch = 1
    var hasBias = false
    var alpha: Float = 1
    var beta: Float = 0
    var activation = MatmulActivation.identity
    /// Share of zeros in the left operand.
    var zeros = 0.0

    var name: String {
        let flags = "\(transposes.left ? "T" : "N")\(transposes.right ? "T" : "N")"
        var options = ""
        if batch != 1 { options += " batch \(batch)" }
        if alpha != 1 { options += " alpha \(alpha)" }
        if beta != 0 { options += " beta \(beta)" }
        if hasBias { options += " bias" }
        if activation != .identity { options += " \(activation)" }
        if zeros != 0 { options += " with \(Int(100 * zeros))% zeros" }
        return "matmul \(flags) \(m)x\(n)x\(k)\(options)"
    }

    func build() -> CaseBuilder {
        var build = CaseBuilder(name)
        let left = thinned(build.random.uniform(batch * m * k), &build.random)
        let right = build.random.uniform(batch * k * n)
        let product = referenceProduct(left, right, batch: batch, m: m, n: n, k: k)
        return multiply(left, right, product, build)
    }

    /// `values` with the case's share of them set to zero.
    func thinned(_ values: [Float], _ random: inout ValueSource) -> [Float] {
        guard zeros > 0 else { return values }
        let kept = random.uniform(values.count, in: 0...1)
        return zip(values, kept).map { $1 < Float(zeros) || zeros == 1 ? 0 : $0 }
    }

    /// The case with arrays and call; `left` and `right` are given untransposed with their product.
    func multiply(_ left: [Float], _ right: [Float], _ product: [Sum], _ build: CaseBuilder)
        -> CaseBuilder
    {
        var build = build
        let bias = hasBias ? build.random.uniform(n) : nil
        let before = beta == 0 ? nil : build.random.uniform(batch * m * n)
        let expected = product.enumerated().map { index, product in
            var sum = product.scaled(by: Double(alpha))
            if let before { sum.add(Double(beta) * Double(before[index])) }
            if let bias { sum.add(Double(bias[index % n])) }
            return sum.mapped { activation.unaryOperation?.reference($0) ?? $0 }
        }
        let leftArray = build.input(
            "left", transposes.left ? transposed(left, batch: batch, rows: m, columns: k) : left)
        let rightArray = build.input(
            "right",
            transposes.right ? transposed(right, batch: batch, rows: k, columns: n) : right)
        let biasArray = bias.map { build.input("bias", $0) }
        let output = build.output("output", initial: before, .close(expected))
        let parameters = MatmulParameters(
            m: m, n: n, k: k, transposeLeft: transposes.left, transposeRight: transposes.right,
            batch: batch, alpha: alpha, beta: beta, activation: activation)
        return build.calls { device, arrays in
            try device.matmul(
                left: arrays[leftArray], right: arrays[rightArray],
                bias: arrays[biasArray], output: arrays[output], parameters)
        }
    }
}

/// Products that are large enough for blocking and packing, with remainders in every dimension; the reference is computed
/// once for all transposes.
private func largeProducts(_ sizes: CaseSizes) -> [CaseBuilder] {
    guard sizes.isFull else { return [] }
    return [(257, 300, 515), (5, 1030, 300), (600, 3, 260)].flatMap { m, n, k in
        var shared = ValueSource(name: "large product \(m) \(n) \(k)")
        let left = shared.uniform(m * k)
        let right = shared.uniform(k * n)
        let product = referenceProduct(left, right, m: m, n: n, k: k)
        return allTransposes.map { transposes in
            let large = MatmulCase(m: m, n: n, k: k, transposes: transposes, hasBias: true)
            return large.multiply(left, right, product, CaseBuilder(large.name))
        }
    }
}

/// NaN and infinity reach exactly the rows and columns that they belong to, also through an activation and where they
/// meet zeros.
private func nonFinite(m: Int, n: Int, k: Int, zeros: Double = 0) -> CaseBuilder {
    let options = MatmulCase(m: m, n: n, k: k, hasBias: true, activation: .relu, zeros: zeros)
    var build = CaseBuilder("\(options.name) and NaN and infinity")
    var left = options.thinned(build.random.uniform(m * k, in: 0.1...1), &build.random)
    var right = build.random.uniform(k * n, in: 0.1...1)
    left[2 * k + 1] = .nan
    left[(m - 1) * k] = .infinity
    right[(k - 1) * n + 3] = .nan
    return options.multiply(left, right, referenceProduct(left, right, m: m, n: n, k: k), build)
}

/// The product of two matrices in double precision, kept with the norms of its sums.
///
/// Operands are `[batch, m, k]` and `[batch, k, n]`, never transposed.
private func referenceProduct(
    _ left: [Float], _ right: [Float], batch: Int = 1, m: Int, n: Int, k: Int
) -> [Sum] {
    var result: [Sum] = []
    result.reserveCapacity(batch * m * n)
    left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
            for index in 0..<batch {
                for row in 0..<m {
                    for column in 0..<n {
                        var (value, squares) = (0.0, 0.0)
                        var (leftIndex, rightIndex) = (
                            (index * m + row) * k, index * k * n + column
                        )
                        for _ in 0..<k {
                            let term = Double(left[leftIndex]) * Double(right[rightIndex])
                            value += term
                            squares += term * term
                            leftIndex += 1
                            rightIndex += n
                        }
                        result.append(Sum(value: value, squares: squares))
                    }
                }
            }
        }
    }
    return result
}

/// `batch` matrices `[rows, columns]` transposed.
private func transposed(_ values: [Float], batch: Int, rows: Int, columns: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(values.count)
    for index in 0..<batch {
        for column in 0..<columns {
            for row in 0..<rows {
                result.append(values[(index * rows + row) * columns + column])
            }
        }
    }
    return result
}
