import Testing

@testable import TandemDevices

/// OpenCL devices for the tests of the runtime; the suites are skipped where no driver is installed.
enum OpenCLTestDevice {
    static let isPresent = !DeviceCatalog.openCLDevices().isEmpty

    static func make(_ options: OpenCLOptions = OpenCLOptions()) throws -> OpenCLDevice {
        try OpenCLDevice(platform: 0, device: 0, options: options)
    }
}

extension OpenCLDescription {
    /// What an OpenCL driver might say.
    static func made(
        platform: Int, device: Int, kind: DeviceKind, isUsable: Bool = true
    ) -> OpenCLDescription {
        OpenCLDescription(
            platformIndex: platform, deviceIndex: device, name: "device \(platform).\(device)",
            platform: "Platform \(platform)", platformVersion: "1", deviceVersion: "OpenCL 1.2",
            driverVersion: "7", kind: kind, memoryBytes: 1 << 30, maximumAllocationBytes: 1 << 28,
            localMemoryBytes: 1 << 15, computeUnits: 4, maximumWorkGroupSize: 256,
            isUsable: isUsable)
    }
}
