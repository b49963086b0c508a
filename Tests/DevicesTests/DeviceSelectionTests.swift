import Testing

@testable import TandemDevices

@Suite struct DeviceSelectionTests {
    /// What scripts written for other programs say.
    @Test func cudaMeansGPU() throws {
        #expect(try DeviceSelection("cuda") == .gpu)
    }

    @Test(arguments: ["auto", "cpu", "gpu", "opencl", "opencl:0.0", "opencl:12.3"])
    func parsesAndPrints(_ text: String) throws {
        #expect(try DeviceSelection(text).description == text)
    }

    @Test(arguments: [
        "", "GPU", "opencl:", "opencl:1", "opencl:1.", "opencl:.1", "opencl:1.2.3",
        "opencl:-1.0", "opencl:a.b", "opencl:99999999999999999999.0", "opencl:+1.0",
    ])
    func refuses(_ text: String) {
        #expect(throws: DeviceError.invalidSelection(text)) { try DeviceSelection(text) }
    }

    @Test func findsTheFirstGPUOverAllPlatforms() {
        let found = [
            OpenCLDescription.made(platform: 0, device: 0, kind: .cpu),
            OpenCLDescription.made(platform: 1, device: 0, kind: .accelerator),
            OpenCLDescription.made(platform: 1, device: 1, kind: .gpu, isUsable: false),
            OpenCLDescription.made(platform: 2, device: 0, kind: .gpu),
        ]
        func index(_ selection: DeviceSelection) -> Int? {
            DeviceCatalog.openCLIndex(for: selection, in: found)
        }
        #expect(index(.gpu) == 3)
        #expect(index(.auto) == 3)
        #expect(index(.opencl) == 0)
        #expect(index(.openclDevice(platform: 1, device: 0)) == 1)
        #expect(index(.openclDevice(platform: 1, device: 1)) == nil)
        #expect(index(.openclDevice(platform: 9, device: 9)) == nil)
        #expect(index(.cpu) == nil)
    }

    @Test func choosesProfilesByKindAndVendor() {
        #expect(
            KernelProfile(for: OpenCLDescription.made(platform: 0, device: 0, kind: .cpu)) == .cpu)
        #expect(
            KernelProfile(for: OpenCLDescription.made(platform: 0, device: 0, kind: .gpu)) == .gpu)
    }

    @Test func reportsWhatWasFoundWhenNothingMatches() throws {
        let selection = DeviceSelection.openclDevice(platform: 9, device: 9)
        let error = try #require(throws: DeviceError.self) { try DeviceCatalog.open(selection) }
        guard case .notFound(let wanted, let found, let advice) = error else {
            Issue.record("unexpected error: \(error)")
            return
        }
        #expect(wanted == "opencl:9.9")
        #expect(found.count == DeviceCatalog.openCLDevices().count)
        #expect(advice == "Use one of those that were found")
    }

    @Test func refusesToReplaceAMissingGPU() throws {
        guard !DeviceCatalog.openCLDevices().contains(where: { $0.kind == .gpu }) else { return }
        let error = try #require(throws: DeviceError.self) { try DeviceCatalog.open(.gpu) }
        #expect(error.description.contains("Install the OpenCL driver"))
        #expect(try DeviceCatalog.open(.auto, threads: 1).identifier == "cpu")
    }

    @Test func listsTheProcessorFirst() throws {
        let entries = DeviceCatalog.entries()
        let processor = try #require(entries.first)
        #expect(processor.identifier == "cpu")
        #expect(processor.computeUnits > 0)
        #expect(processor.memoryBytes > 1 << 20)
        #expect(
            entries.dropFirst().map(\.identifier) == DeviceCatalog.openCLDevices().map(\.identifier)
        )
    }
}
