import TandemDevices

extension Tensor {
    /// Elements of one axis by number: `[V, C]` with indices `[n]` gives `[n, C]`, with indices `[a, b]` `[a, b, C]`.
    ///
    /// Along another axis the shape of the indices takes the place of that axis (NumPy's `take`, PyTorch's
    /// `index_select`). The gradients of elements that occur more than once are added. Negative axes count from the end.
    /// Throws when an index is outside the axis.
    public func gather(_ indices: IndexTensor, axis: Int = 0) throws -> Tensor {
        let place = try shape.place(of: axis, "gather")
        let (outer, size, inner) = shape.around(place)
        try requireIndices(indices, "gather", place)
        let sizes = shape.dimensions
        let result = try Shape(
            sizes[..<place] + indices.shape.dimensions + sizes[(place + 1)...]
        ).validated(for: "gather")
        if outer == 1 {
            return try view(of: [size, inner]).gatheredRows(indices).view(of: result)
        }
        let first = try view(of: [outer, size, inner]).transposed(0, 1)
        let rows = try first.view(of: [size, outer * inner]).gatheredRows(indices)
        return try rows.view(of: [indices.count, outer, inner]).transposed(0, 1).view(of: result)
    }

    /// The element of one axis that `indices` names at every place: for axis 1 of `[R, C]` and indices `[R, k]`,
    /// `y[r, j] = x[r, indices[r, j]]` (NumPy's `take_along_axis`, PyTorch's `gather`).
    ///
    /// The indices have the shape of the tensor but for that axis, and so has the result. The gradients of elements that
    /// occur more than once are added. Negative axes count from the end. Throws when an index is outside the axis.
    public func gatherElements(_ indices: IndexTensor, axis: Int) throws -> Tensor {
        let place = try shape.place(of: axis, "gatherElements")
        guard indices.shape.rank == shape.rank,
            indices.shape.replacing(axis: place, with: shape[at: place]) == shape
        else {
            throw TensorError.shapeMismatch(
                operation: "gatherElements", shapes: [shape, indices.shape],
                advice: "all axes but axis \(axis) must be equal")
        }
        try requireIndices(indices, "gatherElements", place)
        guard case .values(let values) = indices.contents, count - 1 <= Int(Int32.max) else {
            return try gatheredByRows(indices, place)
        }
        // The host knows the indices: it turns them into places in the whole table.
        let (_, size, inner) = shape.around(place)
        let chosen = indices.shape[at: place]
        let places = values.indices.map { position in
            let outer = position / (chosen * inner)
            return Int32((outer * size + Int(values[position])) * inner + position % inner)
        }
        let flat = try IndexTensor(places, shape: [places.count], on: device)
        return try view(of: [count, 1]).gatheredRows(flat).view(of: indices.shape)
    }

    private func requireIndices(_ indices: IndexTensor, _ operation: String, _ place: Int) throws {
        try Self.requireDevice(operation, device, of: indices.slice)
        if let wrong = indices.firstValue(notBelow: shape[at: place], "at place") {
            throw TensorError.invalidArgument(
                operation: operation,
                detail: "index \(wrong) is outside axis \(place) of the shape \(shape)")
        }
    }

    /// Rows of a table `[V, C]`: `[n, C]`.
    func gatheredRows(_ indices: IndexTensor) throws -> Tensor {
        let (rows, columns, number) = (shape[at: 0], shape[at: 1], indices.count)
        let output = try Tensor(uninitialized: [number, columns], on: device)
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

    /// Elements of the axis at `place` by indices that are replaced between the steps of a recording: every row is
    /// gathered by its own.
    private func gatheredByRows(_ indices: IndexTensor, _ place: Int) throws -> Tensor {
        let (outer, size, inner) = shape.around(place)
        let chosen = indices.shape[at: place]
        let rows = try view(of: [outer, size, inner]).transposed(1, 2)
        let numbers = try device.allocate(indices.count).slice
        try device.copyStrided(
            input: indices.slice, output: numbers, .permuted([outer, chosen, inner], [0, 2, 1]))
        let parts = try (0..<outer * inner).map { row in
            let own = IndexTensor(
                shape: [chosen], slice: try numbers.part(from: row * chosen, count: chosen),
                contents: indices.contents)
            return try rows.view(of: [outer * inner, size]).slice(place: 0, row..<row + 1)
                .view(of: [size, 1]).gatheredRows(own).view(of: [1, chosen])
        }
        guard !parts.isEmpty else { return try Tensor([], shape: indices.shape, on: device) }
        return try Tensor.concatenate(parts).view(of: [outer, inner, chosen]).transposed(1, 2)
            .view(of: indices.shape)
    }
}
