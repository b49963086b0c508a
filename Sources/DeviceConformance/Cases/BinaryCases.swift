import TandemDevices

/// Functions of two elements, `affine` and `axpy`.
func binaryCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    let functions = BinaryOperation.allCases.flatMap { operation in
        sizes.lengths.map { binary(operation, count: $0, .separate) } + [
            binary(operation, count: 65, .overLeft), binary(operation, count: 65, .overRight),
            binary(operation, count: 65, .allTheSame), binarySpecialValues(operation),
        ]
    }
    let combinations = (sizes.lengths + sizes.manyBlocks).flatMap { count in
        [affine(count: count, inPlace: false), axpy(count: count)]
    }
    return functions + combinations + [
        affine(count: 65, inPlace: true), affineCopy(), axpyOntoItself(), axpySpecialValues(),
    ]
}

private enum Aliasing: String {
    case separate = ""
    case overLeft = " output over left"
    case overRight = " output over right"
    case allTheSame = " all the same array"
}

private func binary(_ operation: BinaryOperation, count: Int, _ aliasing: Aliasing) -> CaseBuilder {
    var build = CaseBuilder("\(operation) n=\(count)\(aliasing.rawValue)")
    let leftValues = build.random.signed(count, magnitude: 0.1...3)
    let rightValues =
        aliasing == .allTheSame ? leftValues : build.random.signed(count, magnitude: 0.1...3)
    let expected = operation.expectation(zip(leftValues, rightValues).map(operation.reference))
    let initial: [Float]? =
        switch aliasing {
        case .separate: nil
        case .overRight: rightValues
        case .overLeft, .allTheSame: leftValues
        }
    let output = build.output("output", initial: initial, expected)
    let left =
        aliasing == .separate || aliasing == .overRight ? build.input("left", leftValues) : output
    let right =
        aliasing == .separate || aliasing == .overLeft ? build.input("right", rightValues) : output
    return build.binary(operation, left, right, output)
}

extension CaseBuilder {
    fileprivate func binary(
        _ operation: BinaryOperation, _ left: Handle, _ right: Handle, _ output: Handle
    ) -> CaseBuilder {
        calls { device, arrays in
            try device.binary(
                operation, left: arrays[left], right: arrays[right], output: arrays[output])
        }
    }
}

private func binarySpecialValues(_ operation: BinaryOperation) -> CaseBuilder {
    var build = CaseBuilder("\(operation) special values")
    let specials: [Float] = [.nan, .infinity, -.infinity, 0, 1, -1, 1e20, 3e38]
    let leftValues = specials.flatMap { value in specials.map { _ in value } }
    let rightValues = specials.flatMap { _ in specials }
    let (left, right) = (build.input("left", leftValues), build.input("right", rightValues))
    let output = build.output(
        "output", operation.expectation(zip(leftValues, rightValues).map(operation.reference)))
    return build.binary(operation, left, right, output)
}

private func affine(count: Int, inPlace: Bool) -> CaseBuilder {
    var build = CaseBuilder("affine n=\(count)\(inPlace ? " in place" : "")")
    let (scale, offset): (Float, Float) = (-1.7, 0.3)
    let values = build.random.uniform(count, in: -3...3)
    let expected = values.map { Sum([Double(scale) * Double($0), Double(offset)]) }
    let (input, output) = build.pair("input", values, inPlace: inPlace, "output", .close(expected))
    return build.calls { device, arrays in
        try device.affine(
            input: arrays[input], output: arrays[output], scale: scale, offset: offset)
    }
}

private func affineCopy() -> CaseBuilder {
    var build = CaseBuilder("affine with scale 1 and offset 0 is a copy")
    let values = build.random.uniform(130, in: -1e6...1e6) + [.nan, .infinity, -.infinity, 0, -0.0]
    let input = build.input("input", values)
    let output = build.output("output", .exactBits(values.map { Int32(bitPattern: $0.bitPattern) }))
    return build.calls { device, arrays in
        try device.affine(input: arrays[input], output: arrays[output], scale: 1, offset: 0)
    }
}

private func axpy(count: Int) -> CaseBuilder {
    var build = CaseBuilder("axpy n=\(count)")
    let alpha: Float = 0.37
    let xs = build.random.uniform(count, in: -3...3)
    let ys = build.random.uniform(count, in: -3...3)
    let x = build.input("x", xs)
    let y = build.output("y", initial: ys, .close(axpyReference(alpha, xs, ys)))
    return build.calls { device, arrays in
        try device.axpy(alpha: alpha, x: arrays[x], y: arrays[y])
    }
}

private func axpyReference(_ alpha: Float, _ xs: [Float], _ ys: [Float]) -> [Sum] {
    zip(xs, ys).map { Sum([Double(alpha) * Double($0), Double($1)]) }
}

private func axpyOntoItself() -> CaseBuilder {
    var build = CaseBuilder("axpy onto itself")
    let values = build.random.uniform(70)
    let y = build.output("y", initial: values, .close(axpyReference(2, values, values)))
    return build.calls { device, arrays in
        try device.axpy(alpha: 2, x: arrays[y], y: arrays[y])
    }
}

private func axpySpecialValues() -> CaseBuilder {
    var build = CaseBuilder("axpy special values")
    let xs: [Float] = [.nan, .infinity, -.infinity, 1, .infinity]
    let ys: [Float] = [1, 1, 1, .nan, -.infinity]
    let x = build.input("x", xs)
    let y = build.output("y", initial: ys, .exact(zip(xs, ys).map { $0 + $1 }))
    return build.calls { device, arrays in
        try device.axpy(alpha: 1, x: arrays[x], y: arrays[y])
    }
}
