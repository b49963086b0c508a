public import Devices

/// The devices that every test of tensors and networks runs on.
public enum TestDevices {
    /// All devices of this machine that tests use, the plain one first.
    public static let all: [TestDevice] = [TestDevice(device: makePlain())]

    /// A new device of plain loops: a yardstick, and another device where a test needs one.
    public static func makePlain() -> any Device { PlainDevice() }
}

/// A device as the argument of a parameterised test.
public struct TestDevice: Sendable, CustomStringConvertible {
    /// The device.
    public let device: any Device

    /// Shown in the test report.
    public var description: String { device.identifier }
}
