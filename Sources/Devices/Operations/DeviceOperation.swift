package import TandemBasics

/// The operations of a device with their operands, as values: what `Device.issue` checks, what a recording keeps, and what a
/// device runs.
///
/// Each stands beside the method that issues it, for example `DeviceOperation.Matmul` beside `Device.matmul`; only those
/// methods make them, so an operation's slices and sizes have been checked when a device sees it.
public enum DeviceOperation {}

/// The operands of one operation.
package protocol OperationPayload: Equatable, Sendable {
    /// The operation's name: that of the method which issues it.
    static var name: StaticString { get }

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
            try payload.check(Operands(device: self, name: Payload.name, isRecorded: false))
            return try payload.run(on: self)
        }
        try payload.check(Operands(device: self, name: Payload.name, isRecorded: true))
        try recorder.run(payload, on: self)
    }
}
