/// What can go wrong on a device; every description says what happened, with the values, and what to do next.
public enum DeviceError: Error, Sendable, Equatable {
    /// Memory ran out: bytes wanted, bytes this process uses on the device, and bytes the device has.
    case outOfMemory(device: String, wanted: Int, inUse: Int, available: Int)
    /// A driver call failed; `code` is the error's name, for example `CL_OUT_OF_RESOURCES`.
    case driver(device: String, operation: String, code: String, detail: String)
    /// A kernel did not compile; `log` is the compiler's whole output.
    case buildFailed(device: String, program: String, options: String, log: String)
    /// No device matches what was asked for; `found` lists what is there.
    case notFound(wanted: String, found: [String], advice: String)
    /// The text that selects a device cannot be understood.
    case invalidSelection(String)
    /// A buffer of one device was given to another.
    case foreignBuffer(operation: String, expected: String, found: String)
    /// An argument is outside what the operation accepts.
    case invalidArgument(operation: String, detail: String)
    /// The operation cannot be part of a recording, for the given reason.
    case notRecordable(operation: String, reason: String)
    /// A step that was recorded before is another one this time: what differs, as it was recorded and as it is now.
    case recordingDiffers(place: String, expected: String, found: String)
}

extension DeviceError: CustomStringConvertible {
    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .outOfMemory(let device, let wanted, let inUse, let available):
            return "out of memory on \(device): wanted \(wanted) bytes, in use \(inUse), "
                + "device memory \(available); use a smaller batch or model"
        case .driver(let device, let operation, let code, let detail):
            return
                "\(operation) failed on \(device): \(code)\(detail.isEmpty ? "" : " (\(detail))")"
        case .buildFailed(let device, let program, let options, let log):
            return "kernel program '\(program)' does not compile on \(device) "
                + "with options '\(options)':\n\(log)"
        case .notFound(let wanted, let found, let advice):
            let list = found.isEmpty ? "none" : found.joined(separator: "; ")
            return "no device matches '\(wanted)'. Found: \(list). \(advice)"
        case .invalidSelection(let text):
            return "'\(text)' selects no device; "
                + "use auto, cpu, gpu, opencl or opencl:PLATFORM.DEVICE"
        case .foreignBuffer(let operation, let expected, let found):
            return "\(operation) on \(expected) was given a tensor that lives on \(found); "
                + "move it to one device first"
        case .invalidArgument(let operation, let detail):
            return "\(operation): \(detail)"
        case .notRecordable(let operation, let reason):
            return "\(operation) cannot be part of a recorded step: \(reason)"
        case .recordingDiffers(let place, let expected, let found):
            return
                "batches with one key do not run the same step: \(place) was '\(expected)' and is "
                + "now '\(found)'; give such batches different keys in stage, or return nil there"
        }
    }
}
