/// The sizes of an operation on cells and their neighbours.
public struct NeighbourShape: Sendable, Hashable {
    /// Independent sets of cells.
    public var batch: Int
    /// Cells of a set, V.
    public var cells: Int
    /// Elements of a cell's state, C.
    public var channels: Int
    /// Places for neighbours that every cell has, n.
    public var neighbours: Int
    /// Elements that a cell has besides its state, g; may be 0.
    public var extra: Int

    /// Cells of the given sizes.
    public init(batch: Int, cells: Int, channels: Int, neighbours: Int, extra: Int) {
        self.batch = batch
        self.cells = cells
        self.channels = channels
        self.neighbours = neighbours
        self.extra = extra
    }

    /// Elements of a row of the result: `(n + 1) * C + g`.
    public var width: Int { (neighbours + 1) * channels + extra }

    /// Rows of the result.
    var rows: Int { batch * cells }
}

extension DeviceOperation {
    /// The operands of `Device.neighbours`.
    public struct Neighbours: OperationPayload {
        package var states: BufferSlice
        package var extra: BufferSlice?
        package var table, output: BufferSlice
        package let shape: NeighbourShape

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let sizes = try operands.sizes(shape, hasExtra: extra != nil)
            try operands.take(&states, "states", sizes.states)
            try operands.take(&extra, "extra", sizes.extra)
            try operands.take(&table, "table", sizes.table)
            try operands.take(&output, "output", sizes.rows)
        }
    }

    /// The operands of `Device.neighboursBackward`.
    public struct NeighboursBackward: OperationPayload {
        package var outputGradient, readers, statesGradient: BufferSlice
        package var extraGradient: BufferSlice?
        package let readersPerCell: Int
        package let shape: NeighbourShape

        package var floatingPointOperations: Int { shape.rows * shape.channels * readersPerCell }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let sizes = try operands.sizes(shape, hasExtra: extraGradient != nil)
            try operands.take(&outputGradient, "outputGradient", sizes.rows)
            try operands.take(
                &readers, "readers", try operands.elements(shape.cells, readersPerCell))
            try operands.take(&statesGradient, "statesGradient", sizes.states)
            try operands.take(&extraGradient, "extraGradient", sizes.extra)
        }
    }
}

extension Operands {
    /// Elements of the states, of what is beside them, of the table and of the rows.
    fileprivate func sizes(_ shape: NeighbourShape, hasExtra: Bool) throws(DeviceError)
        -> (states: Int, extra: Int, table: Int, rows: Int)
    {
        let sizes = [shape.batch, shape.cells, shape.channels, shape.neighbours, shape.extra]
        // Kernels count the places of a set, and the elements of a row, in 32 bits.
        guard sizes.allSatisfy({ 0..<Int(Int32.max) ~= $0 }), shape.width <= Int(Int32.max),
            shape.cells * (shape.neighbours + 1) <= Int(Int32.max)
        else {
            throw .invalidArgument(
                operation: operation.name, detail: "the sizes \(sizes) are impossible")
        }
        guard shape.extra == 0 || hasExtra else {
            throw .invalidArgument(
                operation: operation.name,
                detail: "the shape has \(shape.extra) elements besides the state, but there is "
                    + "no array of them")
        }
        let rows = try elements(shape.batch, shape.cells)
        return (
            try elements(rows, shape.channels), try elements(rows, shape.extra),
            try elements(shape.cells, shape.neighbours), try elements(rows, shape.width)
        )
    }
}

/// What cells know of each other, side by side.
///
/// Primitives: every device implements them. Inputs and outputs do not overlap.
extension Device {
    /// For each set and cell one row: `[own state | state of neighbour 0 | ... | state of neighbour n - 1 | extra]`.
    ///
    /// states `[batch, V, C]`, extra `[batch, V, g]` (`nil` when g is 0), output `[batch, V, (n + 1) * C + g]`; table `Int32
    /// [V, n]` names the neighbours by number, the same in every set. A number that is none of a cell leaves zeros in
    /// its place.
    public func neighbours(
        states: BufferSlice, extra: BufferSlice?, table: BufferSlice, output: BufferSlice,
        _ shape: NeighbourShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Neighbours(
                states: states, extra: extra, table: table, output: output, shape: shape))
    }

    /// Gradients of `neighbours`; overwrites `statesGradient` and `extraGradient`.
    ///
    /// `readers`, `Int32 [V, m]`, is the table read backwards: for each cell the places `v * (n + 1) + k + 1` where cell v has it as
    /// neighbour k, any other number where there are fewer than m. They are added in their order to the cell's own part.
    public func neighboursBackward(
        outputGradient: BufferSlice, readers: BufferSlice, readersPerCell: Int,
        statesGradient: BufferSlice, extraGradient: BufferSlice?, _ shape: NeighbourShape
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.NeighboursBackward(
                outputGradient: outputGradient, readers: readers, statesGradient: statesGradient,
                extraGradient: extraGradient, readersPerCell: readersPerCell, shape: shape))
    }
}
