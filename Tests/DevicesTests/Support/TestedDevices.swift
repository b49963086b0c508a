import DeviceConformance
import Devices
import Testing

/// The devices that the suites run on.
enum TestedDevice: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case reference

    var testDescription: String { rawValue }

    /// A device of this kind; each caller gets its own, because one thread at a time issues work to a device.
    func make() throws -> any Device {
        switch self {
        case .reference: ReferenceDevice()
        }
    }
}
