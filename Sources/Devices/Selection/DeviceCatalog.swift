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

/// Lists and finds the devices of this machine.
public enum DeviceCatalog {
    /// The OpenCL devices of all platforms; builds no kernels.
    public static func openCLDevices() -> [OpenCLDescription] {
        OpenCLDiscovery.hardware().map(\.description)
    }

    /// The OpenCL device that `selection` means, among `found`; throws `notFound` with what there is.
    static func openCLHardware(for selection: DeviceSelection, in found: [OpenCLHardware])
        throws(DeviceError) -> OpenCLHardware
    {
        let match = found.first { hardware in
            let device = hardware.description
            guard device.isUsable else { return false }
            return switch selection {
            case .cpu: false
            case .auto, .gpu: device.kind == .gpu
            case .opencl: true
            case .openclDevice(let platform, let index):
                device.platformIndex == platform && device.deviceIndex == index
            }
        }
        guard let match else {
            throw .notFound(
                wanted: selection.description, found: found.map { summary($0.description) },
                advice: advice(for: selection))
        }
        return match
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
                + "intel-opencl-icd or mesa-opencl-icd), or use --device cpu."
        case .openclDevice:
            "Use one of the devices that `tandem devices` lists."
        case .opencl, .cpu:
            "Install an OpenCL driver (Debian: pocl-opencl-icd for the processor, "
                + "nvidia-opencl-icd, intel-opencl-icd or mesa-opencl-icd for graphics cards)."
        }
    }
}
