/// One operation on the base device.
///
/// A struct, because closures that stand in an array themselves are wrapped whenever they are read, which takes heap memory.
struct RecordedOperation {
    typealias Body = (_ pass: Int) throws(DeviceError) -> Void

    /// Issues the operation; the argument is the number of the pass that it belongs to.
    let issue: Body
}

/// The device operations of one step in their order, made by `ReplayDevice.record` and ready to be issued again.
///
/// It keeps all memory that the operations use: its own intermediate results, which no other work shares, and the memory
/// that was there before. Issuing it allocates nothing.
public final class DeviceRecording {
    private let operations: [RecordedOperation]

    init(_ operations: [RecordedOperation]) {
        self.operations = operations
    }

    /// Number of recorded operations.
    public var count: Int { operations.count }

    /// Issues all operations again, with the random numbers of pass number `pass`.
    ///
    /// Reads and writes the same memory as when it was recorded, so what differs from step to step must have been written
    /// there before. The result equals that of issuing the operations anew, to the bit.
    public func replay(pass: Int) throws(DeviceError) {
        for place in 0..<operations.count { try operations[place].issue(pass) }
    }
}

/// What a device gathers while it records.
final class Recorder {
    let pass: Int
    let memory = RecordedMemory()
    private(set) var operations: [RecordedOperation] = []

    init(pass: Int) {
        self.pass = pass
    }

    /// Runs an operation and keeps it.
    func run(_ operation: @escaping RecordedOperation.Body) throws(DeviceError) {
        try operation(pass)
        operations.append(RecordedOperation(issue: operation))
    }
}
