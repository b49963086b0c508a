import TandemDevices

extension Tensor {
    /// Rows of this table `[V, C]` by number: indices `[n]` give `[n, C]`, indices `[a, b]` give `[a, b, C]`.
    ///
    /// The gradients of rows that occur more than once are added. Throws when an index is outside the table.
    public func gather(_ indices: IndexTensor) throws -> Tensor {
        guard shape.rank == 2 else {
            throw TensorError.invalidArgument(
                operation: "gather",
                detail: "the table has shape \(shape), expected [rows, columns]")
        }
        try Self.requireDevice("gather", device, of: indices.slice)
        if let wrong = indices.firstValue(notBelow: shape[0], "at place") {
            throw TensorError.invalidArgument(
                operation: "gather",
                detail: "index \(wrong) is outside the table of \(shape[0]) rows")
        }
        let (rows, columns, number) = (shape[0], shape[1], indices.shape.count)
        let output = try Tensor(
            uninitialized: Shape(indices.shape.dimensions + [columns]), on: device)
        try device.gatherRows(
            table: slice, indices: indices.slice, output: output.slice, count: number,
            columns: columns, tableRows: rows)
        return output.recorded(from: self) { gradient, destination, adds in
            if !adds { try gradient.device.fill(destination, value: 0) }
            try gradient.device.scatterAddRows(
                rows: gradient.slice, indices: indices.slice, table: destination, count: number,
                columns: columns, tableRows: rows)
        }
    }
}
