import TandemBasics

/// How an OpenCL device is opened.
public struct OpenCLOptions: Sendable {
    /// Layout of the kernels; `nil` takes `$TANDEM_OPENCL_PROFILE`, else what suits the device.
    public var profile: KernelProfile?
    /// Measure every kernel by profiling events (`OpenCLDevice.timings`); slows launches down a little.
    public var measuresKernels = false
    /// Bytes of device memory that may be used; `nil` for all the device has.
    public var memoryLimit: Int?
    /// Where compiled programs are kept.
    public var programCache = ProgramCachePolicy.automatic

    /// The defaults.
    public init() {}
}

/// The way kernels are laid out for a device.
public enum KernelProfile: String, Sendable, Codable, CaseIterable {
    /// Few fast cores: one work-item owns a tile or a row and works in explicit vectors, without local memory.
    case cpu
    /// Many slow lanes: work-groups share tiles and rows through local memory.
    case gpu
    /// As `gpu`, with the larger tiles that suit NVIDIA's devices.
    case nvidia

    /// The profile that suits a device.
    init(for description: OpenCLDescription) {
        if description.kind == .cpu {
            self = .cpu
        } else {
            self = description.isNVIDIA ? .nvidia : .gpu
        }
    }

    /// Whether kernels use work-groups with local memory.
    var sharesWork: Bool { self != .cpu }

    /// The profile that the environment variable `TANDEM_OPENCL_PROFILE` asks for, if any.
    ///
    /// Throws `invalidArgument` for a value that names no profile.
    static func fromEnvironment() throws(DeviceError) -> KernelProfile? {
        let variable = "TANDEM_OPENCL_PROFILE"
        guard let value = Environment.value(variable) else { return nil }
        guard let profile = KernelProfile(rawValue: value) else {
            let names = allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidArgument(
                operation: "opening an OpenCL device",
                detail: "\(variable)=\(value) names no profile; use one of \(names)")
        }
        return profile
    }
}
