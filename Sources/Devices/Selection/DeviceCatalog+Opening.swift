import COpenBLAS
import CPUKernels

extension DeviceCatalog {
    /// Every device of this machine: the processor first, then all OpenCL devices; builds no kernels, starts no threads.
    public static func entries() -> [DeviceEntry] {
        let processor = DeviceEntry(
            identifier: "cpu", name: CPUDevice.processorName(), kind: .cpu,
            memoryBytes: Int(tandem_memory_bytes()),
            computeUnits: Int(tandem_processor_count()), driver: "OpenBLAS",
            driverVersion: openBLASVersion, openCL: nil)
        return [processor]
            + openCLDevices().map { description in
                DeviceEntry(
                    identifier: description.identifier, name: description.name,
                    kind: description.kind, memoryBytes: description.memoryBytes,
                    computeUnits: description.computeUnits, driver: description.platform,
                    driverVersion: description.driverVersion, openCL: description)
            }
    }

    /// Opens the device that `selection` means.
    ///
    /// `auto` takes the first GPU and, when there is none, the processor; nothing else falls back to another device.
    /// `threads` bounds the processor's threads (all cores when `nil`). Throws `notFound` with a list of what is there.
    public static func open(_ selection: DeviceSelection, threads: Int? = nil) throws(DeviceError)
        -> any Device
    {
        if selection == .cpu { return try CPUDevice(threads: threads) }
        let found = OpenCLDiscovery.hardware()
        if selection == .auto,
            !found.contains(where: { $0.description.kind == .gpu && $0.description.isUsable })
        {
            return try CPUDevice(threads: threads)
        }
        return try OpenCLDevice(
            hardware: try openCLHardware(for: selection, in: found), options: OpenCLOptions())
    }

    /// The version number in a configuration text such as `OpenBLAS 0.3.21 NO_AFFINITY DYNAMIC_ARCH ...`.
    private static var openBLASVersion: String {
        guard let text = openblas_get_config() else { return "unknown" }
        let words = String(cString: text).split(separator: " ")
        return words.count > 1 ? String(words[1]) : "unknown"
    }
}
