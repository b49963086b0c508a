import TandemBasics

/// The device operations of one step in their order, made by `Device.record` and ready to be issued again.
///
/// A training step issues the same operations on the same memory thousands of times. Building tensors and the tape, checking
/// shapes and taking memory from the pool need to be done once only.
///
/// It keeps all memory that the operations use: its own intermediate results, which no other work shares, and the memory
/// that was there before. Issuing it allocates nothing.
public final class DeviceRecording {
    private let device: any Device
    let operations: [RecordedOperation]
    /// The memory that the step asked for, in the order of its requests.
    let buffers: [DeviceBuffer]

    init(_ recorder: Recorder) {
        device = recorder.device
        operations = recorder.operations
        buffers = recorder.buffers
    }

    /// Number of recorded operations.
    public var count: Int { operations.count }

    /// Floating-point operations of one replay: those of the arithmetic, a function of one element counted as one.
    public var floatingPointOperations: Int {
        operations.reduce(0) { $0 + $1.payload.floatingPointOperations }
    }

    /// Issues all operations again, with the random numbers of pass number `pass`.
    ///
    /// Reads and writes the same memory as when it was recorded, so what differs from step to step must have been written
    /// there before. The result equals that of issuing the operations anew, to the bit.
    public func replay(pass: Int) throws(DeviceError) {
        try Recorder.refuse("a replay", "it lies inside a recording; issue the operations instead")
        // By index: an iterator over an array takes heap memory in unoptimised builds.
        for place in 0..<operations.count {
            try operations[place].run(on: device, pass: pass)
        }
    }

    /// Runs `body`, as it would run without recording, and compares the operations that it issues with the recorded ones.
    ///
    /// Throws `recordingDiffers` at the first operation or request for memory that is another one than when the recording was
    /// made, otherwise what `body` throws. The results stand in the recording's memory, as after a replay.
    public func verify(pass: Int, _ body: () throws -> Void) throws {
        let recorder = Recorder(device, pass: pass, expected: self)
        do {
            try recorder.record(body)
        } catch {
            throw recorder.difference ?? error
        }
        try recorder.requireEqual()
    }
}

extension DeviceRecording: CustomStringConvertible {
    /// The operations, one on each line: its number, name and options, and for each array its buffer and the elements used of it.
    ///
    /// Buffers that belong to the recording are `%1`, `%2` and so on, others `@1`, `@2`.
    public var description: String {
        let names = BufferNames(buffers)
        return operations.enumerated().map { number, operation in
            "\(number + 1): \(operation.described(names))"
        }.joined(separator: "\n")
    }
}

/// Names of buffers in a text: `%` and a number for memory of a recording, `@` and a number for all other.
final class BufferNames {
    private var names: [ObjectIdentifier: String] = [:]
    private var outside = 0

    init(_ buffers: [DeviceBuffer]) {
        for buffer in buffers where names[ObjectIdentifier(buffer)] == nil {
            names[ObjectIdentifier(buffer)] = "%\(names.count + 1)"
        }
    }

    subscript(buffer: DeviceBuffer) -> String {
        if let known = names[ObjectIdentifier(buffer)] { return known }
        outside += 1
        names[ObjectIdentifier(buffer)] = "@\(outside)"
        return "@\(outside)"
    }
}

extension Device {
    /// Runs `body`, as it would run without recording, and returns the operations that it issued to this device.
    ///
    /// `body` may allocate and release memory; memory from before and what is still referred to afterwards is written again by
    /// every replay. Random streams must be those of pass number `pass`. Recording concerns the calling thread alone. Throws what
    /// `body` throws, and `notRecordable` for what a replay would freeze or lose: transfers, optimiser steps, foreign random
    /// streams, operations of another device and a recording inside a recording; nothing is kept then.
    public func record(pass: Int, _ body: () throws -> Void) throws -> DeviceRecording {
        let recorder = Recorder(self, pass: pass)
        try recorder.record(body)
        return DeviceRecording(recorder)
    }
}

