import TandemDeviceConformance
import TandemDevices
import TandemTestSupport
import Testing

/// The devices that the suites run on: all that this machine has, in every form that the kernels take.
enum TestedDevice: String, Sendable, CaseIterable, CustomTestStringConvertible {
    case reference = "reference"
    case oneThread = "CPU, 1 thread"
    case twoThreads = "CPU, 2 threads"
    case composedCPU = "CPU, composed"
    case openCLForProcessors = "OpenCL, profile cpu"
    case openCLForGraphics = "OpenCL, profile gpu"
    case openCLForNVIDIA = "OpenCL, profile nvidia"
    case composedOpenCL = "OpenCL, composed"

    /// The first OpenCL device that can be used.
    static let openCL = DeviceCatalog.openCLDevices().first(where: \.isUsable)

    /// The devices that are there.
    static let present = allCases.filter { $0.profile == nil || openCL != nil }

    var testDescription: String { rawValue }

    /// The families to test: all, or only those that a composed device composes.
    var families: [OperationFamily] {
        switch self {
        case .composedCPU, .composedOpenCL: [.normalization, .attention, .recurrent, .optimizers]
        default: OperationFamily.allCases
        }
    }

    private var profile: KernelProfile? {
        switch self {
        case .reference, .oneThread, .twoThreads, .composedCPU: nil
        case .openCLForProcessors, .composedOpenCL: .cpu
        case .openCLForGraphics: .gpu
        case .openCLForNVIDIA: .nvidia
        }
    }

    /// A device of this kind; each caller gets its own, so that counters and limits are its own too.
    func make() throws -> any Device {
        switch self {
        case .reference: TestDevices.makePlain()
        case .oneThread: try CPUDevice(threads: 1)
        case .twoThreads: try CPUDevice(threads: 2)
        case .composedCPU: composed(try CPUDevice(threads: 2))
        case .openCLForProcessors, .openCLForGraphics, .openCLForNVIDIA: try makeOpenCL()
        case .composedOpenCL: composed(try makeOpenCL())
        }
    }

    private func makeOpenCL() throws -> any Device {
        let description = try #require(Self.openCL)
        var options = OpenCLOptions()
        options.profile = profile
        return try OpenCLDevice(
            platform: description.platformIndex, device: description.deviceIndex, options: options)
    }
}
