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
