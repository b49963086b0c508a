import TandemBasics
import TandemDeviceConformance
import TandemDevices
import TandemTraining

/// `tandem devices`: lists what can compute.
enum DevicesCommand: Command {
    static let declaration = CommandDeclaration(
        name: "devices",
        summary: "List the devices found, with memory, compute units and driver.",
        parameters: [SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let entries = DeviceCatalog.entries()
        if arguments[SharedOptions.json] { return try console.printJSON(entries) }
        var table = TextTable(
            ["device", "kind", "name", "memory", "units", "driver", "version"],
            alignments: [.left, .left, .left, .right, .right, .left, .left])
        for entry in entries {
            table.append([
                entry.identifier, entry.kind.rawValue, entry.name,
                NumberText.bytes(entry.memoryBytes), "\(entry.computeUnits)", entry.driver,
                entry.driverVersion,
            ])
        }
        console.print(table)
    }
}

/// `tandem verify`: checks every operation of the devices against double-precision references.
enum VerifyCommand: Command {
    static let devices = Option<[String]>(
        "device", "device",
        help: "Device to check: auto, cpu, gpu, opencl or opencl:<platform>.<device>. "
            + "Repeat it to check several.",
        defaultText: "all that are present")
    static let small = Flag(
        "small", help: "Check few and tiny cases, for simulated devices such as oclgrind's.")

    static let declaration = CommandDeclaration(
        name: "verify",
        summary: "Check that devices compute correctly.",
        discussion: """
            Runs every operation on edge sizes, compares the results with a double-precision
            computation, and looks for accesses outside the arrays and for results that
            differ between two runs. Ends with status 1 when a case fails.
            """,
        parameters: [devices, small, SharedOptions.threads, SharedOptions.json])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        let (threads, printsJSON) = (
            arguments[SharedOptions.threads]?.value, arguments[SharedOptions.json]
        )
        let devices = try identifiers(arguments[devices]).map { identifier in
            try DeviceCatalog.open(try DeviceSelection(identifier), threads: threads)
        }
        let suite = ConformanceSuite(size: arguments[small] ? .small : .full)
        var reports: [DeviceReport] = []
        for device in devices {
            let report = check(device, suite, console)
            if !printsJSON { console.print(report.text) }
            reports.append(report)
        }
        if printsJSON { try console.printJSON(["devices": reports]) }
        let failed = reports.filter { $0.failed > 0 }.map(\.device)
        if !failed.isEmpty { throw ConformanceFailure(devices: failed) }
    }

    private static func identifiers(_ named: [String]) -> [String] {
        guard named.isEmpty else { return named }
        return DeviceCatalog.entries().filter { $0.openCL?.isUsable ?? true }.map(\.identifier)
    }

    private static func check(_ device: any Device, _ suite: ConformanceSuite, _ console: Console)
        -> DeviceReport
    {
        let bar = ProgressBar(
            device.identifier, total: suite.cases.count, unit: "cases", sink: console.diagnostics)
        var done = 0
        let results = suite.run(on: device) { result in
            done += 1
            bar.update(completed: done, detail: result.family.rawValue)
        }
        bar.finish()
        return DeviceReport(device, results)
    }
}

/// What came of checking one device.
struct DeviceReport: Encodable {
    let device: String
    let name: String
    let passed: Int
    let failed: Int
    /// The cases that failed, each with the arrays that are wrong.
    let failures: [CaseResult]

    init(_ device: any Device, _ results: [CaseResult]) {
        self.device = device.identifier
        name = device.name
        failures = results.filter { !$0.passed }
        failed = failures.count
        passed = results.count - failed
    }

    /// The counts, and a line for every array that is wrong.
    var text: String {
        let counts = "\(device) \(name): \(passed) passed, \(failed) failed"
        return ([counts] + failures.map(\.description)).joined(separator: "\n")
    }
}

/// Thrown when a device computes something wrong.
struct ConformanceFailure: Error, CustomStringConvertible {
    let devices: [String]

    var description: String {
        let list = devices.joined(separator: ", ")
        return "wrong results on \(list). A driver may be at fault: try another version of it, "
            + "or train on another device."
    }
}
