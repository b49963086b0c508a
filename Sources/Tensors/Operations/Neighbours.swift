public import TandemDevices

/// Which cells are neighbours of which, on a device.
///
/// Every cell has the same number of places for neighbours; a place may be empty. A cell may be its own neighbour, and a
/// neighbour in several places.
public struct NeighbourTable: Sendable {
    /// Number of cells, V.
    public let cells: Int
    /// Places for neighbours that every cell has, n.
    public let neighbours: Int

    /// `[V, n]`; -1 where there is no neighbour.
    let table: IndexTensor
    /// The table read backwards, as `Device.neighboursBackward` takes it: `[V, m]`.
    let readers: IndexTensor

    /// The neighbours of every cell by number, `nil` in empty places.
    ///
    /// Throws when the cells have different numbers of places, and when a number is none of a cell.
    public init(_ neighbours: [[Int?]], on device: any Device) throws {
        cells = neighbours.count
        self.neighbours = neighbours.first?.count ?? 0
        let places = cells.multipliedReportingOverflow(by: self.neighbours + 1)
        guard !places.overflow, places.partialValue <= Int(Int32.max) else {
            throw Self.problem(
                "\(cells) cells with \(self.neighbours) neighbours each are more than 32 bits count"
            )
        }
        var readers = [[Int32]](repeating: [], count: cells)
        for (cell, places) in neighbours.enumerated() {
            guard places.count == self.neighbours else {
                throw Self.problem(
                    "cell \(cell) has \(places.count) places for neighbours, cell 0 "
                        + "\(self.neighbours); give every cell the same number")
            }
            for (place, other) in places.enumerated() {
                guard let other else { continue }
                guard readers.indices.contains(other) else {
                    throw Self.problem(
                        "neighbour \(place) of cell \(cell) is \(other), but the cells are "
                            + "numbered from 0 to \(cells - 1)")
                }
                readers[other].append(Int32(cell * (self.neighbours + 1) + place + 1))
            }
        }
        let most = readers.map(\.count).max() ?? 0
        table = try IndexTensor(
            neighbours.flatMap { $0.map { $0.map(Int32.init) ?? -1 } },
            shape: [cells, self.neighbours], on: device)
        self.readers = try IndexTensor(
            readers.flatMap { $0 + [Int32](repeating: -1, count: most - $0.count) },
            shape: [cells, most], on: device)
    }

    private static func problem(_ detail: String) -> TensorError {
        .invalidArgument(operation: "NeighbourTable", detail: detail)
    }
}

extension Tensor {
    /// The states of cells with those of their neighbours side by side, and something of each cell's own.
    ///
    /// This tensor holds the states, `[B, V, C]`, `extra` `[B, V, g]`. The result has a row `[own state | neighbour 0 | ... | neighbour
    /// n - 1 | extra]` per cell: `[B, V, (n + 1) * C + g]`, zeros in empty places. A linear layer over it is a convolution
    /// over any neighbourhood. Gradients are collected in a fixed order. Throws when the shapes, devices or tapes do not fit.
    public func withNeighbours(_ table: NeighbourTable, extra: Tensor? = nil) throws -> Tensor {
        let device = try Self.commonDevice("withNeighbours", self, extra)
        try Self.requireDevice("withNeighbours", device, of: table.table.slice)
        let tape = try Self.commonTape("withNeighbours", [self] + (extra.map { [$0] } ?? []))
        let sizes = try neighbourShape(table, extra)
        let output = try Tensor(
            uninitialized: [sizes.batch, sizes.cells, sizes.width], on: device)
        if output.count > 0 {
            try device.neighbours(
                states: slice, extra: extra?.slice, table: table.table.slice,
                output: output.slice, sizes)
        }
        guard let tape else { return output }
        let (shapes, indices) = (
            [shape, extra?.shape], [node?.index, extra?.node?.index]
        )
        return tape.record(output) { gradient, tape in
            let results = try shapes.map { shape in
                try shape.map { try Tensor(uninitialized: $0, on: device) }
            }
            guard let states = results[0], gradient.count > 0 else { return }
            try device.neighboursBackward(
                outputGradient: gradient.slice, readers: table.readers.slice,
                readersPerCell: table.readers.shape[at: 1], statesGradient: states.slice,
                extraGradient: results[1]?.slice, sizes)
            for case (let index?, let result?) in zip(indices, results) {
                try tape.add(result, to: index, owned: true)
            }
        }
    }

    private func neighbourShape(_ table: NeighbourTable, _ extra: Tensor?) throws -> NeighbourShape
    {
        guard shape.rank == 3, shape[at: 1] == table.cells,
            extra.map({ $0.shape.rank == 3 && $0.shape.dimensions[..<2] == shape.dimensions[..<2] })
                ?? true
        else {
            throw TensorError.shapeMismatch(
                operation: "withNeighbours", shapes: [shape] + (extra.map { [$0.shape] } ?? []),
                advice: "states [B, \(table.cells), C] and extra [B, \(table.cells), g] are needed")
        }
        return NeighbourShape(
            batch: shape[at: 0], cells: table.cells, channels: shape[at: 2],
            neighbours: table.neighbours, extra: extra?.shape[at: 2] ?? 0)
    }
}
