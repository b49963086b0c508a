import DeviceConformance
import Devices
import Testing

/// The devices that the suites run on: all that this machine has, in every form that the kernels take.
enum TestedDevice: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case reference = "reference"
    case openCLForProcessors = "OpenCL, profile cpu"
    case openCLForGraphics = "OpenCL, profile gpu"
    case openCLForNVIDIA = "OpenCL, profile nvidia"

    var testDescription: String { rawValue }

    private var profile: KernelProfile? {
        switch self {
        case .openCLForProcessors: .cpu
        case .openCLForGraphics: .gpu
        case .openCLForNVIDIA: .nvidia
        default: nil
        }
    }

    /// The first OpenCL device that can be used.
    static let openCL = DeviceCatalog.openCLDevices().first(where: \.isUsable)

    /// The devices that are there.
    static let present = allCases.filter { $0.profile == nil || openCL != nil }

    /// A device of this kind; each caller gets its own, because one thread at a time issues work to a device.
    func make() throws -> any Device {
        guard let profile else { return ReferenceDevice() }
        let description = try #require(Self.openCL)
        var options = OpenCLOptions()
        options.profile = profile
        return try OpenCLDevice(
            platform: description.platformIndex, device: description.deviceIndex, options: options)
    }
}
