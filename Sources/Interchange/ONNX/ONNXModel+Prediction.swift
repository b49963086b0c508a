public import TandemDevices

extension ONNXModel {
    /// Rows that are computed at once, so that the memory needed does not grow with the input.
    private static let blockRows = 4_096

    /// Computes the model's output for some rows.
    ///
    /// The supported operators are those of feed-forward networks: `Add`, `Sub`, `Mul`, `Div`,
    /// `Gemm`, `Relu`, `Sigmoid`, `Squeeze`, `Identity`. The same rows on the same device give the
    /// same bits.
    ///
    /// - Parameters:
    ///   - rows: raw values, row-major `[count, inputWidth]`.
    ///   - count: the number of rows; 0 gives an empty result.
    ///   - device: where to compute.
    /// - Returns: one output per row, `[count]`.
    /// - Throws: ``ONNXProblem`` when the rows have another width, the graph is not a supported one
    ///   or its shapes do not fit; `DeviceError` when the device fails.
    public func predict(_ rows: [Float], count: Int, on device: any Device) throws -> [Float] {
        let program = try ONNXProgram(self, on: device)
        let width = program.width
        let (needed, overflows) = count.multipliedReportingOverflow(by: width)
        guard count >= 0, !overflows, rows.count == needed else {
            if count > 0, rows.count % count == 0 {
                throw ONNXProblem.width(expected: width, found: rows.count / count)
            }
            throw ONNXProblem.valueCount(rows: count, width: width, found: rows.count)
        }
        var outputs: [Float] = []
        outputs.reserveCapacity(count)
        for start in stride(from: 0, to: count, by: Self.blockRows) {
            let end = min(start + Self.blockRows, count)
            outputs += try program.run(Array(rows[start * width..<end * width]))
        }
        return outputs
    }
}
