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

/// Where compiled programs are kept between runs.
public enum ProgramCachePolicy: Sendable, Hashable {
    /// In `$XDG_CACHE_HOME/tandem` (else `~/.cache/tandem`), except where the driver keeps a cache by itself (PoCL).
    case automatic
    /// In this folder, whatever the driver.
    case directory(String)
    /// Nowhere.
    case none

    /// The cache for a device.
    func cache(for device: OpenCLDescription) -> ProgramCache? {
        switch self {
        case .automatic:
            guard !device.isPoCL else { return nil }
            return ProgramCache.defaultDirectory.map { ProgramCache(directory: $0) }
        case .directory(let path): return ProgramCache(directory: path)
        case .none: return nil
        }
    }
}
