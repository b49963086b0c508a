import TandemBasics
import TandemCOpenBLAS
import TandemCPUKernels

import Glibc

/// Which device a user asked for.
public enum DeviceSelection: Sendable, Hashable {
    /// The first GPU if there is one, else the host processor.
    case auto
    /// The host processor.
    case cpu
    /// The first OpenCL device of type GPU over all platforms.
    case gpu
    /// The first OpenCL device of any type.
    case opencl
    /// The OpenCL device with these positions, as `tandem devices` lists them.
    case openclDevice(platform: Int, device: Int)

    /// Parses `auto`, `cpu`, `gpu`, `opencl` or `opencl:PLATFORM.DEVICE`, and `cuda` as another word for `gpu`; throws `invalidSelection` for anything else.
    public init(_ text: String) throws(DeviceError) {
        switch text {
        case "auto": self = .auto
        case "cpu": self = .cpu
        case "gpu", "cuda": self = .gpu
        case "opencl": self = .opencl
        default: self = try Self.indexed(text)
        }
    }

    private static func indexed(_ text: String) throws(DeviceError) -> DeviceSelection {
        let prefix = "opencl:"
        guard text.hasPrefix(prefix) else { throw .invalidSelection(text) }
        let fields = text.dropFirst(prefix.count).split(
            separator: ".", omittingEmptySubsequences: false)
        guard fields.count == 2, let platform = index(fields[0]), let device = index(fields[1])
        else { throw .invalidSelection(text) }
        return .openclDevice(platform: platform, device: device)
    }

    private static func index(_ field: Substring) -> Int? {
        field.utf8.allSatisfy { (48...57).contains($0) } ? Int(field) : nil
    }
}

extension DeviceSelection: CustomStringConvertible {
    /// The text that parses to this selection.
    public var description: String {
        switch self {
        case .auto: "auto"
        case .cpu: "cpu"
        case .gpu: "gpu"
        case .opencl: "opencl"
        case .openclDevice(let platform, let device): "opencl:\(platform).\(device)"
        }
    }
}

/// One line of `tandem devices`.
public struct DeviceEntry: Sendable, Codable, Hashable {
    /// The text that selects the device: `cpu` or `opencl:P.D`.
    public let identifier: String
    /// The device's own name.
    public let name: String
    /// Kind of hardware.
    public let kind: DeviceKind
    /// Bytes of memory.
    public let memoryBytes: Int
    /// Cores or compute units.
    public let computeUnits: Int
    /// The library or driver behind the device.
    public let driver: String
    /// Version of the driver.
    public let driverVersion: String
    /// All that an OpenCL driver says; `nil` for the host processor.
    public let openCL: OpenCLDescription?
}

/// Lists, finds and opens the devices of this machine.
public enum DeviceCatalog {
    /// The host processor, then the OpenCL devices of all platforms; builds no kernels.
    public static func entries() -> [DeviceEntry] {
        let processor = DeviceEntry(
            identifier: "cpu", name: CPUDevice.processorName(), kind: .cpu,
            memoryBytes: Int(tandem_memory_bytes()), computeUnits: Int(tandem_processor_count()),
            driver: "OpenBLAS, \(CPUDevice.instructionSetName)", driverVersion: openBLASVersion,
            openCL: nil)
        return [processor] + openCLDevices().map(entry)
    }

    /// The OpenCL devices of all platforms; builds no kernels.
    public static func openCLDevices() -> [OpenCLDescription] {
        OpenCLDiscovery.hardware().map(\.description)
    }

    /// Opens the device that `selection` means; `auto` takes the first GPU, else the host processor.
    ///
    /// `threads` is the number of threads of the host processor (`nil`: all cores), also where OpenCL runs on it
    /// through PoCL, provided that this is the first use of OpenCL in the process.
    ///
    /// Throws `notFound` with a list of what there is, and `driver` when the device cannot be opened.
    public static func open(_ selection: DeviceSelection, threads: Int? = nil)
        throws(DeviceError) -> any Device
    {
        if selection == .cpu { return try CPUDevice(threads: threads) }
        preparePoCL(threads: threads)
        let found = OpenCLDiscovery.hardware()
        if selection == .auto, !found.contains(where: { $0.description.isUsableGPU }) {
            return try CPUDevice(threads: threads)
        }
        return try OpenCLDevice(
            hardware: openCLHardware(for: selection, in: found), options: OpenCLOptions())
    }

