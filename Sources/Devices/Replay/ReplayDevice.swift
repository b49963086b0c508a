import TandemBasics

/// A device that can record the operations of a step and issue them again without the work around them.
///
/// A training step issues the same operations on the same memory thousands of times. Building tensors and the tape, checking
/// shapes and taking memory from the pool need to be done once only: `record` runs a step as usual and keeps its operations
/// on the base device, `DeviceRecording.replay` issues them again. Outside a recording every operation goes straight to the base
/// device.
///
/// What the host decides from values it has read would be frozen in a recording, and what it uploads would be lost, so both
/// throw `notRecordable` there. Random numbers follow the pass: a recording keeps `PassStream`s.
public final class ReplayDevice: Device {
    /// The device that does the work.
    public let base: any Device

    /// Not guarded by a lock, because one thread at a time issues work to a device.
    nonisolated(unsafe) private var recorder: Recorder?

    /// Puts recording before `base`; buffers of `base` itself cannot be used with it.
    public init(_ base: any Device) {
        self.base = base
    }

    /// The base device's name.
    public var name: String { base.name }
    /// The base device's identifier.
    public var identifier: String { base.identifier }
    /// The base device's kind.
    public var kind: DeviceKind { base.kind }
    /// The base device's memory.
    public var memoryBytes: Int { base.memoryBytes }
    /// The counters of the base device's pool; memory of recordings counts as live.
    public var poolStatistics: PoolStatistics { base.poolStatistics }

    /// Releases memory that the base device's pool keeps for reuse; that of recordings stays.
    public func trimPool() { base.trimPool() }

    /// Whether a recording is going on.
    public var isRecording: Bool { recorder != nil }

    /// Runs `body`, as it would run without recording, and returns the operations that it issued to this device.
    ///
    /// `body` may allocate and release memory; memory from before and what is still referred to afterwards is written again by
    /// every replay. Random streams must be those of pass number `pass`. Throws what `body` throws, and `notRecordable` for
    /// transfers, optimiser steps, foreign random streams and a recording inside a recording; nothing is kept then.
    public func record(pass: Int, _ body: () throws -> Void) throws -> DeviceRecording {
        try refuseWhileRecording("a recording", "it lies inside another one; end that first")
        let recorder = Recorder(pass: pass)
        self.recorder = recorder
        defer { self.recorder = nil }
        try body()
        return DeviceRecording(recorder.operations)
    }

    /// Issues an operation on the base device and, in a recording, keeps it.
    func issue(_ operation: @escaping RecordedOperation.Body) throws(DeviceError) {
        guard let recorder else { return try operation(0) }
        try recorder.run(operation)
    }

    /// Issues an operation that draws from `stream`, which in a recording must belong to its pass.
    func issue(
        _ name: StaticString, drawing stream: RandomStream,
        _ operation: @escaping (RandomStream) throws(DeviceError) -> Void
    ) throws(DeviceError) {
        guard let recorder else { return try operation(stream) }
        guard let relative = PassStream(stream, pass: recorder.pass) else {
            throw .notRecordable(
                operation: "\(name)",
                reason: "its random stream \(stream.identifier) does not belong to pass "
                    + "\(recorder.pass), so a later pass would draw the same numbers; take it "
                    + "from ForwardContext.nextDropoutStream()")
        }
        try recorder.run { (pass) throws(DeviceError) in
            try operation(relative.stream(pass: pass))
        }
    }

    func refuseWhileRecording(_ operation: StaticString, _ reason: @autoclosure () -> String)
        throws(DeviceError)
    {
        guard recorder == nil else {
            throw .notRecordable(operation: "\(operation)", reason: reason())
        }
    }

    /// The same elements in memory of the base device.
    func mapped(_ slice: BufferSlice, _ operation: StaticString) throws(DeviceError) -> BufferSlice
    {
        guard let buffer = slice.buffer as? ReplayBuffer, buffer.device === self else {
            throw .foreignBuffer(
                operation: "\(operation)", expected: name, found: slice.buffer.device.name)
        }
        return BufferSlice(buffer: buffer.base, offset: slice.offset, count: slice.count)
    }

    /// The same elements in memory of the base device, or `nil` when there are none.
    func optionalMapped(_ slice: BufferSlice?, _ operation: StaticString) throws(DeviceError)
        -> BufferSlice?
    {
        guard let slice else { return nil }
        return try mapped(slice, operation)
    }
}

extension ReplayDevice {
    /// Takes memory of the base device; in a recording, first what the recording itself has released.
    public func allocate(_ count: Int) throws(DeviceError) -> DeviceBuffer {
        let memory = recorder?.memory
        let buffer =
            if let released = memory?.take(count) { released } else { try base.allocate(count) }
        return ReplayBuffer(buffer, count: count, device: self, memory: memory)
    }

    /// Copies host memory into a buffer; throws `notRecordable` in a recording.
    public func upload(_ source: UnsafeRawBufferPointer, to destination: BufferSlice)
        throws(DeviceError)
    {
        try refuseWhileRecording(
            "upload",
            "the values from the host would be the same at every replay; upload them to fixed "
                + "memory before the step, or make a constant with Tensor(repeating:)")
        try base.upload(source, to: mapped(destination, "upload"))
    }

    /// Copies a buffer into host memory; throws `notRecordable` in a recording.
    public func download(_ source: BufferSlice, to destination: UnsafeMutableRawBufferPointer)
        throws(DeviceError)
    {
        try refuseWhileRecording(
            "download",
            "what the host decides from the values would be the same at every replay; read them "
                + "after the step")
        try base.download(mapped(source, "download"), to: destination)
    }

    /// Sets every element.
    public func fill(_ output: BufferSlice, value: Float) throws(DeviceError) {
        let (base, y) = (base, try mapped(output, "fill"))
        try issue { (_) throws(DeviceError) in try base.fill(y, value: value) }
    }

    /// Waits for the base device; not part of a recording, because waiting changes no result.
    public func synchronize() throws(DeviceError) { try base.synchronize() }
}
