import TandemBasics
import TandemCPUKernels

/// What a thread gathers while it records, or checks while it runs a recorded step once more.
final class Recorder {
    let device: any Device
    private let pass: Int
    private let memory = RecordedMemory()
    /// The recording that the operations must equal; `nil` for the first time.
    private let expected: DeviceRecording?
    private(set) var operations: [RecordedOperation] = []
    /// The memory handed out, in the order of the requests.
    private(set) var buffers: [DeviceBuffer] = []
    /// The first difference from `expected`.
    private(set) var difference: DeviceError?

    init(_ device: any Device, pass: Int, expected: DeviceRecording? = nil) {
        self.device = device
        self.pass = pass
        self.expected = expected
    }

    /// The recorder of the calling thread; `nil` while it does not record.
    static var current: Recorder? {
        guard let address = tandem_thread_recorder() else { return nil }
        return Unmanaged<Recorder>.fromOpaque(address).takeUnretainedValue()
    }

    /// Runs `body` while this recorder is, or with `isOff` is not, that of the calling thread.
    func whileCurrent<Failure: Error>(isOff: Bool = false, _ body: () throws(Failure) -> Void)
        throws(Failure)
    {
        let before = tandem_thread_recorder()
        tandem_set_thread_recorder(isOff ? nil : Unmanaged.passUnretained(self).toOpaque())
        defer { tandem_set_thread_recorder(before) }
        try body()
    }

    /// Throws `notRecordable` with `reason` when the calling thread records.
    static func refuse(_ operation: String, _ reason: @autoclosure () -> String)
        throws(DeviceError)
    {
        guard current != nil else { return }
        throw .notRecordable(operation: operation, reason: reason())
    }

    /// Runs an operation and keeps it.
    func run<Payload: OperationPayload>(_ payload: Payload, on device: any Device)
        throws(DeviceError)
    {
        try requireOwn(device, Payload.name)
        let recorded = try RecordedOperation.of(payload, pass: pass)
        try compare(recorded)
        // What the device does on its own account for an operation, such as taking scratch memory, is not recorded.
        try whileCurrent(isOff: true) { () throws(DeviceError) in try payload.run(on: device) }
        operations.append(recorded)
    }

    /// Memory of the recording: what it has released before, or new memory of its device.
    func allocate(_ count: Int, on device: any Device) throws(DeviceError) -> DeviceBuffer {
        try requireOwn(device, "allocate")
        guard let expected else {
            let original =
                if let released = memory.take(count) { released } else {
                    DeviceBuffer(
                        count: count, device: device, storage: try device.makeStorage(count))
                }
            buffers.append(original)
            return DeviceBuffer(borrowing: original, from: memory)
        }
        // The same memory as the first time, in the same order: then equal operations are the same ones.
        let place = buffers.count
        guard place < expected.buffers.count, expected.buffers[place].count == count else {
            throw differs(
                "memory request \(place + 1)",
                place < expected.buffers.count
                    ? "\(expected.buffers[place].count) elements" : "none", "\(count) elements")
        }
        buffers.append(expected.buffers[place])
        return DeviceBuffer(borrowing: expected.buffers[place], from: nil)
    }

    private func requireOwn(_ other: any Device, _ operation: @autoclosure () -> String)
        throws(DeviceError)
    {
        guard other === device else {
            throw .notRecordable(
                operation: operation(),
                reason: "it runs on \(other.name), the recording on \(device.name); use one device")
        }
    }

    private func compare(_ operation: RecordedOperation) throws(DeviceError) {
        let place = operations.count
        guard let expected else { return }
        guard place < expected.count, expected.operations[place].equals(operation) else {
            throw nextDiffers(from: expected, operation)
        }
    }

    /// Throws the first difference from the expected recording, also one that the step has caught itself.
    func requireEqual() throws(DeviceError) {
        if let difference { throw difference }
        guard let expected, operations.count < expected.count else { return }
        throw nextDiffers(from: expected, nil)
    }

    /// The error for another operation, or the end, in the next place.
    private func nextDiffers(from expected: DeviceRecording, _ found: RecordedOperation?)
        -> DeviceError
    {
        let place = operations.count
        let names = BufferNames(expected.buffers)
        let wanted = place < expected.count ? expected.operations[place].described(names) : nil
        return differs(
            "operation \(place + 1)", wanted ?? "the end", found?.described(names) ?? "the end")
    }

    private func differs(_ place: String, _ expected: String, _ found: String) -> DeviceError {
        let error = DeviceError.recordingDiffers(place: place, expected: expected, found: found)
        difference = difference ?? error
        return error
    }
}

/// Buffers that a recording allocated and has released again, for the rest of the same recording.
///
/// Released memory must not go back to the device's pool, because the recorded operations will write to it again. Later
/// operations of the same recording may use it: they follow in the same order whenever it is replayed.
final class RecordedMemory: Sendable {
    private let released = Guarded<[Int: [DeviceBuffer]]>([:])

    /// Released memory of exactly `count` elements.
    func take(_ count: Int) -> DeviceBuffer? {
        released.withLock { $0[count]?.popLast() }
    }

    func put(_ buffer: DeviceBuffer) {
        released.withLock { $0[buffer.count, default: []].append(buffer) }
    }
}
