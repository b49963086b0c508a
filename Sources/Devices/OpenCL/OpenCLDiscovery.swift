import TandemCOpenCL
import Synchronization

/// What an OpenCL driver says about one of its devices.
public struct OpenCLDescription: Sendable, Codable, Hashable {
    /// Position of the platform among all platforms, from 0 on.
    public let platformIndex: Int
    /// Position of the device within its platform, from 0 on.
    public let deviceIndex: Int
    /// The device's own name.
    public let name: String
    /// Name of the platform (the driver package).
    public let platform: String
    /// Version of the platform.
    public let platformVersion: String
    /// OpenCL version of the device.
    public let deviceVersion: String
    /// Version of the driver.
    public let driverVersion: String
    /// Kind of hardware.
    public let kind: DeviceKind
    /// Bytes of global memory.
    public let memoryBytes: Int
    /// Bytes that one buffer may have at most.
    public let maximumAllocationBytes: Int
    /// Bytes of local memory per work-group.
    public let localMemoryBytes: Int
    /// Number of compute units.
    public let computeUnits: Int
    /// Largest number of work-items in a work-group.
    public let maximumWorkGroupSize: Int
    /// Whether the device is available and its driver has a compiler.
    public let isUsable: Bool

    /// The text that selects this device: `opencl:P.D`.
    public var identifier: String { "opencl:\(platformIndex).\(deviceIndex)" }

    /// The driver is PoCL, which keeps a cache of compiled kernels by itself.
    var isPoCL: Bool { platform == "Portable Computing Language" }

    /// The driver is NVIDIA's.
    var isNVIDIA: Bool { platform.hasPrefix("NVIDIA") }
}

/// A device with the driver's handles.
struct OpenCLHardware: @unchecked Sendable {
    // Platform and device handles are plain identifiers that live as long as the process.
    let platform: cl_platform_id
    let device: cl_device_id
    let description: OpenCLDescription
    let roundsDivisionCorrectly: Bool
}

/// Finds the OpenCL devices of all platforms.
enum OpenCLDiscovery {
    /// Drivers initialise themselves at the first question and do not all bear two threads asking at once.
    private static let asking = Mutex(())

    /// Every device of every platform, platforms in the driver loader's order; empty when no driver is installed.
    static func hardware() -> [OpenCLHardware] {
        asking.withLock { _ in
            list(clGetPlatformIDs).enumerated().flatMap { platformIndex, platform in
                let devices = list {
                    clGetDeviceIDs(platform, cl_device_type(CL_DEVICE_TYPE_ALL), $0, $1, $2)
                }
                return devices.enumerated().map { deviceIndex, device in
                    describe(platform, device, platformIndex, deviceIndex)
                }
            }
        }
    }

    /// What a query lists, which first tells the number; empty when the query fails.
    private static func list<Handle>(
        _ query: (cl_uint, UnsafeMutablePointer<Handle?>?, UnsafeMutablePointer<cl_uint>?) -> Int32
    ) -> [Handle] {
        var count: cl_uint = 0
        guard query(0, nil, &count) == CL_SUCCESS, count > 0 else { return [] }
        var handles = [Handle?](repeating: nil, count: Int(count))
        guard query(count, &handles, nil) == CL_SUCCESS else { return [] }
        return handles.compactMap { $0 }
    }

    private static func describe(
        _ platform: cl_platform_id, _ device: cl_device_id, _ platformIndex: Int, _ deviceIndex: Int
    ) -> OpenCLHardware {
        let information = DeviceInformation(device: device)
        let type = information.integer(CL_DEVICE_TYPE)
        let kind: DeviceKind =
            type & Int(CL_DEVICE_TYPE_GPU) != 0
            ? .gpu : type & Int(CL_DEVICE_TYPE_CPU) != 0 ? .cpu : .accelerator
        let description = OpenCLDescription(
            platformIndex: platformIndex, deviceIndex: deviceIndex,
            name: information.text(CL_DEVICE_NAME),
            platform: platformText(platform, CL_PLATFORM_NAME),
            platformVersion: platformText(platform, CL_PLATFORM_VERSION),
            deviceVersion: information.text(CL_DEVICE_VERSION),
            driverVersion: information.text(CL_DRIVER_VERSION), kind: kind,
            memoryBytes: information.integer(CL_DEVICE_GLOBAL_MEM_SIZE),
            maximumAllocationBytes: information.integer(CL_DEVICE_MAX_MEM_ALLOC_SIZE),
            localMemoryBytes: information.integer(CL_DEVICE_LOCAL_MEM_SIZE),
            computeUnits: information.integer(CL_DEVICE_MAX_COMPUTE_UNITS),
            maximumWorkGroupSize: information.integer(CL_DEVICE_MAX_WORK_GROUP_SIZE),
            isUsable: information.integer(CL_DEVICE_AVAILABLE) != 0
                && information.integer(CL_DEVICE_COMPILER_AVAILABLE) != 0)
        let rounding = information.integer(CL_DEVICE_SINGLE_FP_CONFIG)
        return OpenCLHardware(
            platform: platform, device: device, description: description,
            roundsDivisionCorrectly: rounding & Int(CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0)
    }

    private static func platformText(_ platform: cl_platform_id, _ parameter: Int32) -> String {
        text { size, value, actual in
            clGetPlatformInfo(platform, cl_platform_info(parameter), size, value, actual)
        }
    }

    /// The value of a text query, without its trailing zero and blanks; empty when the query fails.
    static func text(
        _ query: (Int, UnsafeMutableRawPointer?, UnsafeMutablePointer<Int>?) -> Int32
    ) -> String {
        var size = 0
        guard query(0, nil, &size) == CL_SUCCESS, size > 0 else { return "" }
        var bytes = [UInt8](repeating: 0, count: size)
        guard query(size, &bytes, nil) == CL_SUCCESS else { return "" }
        var end = bytes.firstIndex(of: 0) ?? size
        while end > 0, bytes[end - 1] == UInt8(ascii: " ") { end -= 1 }
        return String(decoding: bytes[..<end], as: UTF8.self)
    }
}

/// Queries about one device; a query that fails gives an empty text or 0.
private struct DeviceInformation {
    let device: cl_device_id

    func text(_ parameter: Int32) -> String {
        OpenCLDiscovery.text { size, value, actual in
            clGetDeviceInfo(device, cl_device_info(parameter), size, value, actual)
        }
    }

    func integer(_ parameter: Int32) -> Int {
        // Answers are 4 or 8 bytes wide; on little-endian hosts both land in the low bytes.
        var value: UInt64 = 0
        let status = clGetDeviceInfo(
            device, cl_device_info(parameter), MemoryLayout<UInt64>.size, &value, nil)
        return status == CL_SUCCESS ? Int(clamping: value) : 0
    }
}
