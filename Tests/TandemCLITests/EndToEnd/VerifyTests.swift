import TandemDeviceConformance
import TandemDevices
import Foundation
import Testing

@testable import TandemCLI

@Suite("tandem verify")
struct VerifyTests {
    @Test("Devices that compute correctly pass", arguments: ["cpu", "opencl"])
    func passes(device: String) throws {
        try Workspace.with { workspace in
            let result = try workspace.tandem("verify", "--device", device, "--small")
            #expect(result.status == 0, "\(result.diagnostics)")
            let lines = result.output.split(separator: "\n")
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix(device) == true)
            #expect(lines.first?.hasSuffix(" passed, 0 failed") == true)
        }
    }

    @Test("All devices are checked when none is named; --json prints one object")
    func json() throws {
        struct Report: Decodable {
            struct Device: Decodable {
                let device: String
                let passed: Int
                let failed: Int
                let failures: [CaseResult]
            }
            let devices: [Device]
        }
        try Workspace.with { workspace in
            let result = try workspace.tandem("verify", "--small", "--json")
            #expect(result.status == 0, "\(result.diagnostics)")
            let report = try JSONDecoder().decode(Report.self, from: Data(result.output.utf8))
            let present = DeviceCatalog.entries().filter { $0.openCL?.isUsable ?? true }
            #expect(report.devices.map(\.device) == present.map(\.identifier))
            #expect(report.devices.allSatisfy { $0.passed > 100 && $0.failed == 0 })
            #expect(report.devices.allSatisfy { $0.failures.isEmpty })
        }
    }

    @Test("A device that is not there")
    func missing() throws {
        try Workspace.with { workspace in
            let result = try workspace.tandem("verify", "--device", "opencl:9.9")
            #expect(result.status == 1)
            #expect(result.diagnostics.contains("opencl:9.9"), "\(result.diagnostics)")
            #expect(result.diagnostics.contains("; 'tandem devices' lists them\n"))
            #expect(result.output.isEmpty)
        }
    }

    @Test("A failure is told with its case, its place and both values")
    func failure() throws {
        let text = """
            [{"name": "sum 3x5", "family": "reductions", "findings": []},
             {"name": "sum 7x5", "family": "reductions", "findings": [{"subject": "output",
              "detail": "1 of 7 elements differ, worst at 3: expected 2.0, found 1.0"}]}]
            """
        let results = try JSONDecoder().decode([CaseResult].self, from: Data(text.utf8))
        let report = DeviceReport(try CPUDevice(threads: 1), results)
        #expect(report.passed == 1)
        #expect(report.failed == 1)
        let lines = report.text.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix(": 1 passed, 1 failed") == true)
        let line =
            "reductions: sum 7x5: output: 1 of 7 elements differ, "
            + "worst at 3: expected 2.0, found 1.0"
        #expect(lines.last.map(String.init) == line)
    }
}
