public import TandemDevices

/// The devices that every test of tensors and networks runs on.
public enum TestDevices {
    /// The plain device, the processor with two threads, and every OpenCL device of this machine.
    public static let all: [TestDevice] =
        opened([{ makePlain() }, { try CPUDevice(threads: 2) }])
        + opened(
            DeviceCatalog.openCLDevices().map { found in
                { try DeviceCatalog.open(DeviceSelection(found.identifier)) }
            })

    /// A new device of plain loops: a yardstick, and another device where a test needs one.
    public static func makePlain() -> any Device { PlainDevice() }

    private static func opened(_ open: [() throws -> any Device]) -> [TestDevice] {
        open.compactMap { try? $0() }.map(TestDevice.init)
    }
}

/// A device as the argument of a parameterised test.
public struct TestDevice: Sendable, CustomStringConvertible {
    /// The device.
    public let device: any Device

    /// Shown in the test report.
    public var description: String { device.identifier }
}
