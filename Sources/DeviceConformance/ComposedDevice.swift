import TandemBasics
public import TandemDevices

/// The twin of `device` whose fused operations are the default implementations made of the device's primitives.
///
/// It serves to test the defaults, and fused operations against them. Buffers belong to `device` itself.
public func composed(_ device: any Device) -> any Device {
    ComposedDevice(device)
}

/// Forwards the primitives to another device and inherits everything else.
private final class ComposedDevice: Device {
    private let base: any Device

    init(_ base: any Device) {
        self.base = base
    }

    var name: String { "\(base.name), fused operations composed" }
    var identifier: String { base.identifier }
    var kind: DeviceKind { base.kind }
    var memoryBytes: Int { base.memoryBytes }
    var poolStatistics: PoolStatistics { base.poolStatistics }

    func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        try base.allocate(count)
    }

    func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        try base.upload(source, to: destination)
    }

    func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        try base.download(source, to: destination)
    }

    func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        try base.fill(output, value: value)
    }

    func synchronize() throws(DeviceError) { try base.synchronize() }

    func trimPool() { base.trimPool() }

    func unary(_ operation: UnaryOperation, input: BufferSlice, output: BufferSlice)
        throws(DeviceError)
    {
        try base.unary(operation, input: input, output: output)
    }

    func unaryBackward(
        _ operation: UnaryOperation, input: BufferSlice, output: BufferSlice,
        outputGradient: BufferSlice, inputGradient: BufferSlice
    ) throws(DeviceError) {
        try base.unaryBackward(
            operation, input: input, output: output, outputGradient: outputGradient,
            inputGradient: inputGradient)
    }

    func binary(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice
    ) throws(DeviceError) {
        try base.binary(operation, left: left, right: right, output: output)
    }

    func binaryBroadcast(
        _ operation: BinaryOperation, left: BufferSlice, right: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        try base.binaryBroadcast(operation, left: left, right: right, output: output, shape)
    }

    func select(
        condition: BufferSlice, ifTrue: BufferSlice, ifFalse: BufferSlice, output: BufferSlice,
        _ shape: StridedShape
    ) throws(DeviceError) {
        try base.select(
            condition: condition, ifTrue: ifTrue, ifFalse: ifFalse, output: output, shape)
    }

    func affine(input: BufferSlice, output: BufferSlice, scale: Float, offset: Float)
        throws(DeviceError)
    {
        try base.affine(input: input, output: output, scale: scale, offset: offset)
    }

    func axpy(alpha: Float, x: BufferSlice, y: BufferSlice) throws(DeviceError) {
        try base.axpy(alpha: alpha, x: x, y: y)
    }

    func copy(
        _ source: Region, to destination: Region, rows: Int, columns: Int, accumulate: Bool
    ) throws(DeviceError) {
        try base.copy(
            source, to: destination, rows: rows, columns: columns, accumulate: accumulate)
    }

    func copyStrided(input: BufferSlice, output: BufferSlice, _ shape: StridedShape)
        throws(DeviceError)
    {
        try base.copyStrided(input: input, output: output, shape)
    }

    func gatherRows(
        table: BufferSlice, indices: BufferSlice, output: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        try base.gatherRows(
            table: table, indices: indices, output: output, count: count, columns: columns,
            tableRows: tableRows)
    }

    func scatterAddRows(
        rows: BufferSlice, indices: BufferSlice, table: BufferSlice, count: Int, columns: Int,
        tableRows: Int
    ) throws(DeviceError) {
        try base.scatterAddRows(
            rows: rows, indices: indices, table: table, count: count, columns: columns,
            tableRows: tableRows)
    }

    func reduce(
        _ operation: ReductionOperation, input: BufferSlice, output: BufferSlice, outer: Int,
        count: Int, inner: Int, scale: Float, accumulate: Bool
    ) throws(DeviceError) {
        try base.reduce(
            operation, input: input, output: output, outer: outer, count: count, inner: inner,
            scale: scale, accumulate: accumulate)
    }

    func argumentReduce(
        _ extreme: Extreme, input: BufferSlice, output: BufferSlice, outer: Int, count: Int,
        inner: Int
    ) throws(DeviceError) {
        try base.argumentReduce(
            extreme, input: input, output: output, outer: outer, count: count, inner: inner)
    }

    func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        try base.matmul(left: left, right: right, bias: bias, output: output, parameters)
    }

    func dropout(
        input: BufferSlice, output: BufferSlice, probability: Float, stream: RandomStream
    ) throws(DeviceError) {
        try base.dropout(input: input, output: output, probability: probability, stream: stream)
    }

    func randomUniform(_ output: BufferSlice, stream: RandomStream) throws(DeviceError) {
        try base.randomUniform(output, stream: stream)
    }
}
