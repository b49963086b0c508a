import TandemBasics

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
                operation: "\(Payload.name)",
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
                operation: "\(Payload.name)",
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
