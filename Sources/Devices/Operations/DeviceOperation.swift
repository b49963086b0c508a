package import TandemBasics

/// The operations of a device with their operands, as values: what `Device.issue` checks, what a recording keeps, and what a
/// device runs.
///
/// Each stands beside the method that issues it, for example `DeviceOperation.Matmul` beside `Device.matmul`; only those
/// methods make them, so an operation's slices and sizes have been checked when a device sees it.
public enum DeviceOperation {}

/// The operands of one operation.
package protocol OperationPayload: Equatable, Sendable {
    /// Whether its constants are others at every step, so that a recording cannot keep it.
    static var changesWithTheStep: Bool { get }

    /// Floating-point operations of the arithmetic, a function of one element counted as one; moving elements counts nothing.
    var floatingPointOperations: Int { get }

    /// Hands every slice to `operands` with the number of elements that the operation touches in it.
    mutating func check(_ operands: Operands) throws(DeviceError)

    /// Runs the operation.
    func run(on device: some Device) throws(DeviceError)
}

extension OperationPayload {
    package static var changesWithTheStep: Bool { false }
    package var floatingPointOperations: Int { 0 }

    /// The operation's name, that of the method which issues it: the type's with its first word in small letters.
    static var name: String {
        let type = "\(Self.self)"
        let capitals = type.prefix(while: \.isUppercase).count
        // The last of several capitals begins the second word: `rmsNorm` issues `RMSNorm`, `sgd` issues `SGD`.
        let first = capitals == type.count ? capitals : max(capitals - 1, 1)
        return type.prefix(first).lowercased() + type.dropFirst(first)
    }
}

/// The operands of an operation that draws random numbers.
package protocol RandomPayload: OperationPayload {
    /// The numbers that it draws.
    var stream: RandomStream { get set }
}

extension Device {
    /// Checks an operation and runs it: the way of every operation to a device.
    ///
    /// Throws `foreignBuffer` for memory of another device and `invalidArgument` for sizes that do not fit. While the calling
    /// thread records, the operation becomes part of the recording.
    package func issue<Payload: OperationPayload>(_ payload: Payload) throws(DeviceError) {
        var payload = payload
        guard let recorder = Recorder.current else {
            try payload.check(Operands(device: self, operation: Payload.self, isRecorded: false))
            return try payload.run(on: self)
        }
        try payload.check(Operands(device: self, operation: Payload.self, isRecorded: true))
        try recorder.run(payload, on: self)
    }
}