extension Recorder {
    /// Runs `body` and gathers what it issues.
    func record(_ body: () throws -> Void) throws {
        try Self.refuse("a recording", "it lies inside another one; end that first")
        try whileCurrent(body)
    }
}

/// One operation of a recording.
///
/// A class, because operations that stand in an array themselves are copied, with all their references, whenever they are run.
class RecordedOperation {
    /// The operands; a random operation has those of pass number 0.
    var payload: any OperationPayload { preconditionFailure("every subclass has operands") }

    /// Runs the operation as part of pass number `pass`.
    func run(on device: any Device, pass: Int) throws(DeviceError) {}

    /// The operation to keep for `payload` in pass number `pass`; throws `notRecordable` for what a replay would do wrongly.
    static func of<Payload: OperationPayload>(_ payload: Payload, pass: Int) throws(DeviceError)
        -> RecordedOperation
    {
        if Payload.changesWithTheStep {
            throw .notRecordable(
                operation: Payload.name,
                reason: "its constants change with the number of the step; take the optimiser's "
                    + "step after the recording")
        }
        if let random = payload as? any RandomPayload { return try drawing(random, pass: pass) }
        return PlainRecordedOperation(payload)
    }

    private static func drawing<Payload: RandomPayload>(_ payload: Payload, pass: Int)
        throws(DeviceError) -> RecordedOperation
    {
        guard let stream = PassStream(payload.stream, pass: pass) else {
            throw .notRecordable(
                operation: Payload.name,
                reason: "its random stream \(payload.stream.identifier) does not belong to pass "
                    + "\(pass), so a later pass would draw the same numbers; take it "
                    + "from ForwardContext.nextDropoutStream()")
        }
        return RandomRecordedOperation(payload, stream)
    }

    /// Whether `other` does the same on the same memory.
    func equals(_ other: RecordedOperation) -> Bool {
        func equal<Payload: OperationPayload>(_ left: Payload) -> Bool {
            (other.payload as? Payload) == left
        }
        return equal(payload)
    }

    /// The operation on one line: its name, its options, and the buffer and elements of each array.
    func described(_ names: BufferNames) -> String {
        func text(_ value: Any) -> String? {
            if let slice = value as? BufferSlice {
                return "\(names[slice.buffer])[\(slice.offset)..<\(slice.offset + slice.count)]"
            }
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                return mirror.children.first.flatMap { text($0.value) }
            }
            return mirror.displayStyle == .struct ? "(\(fields(mirror)))" : "\(value)"
        }
        func fields(_ mirror: Mirror) -> String {
            mirror.children.compactMap { child in
                text(child.value).map { "\(child.label ?? "") \($0)" }
            }.joined(separator: ", ")
        }
        let payload = payload
        return "\(type(of: payload).name): \(fields(Mirror(reflecting: payload)))"
    }
}

/// An operation that does the same in every pass.
private final class PlainRecordedOperation<Payload: OperationPayload>: RecordedOperation {
    private let operands: Payload

    init(_ operands: Payload) {
        self.operands = operands
    }

    override var payload: any OperationPayload { operands }

    override func run(on device: any Device, pass: Int) throws(DeviceError) {
        try operands.run(on: device)
    }
}

/// An operation that draws other random numbers in every pass.
private final class RandomRecordedOperation<Payload: RandomPayload>: RecordedOperation {
    private let operands: Payload
    private let stream: PassStream

    init(_ operands: Payload, _ stream: PassStream) {
        var operands = operands
        operands.stream = stream.stream(pass: 0)
        self.operands = operands
        self.stream = stream
    }

    override var payload: any OperationPayload { operands }

    override func run(on device: any Device, pass: Int) throws(DeviceError) {
        var operands = operands
        operands.stream = stream.stream(pass: pass)
        try operands.run(on: device)
    }
}
