import TandemDevices

/// Matrices combined with a vector along either axis.
func broadcastCases(_ sizes: CaseSizes) -> [CaseBuilder] {
    BroadcastAxis.allCases.flatMap { axis in
        sizes.matrices.map { broadcast(.subtract, axis, $0.rows, $0.columns, inPlace: false) }
            + BinaryOperation.allCases.map { broadcast($0, axis, 33, 65, inPlace: false) }
            + [broadcast(.divide, axis, 7, 33, inPlace: true)]
    }
}

private func broadcast(
    _ operation: BinaryOperation, _ axis: BroadcastAxis, _ rows: Int, _ columns: Int,
    inPlace: Bool
) -> CaseBuilder {
    var build = CaseBuilder(
        "broadcast \(operation) \(axis) [\(rows), \(columns)]\(inPlace ? " in place" : "")")
    let matrixValues = build.random.signed(rows * columns, magnitude: 0.1...3)
    let vectorValues = build.random.signed(
        axis == .perColumn ? columns : rows, magnitude: 0.1...3)
    let expected = matrixValues.enumerated().map { index, value in
        operation.reference(
            value, vectorValues[axis == .perColumn ? index % columns : index / columns])
    }
    let vector = build.input("vector", vectorValues)
    let matrix = inPlace ? nil : build.input("matrix", matrixValues)
    let output = build.output(
        "output", initial: inPlace ? matrixValues : nil, operation.expectation(expected))
    build.calls { device, arrays in
        try device.binaryBroadcast(
            operation, matrix: arrays[matrix ?? output], vector: arrays[vector], axis: axis,
            output: arrays[output], rows: rows, columns: columns)
    }
    return build
}