/// Checks the slices of one operation before it reaches a device: whose memory it is, and whether it is large enough.
package struct Operands {
    let device: any Device
    let operation: any OperationPayload.Type
    /// A recording keeps the buffers that last as long as itself instead of those that a step takes and releases.
    let isRecorded: Bool

    /// Checks that `slice` belongs to the device and holds at least `count` elements.
    func take(_ slice: inout BufferSlice, _ label: StaticString, _ count: Int) throws(DeviceError) {
        try device.requireOwn(slice, operation.name)
        guard slice.count >= count, count >= 0 else {
            throw .invalidArgument(
                operation: operation.name,
                detail: "\(label) holds \(slice.count) elements where the sizes ask for \(count)")
        }
        if isRecorded, let original = slice.buffer.original {
            slice = BufferSlice(unchecked: original, offset: slice.offset, count: slice.count)
        }
    }

    /// Checks two slices of `count` elements.
    func take(
        _ first: inout BufferSlice, _ firstLabel: StaticString, _ second: inout BufferSlice,
        _ secondLabel: StaticString, _ count: Int
    ) throws(DeviceError) {
        try take(&first, firstLabel, count)
        try take(&second, secondLabel, count)
    }

    /// As for a slice that is there; none is in order.
    func take(_ slice: inout BufferSlice?, _ label: StaticString, _ count: Int) throws(DeviceError)
    {
        guard var present = slice else { return }
        try take(&present, label, count)
        slice = present
    }

    /// Checks the memory of a strided matrix.
    func take(_ region: inout Region, _ label: StaticString, rows: Int, columns: Int)
        throws(DeviceError)
    {
        try take(&region.slice, label, 0)
        guard try elements(rows, columns) > 0 else { return }
        let (before, overflow) = (rows - 1).multipliedReportingOverflow(by: region.rowStride)
        let room = region.slice.count - columns
        guard !overflow, region.start >= 0, region.rowStride >= 0, room >= before,
            region.start <= room - before
        else {
            throw .invalidArgument(
                operation: operation.name,
                detail: "\(rows) rows of \(columns) elements, from \(region.start) with stride "
                    + "\(region.rowStride), leave the \(region.slice.count) elements of \(label)")
        }
    }

    /// Checks the memory of a contiguous result.
    func take(_ slice: inout BufferSlice, _ label: StaticString, _ shape: StridedShape)
        throws(DeviceError)
    {
        var count = 1
        for axis in 0..<shape.rank { count = try elements(count, shape.sizes[axis]) }
        try take(&slice, label, count)
    }

    /// Checks the memory that an operand laid over a result reaches.
    func take(
        _ slice: inout BufferSlice, _ label: StaticString, _ shape: StridedShape, operand: Int
    ) throws(DeviceError) {
        let strides = shape.strides(operand)
        var last = 0
        for axis in 0..<shape.rank {
            guard shape.sizes[axis] > 0 else { return try take(&slice, label, 0) }
            let reach = try elements(shape.sizes[axis] - 1, strides[axis])
            let (sum, overflows) = last.addingReportingOverflow(reach)
            last = overflows ? .max - 1 : sum
        }
        try take(&slice, label, last + 1)
    }

    /// Checks the arrays of a recurrent layer.
    func take(
        _ weights: inout RecurrentWeights, _ label: StaticString, _ shape: RecurrentShape,
        gates: Int
    ) throws(DeviceError) {
        try take(&weights.inputWeight, label, try elements(gates, shape.hidden, shape.input))
        try take(&weights.hiddenWeight, label, try elements(gates, shape.hidden, shape.hidden))
        try take(&weights.inputBias, label, try elements(gates, shape.hidden))
        try take(&weights.hiddenBias, label, try elements(gates, shape.hidden))
    }

    /// Checks that all segments lie within `count` elements.
    func check(_ segments: [ParameterSegment], within count: Int) throws(DeviceError) {
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for index in segments.indices {
            let segment = segments[index]
            guard segment.start >= 0, segment.count >= 0, segment.start <= count,
                segment.count <= count - segment.start
            else {
                throw .invalidArgument(
                    operation: operation.name,
                    detail: "a segment of \(segment.count) elements from \(segment.start) leaves "
                        + "the \(count) parameters")
            }
        }
    }

    /// The number of elements of an array with these sizes; throws `invalidArgument` for negative or impossible ones.
    func elements(_ first: Int, _ second: Int, _ third: Int = 1, _ fourth: Int = 1)
        throws(DeviceError) -> Int
    {
        let (left, leftOverflows) = first.multipliedReportingOverflow(by: second)
        let (right, rightOverflows) = third.multipliedReportingOverflow(by: fourth)
        let (count, overflows) = left.multipliedReportingOverflow(by: right)
        guard first | second | third | fourth >= 0, !leftOverflows, !rightOverflows, !overflows
        else {
            throw .invalidArgument(
                operation: operation.name,
                detail: "sizes \(first) x \(second) x \(third) x \(fourth) are impossible")
        }
        return count
    }
}

extension Device {
    /// Throws `foreignBuffer` unless the memory of `slice` is this device's.
    func requireOwn(_ slice: BufferSlice, _ operation: @autoclosure () -> String)
        throws(DeviceError)
    {
        guard slice.buffer.device !== self else { return }
        throw .foreignBuffer(
            operation: operation(), expected: name, found: slice.buffer.device.name)
    }
}

extension Int {
    /// How many parts of `size` this number fills, the last of them perhaps not whole.
    func parts(of size: Int) -> Int { (self + size - 1) / size }
}