    /// Tells PoCL, which reads its settings at the first use of OpenCL, how many threads to use and where.
    ///
    /// Its threads stay on their own processors when they use all there are: left to the scheduler, two of them often
    /// share one, and small products then run at half speed. With fewer threads than processors they are not bound,
    /// because those of other programs would be bound to the same ones. What the user has set stays.
    private static func preparePoCL(threads: Int?) {
        if let threads { Environment.setDefault("POCL_MAX_PTHREAD_COUNT", to: "\(threads)") }
        let online = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        if (threads ?? Int(tandem_processor_count())) == online {
            Environment.setDefault("POCL_AFFINITY", to: "1")
        }
    }

    /// The OpenCL device that `selection` means, among `found`; throws `notFound` with what there is.
    static func openCLHardware(for selection: DeviceSelection, in found: [OpenCLHardware])
        throws(DeviceError) -> OpenCLHardware
    {
        let descriptions = found.map(\.description)
        guard let index = openCLIndex(for: selection, in: descriptions) else {
            throw .notFound(
                wanted: selection.description, found: descriptions.map(summary),
                advice: advice(for: selection))
        }
        return found[index]
    }

    /// The position in `found` of the usable device that `selection` means, or `nil`.
    static func openCLIndex(for selection: DeviceSelection, in found: [OpenCLDescription]) -> Int? {
        switch selection {
        case .cpu: nil
        case .auto, .gpu: found.firstIndex(where: \.isUsableGPU)
        case .opencl: found.firstIndex(where: \.isUsable)
        case .openclDevice(let platform, let device):
            found.firstIndex {
                $0.platformIndex == platform && $0.deviceIndex == device && $0.isUsable
            }
        }
    }

    private static func entry(_ device: OpenCLDescription) -> DeviceEntry {
        DeviceEntry(
            identifier: device.identifier, name: device.name, kind: device.kind,
            memoryBytes: device.memoryBytes, computeUnits: device.computeUnits,
            driver: device.platform, driverVersion: device.driverVersion, openCL: device)
    }

    private static var openBLASVersion: String {
        guard let configuration = openblas_get_config() else { return "" }
        // "OpenBLAS 0.3.21 NO_LAPACKE ...": the second word.
        let words = String(cString: configuration).split(separator: " ")
        return words.count > 1 ? String(words[1]) : ""
    }

    private static func summary(_ device: OpenCLDescription) -> String {
        let state = device.isUsable ? "" : ", not usable"
        return "\(device.identifier) \(device.name) (\(device.kind.rawValue), "
            + "\(device.platform)\(state))"
    }

    private static func advice(for selection: DeviceSelection) -> String {
        switch selection {
        case .gpu, .auto:
            "Install the OpenCL driver of the graphics card (Debian: nvidia-opencl-icd, "
                + "intel-opencl-icd or mesa-opencl-icd), or use the processor"
        case .openclDevice:
            "Use one of those that were found"
        case .opencl, .cpu:
            "Install an OpenCL driver (Debian: pocl-opencl-icd for the processor, "
                + "nvidia-opencl-icd, intel-opencl-icd or mesa-opencl-icd for graphics cards)"
        }
    }
}

extension OpenCLDescription {
    fileprivate var isUsableGPU: Bool { isUsable && kind == .gpu }
}

extension OpenCLDevice {
    /// Opens the OpenCL device at `platform` and `device` (as `tandem devices` lists them).
    ///
    /// Throws `notFound` when there is none, `driver` when it cannot be opened.
    public convenience init(
        platform: Int, device: Int, options: OpenCLOptions = OpenCLOptions()
    ) throws(DeviceError) {
        let selection = DeviceSelection.openclDevice(platform: platform, device: device)
        try self.init(
            hardware: DeviceCatalog.openCLHardware(for: selection, in: OpenCLDiscovery.hardware()),
            options: options)
    }
}
