public import TandemBasics

extension ReplayDevice {
    /// Forwarded to the base device.
    public func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        let (base, x, y) = (base, try mapped(input, "unary"), try mapped(output, "unary"))
        try issue { (_) throws(DeviceError) in try base.unary(operation, input: x, output: y) }
    }

    /// Forwarded to the base device.
    public func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        let (base, name) = (base, "unaryBackward" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        let (dy, dx) = (try mapped(outputGradient, name), try mapped(inputGradient, name))
        try issue { (_) throws(DeviceError) in
            try base.unaryBackward(
                operation, input: x, output: y, outputGradient: dy, inputGradient: dx)
        }
    }

    /// Forwarded to the base device.
    public func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "binary"))
        let (a, b) = (try mapped(left, "binary"), try mapped(right, "binary"))
        try issue { (_) throws(DeviceError) in
            try base.binary(operation, left: a, right: b, output: y)
        }
    }

    /// Forwarded to the base device.
    public func binaryBroadcast(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "binaryBroadcast"))
        let a = try mapped(left, "binaryBroadcast")
        let b = try mapped(right, "binaryBroadcast")
        try issue { (_) throws(DeviceError) in
            try base.binaryBroadcast(operation, left: a, right: b, output: y, shape)
        }
    }

    /// Forwarded to the base device.
    public func select(
        condition: BufferSlice, ifTrue: BufferSlice, ifFalse: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "select"))
        let c = try mapped(condition, "select")
        let (yes, no) = (try mapped(ifTrue, "select"), try mapped(ifFalse, "select"))
        try issue { (_) throws(DeviceError) in
            try base.select(condition: c, ifTrue: yes, ifFalse: no, output: y, shape)
        }
    }

    /// Forwarded to the base device.
    public func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        let (base, x, y) = (base, try mapped(input, "affine"), try mapped(output, "affine"))
        try issue { (_) throws(DeviceError) in
            try base.affine(input: x, output: y, scale: scale, offset: offset)
        }
    }

    /// Forwarded to the base device.
    public func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        let (base, source, target) = (base, try mapped(x, "axpy"), try mapped(y, "axpy"))
        try issue { (_) throws(DeviceError) in try base.axpy(alpha: alpha, x: source, y: target) }
    }

    /// Forwarded to the base device.
    public func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        let base = base
        var (from, to) = (source, destination)
        from.slice = try mapped(source.slice, "copy")
        to.slice = try mapped(destination.slice, "copy")
        try issue { [from, to] (_) throws(DeviceError) in
            try base.copy(from, to: to, rows: rows, columns: columns, accumulate: accumulate)
        }
    }

    /// Forwarded to the base device.
    public func copyStrided(input: BufferSlice, output: BufferSlice, _ shape: StridedShape)
        throws(DeviceError)
    {
        let (base, name) = (base, "copyStrided" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        try issue { (_) throws(DeviceError) in
            try base.copyStrided(input: x, output: y, shape)
        }
    }

    /// Forwarded to the base device.
    public func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (base, source) = (base, try mapped(table, "gatherRows"))
        let (chosen, y) = (try mapped(indices, "gatherRows"), try mapped(output, "gatherRows"))
        try issue { (_) throws(DeviceError) in
            try base.gatherRows(
                table: source, indices: chosen, output: y, count: count, columns: columns,
                tableRows: tableRows)
        }
    }

    /// Forwarded to the base device.
    public func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        let (base, source) = (base, try mapped(rows, "scatterAddRows"))
        let chosen = try mapped(indices, "scatterAddRows")
        let target = try mapped(table, "scatterAddRows")
        try issue { (_) throws(DeviceError) in
            try base.scatterAddRows(
                rows: source, indices: chosen, table: target, count: count, columns: columns,
                tableRows: tableRows)
        }
    }

    /// Forwarded to the base device.
    public func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, outer: Int,
        count: Int, inner: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        let (base, x, y) = (base, try mapped(input, "reduce"), try mapped(output, "reduce"))
        try issue { (_) throws(DeviceError) in
            try base.reduce(
                operation, input: x, output: y, outer: outer, count: count, inner: inner,
                scale: scale, accumulate: accumulate)
        }
    }

    /// Forwarded to the base device.
    public func argumentReduce(
        _ extreme: Extreme, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        let (base, name) = (base, "argumentReduce" as StaticString)
        let (x, y) = (try mapped(input, name), try mapped(output, name))
        try issue { (_) throws(DeviceError) in
            try base.argumentReduce(
                extreme, input: x, output: y, outer: outer, count: count, inner: inner)
        }
    }

    /// Forwarded to the base device.
    public func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        let (base, a, b) = (base, try mapped(left, "matmul"), try mapped(right, "matmul"))
        let (c, y) = (try optionalMapped(bias, "matmul"), try mapped(output, "matmul"))
        try issue { (_) throws(DeviceError) in
            try base.matmul(left: a, right: b, bias: c, output: y, parameters)
        }
    }

    /// Forwarded to the base device; a recording draws the numbers of the pass that it is replayed for.
    public func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        let (base, x, y) = (base, try mapped(input, "dropout"), try mapped(output, "dropout"))
        try issue("dropout", drawing: stream) { (stream) throws(DeviceError) in
            try base.dropout(input: x, output: y, probability: probability, stream: stream)
        }
    }

    /// Forwarded to the base device; a recording draws the numbers of the pass that it is replayed for.
    public func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "randomUniform"))
        try issue("randomUniform", drawing: stream) { (stream) throws(DeviceError) in
            try base.randomUniform(y, stream: stream)
        }
    }
}
