import TandemDevices

/// Options of all benchmarks: what to measure on, and for how long.
struct BenchOptions: Sendable, Equatable {
    static let runs = Option<PositiveCount>(
        "runs", "count", help: "Least number of measured runs of each case.", defaultText: "10")
    static let seconds = Option<PositiveNumber>(
        "seconds", "time", help: "Least time to measure each case, in seconds.", defaultText: "1")

    static let parameters: [any Parameter] = [
        SharedOptions.devices, runs, seconds, SharedOptions.threads, SharedOptions.json,
    ]

    let devices: [String]
    let runs: Int
    let seconds: Double
    let threads: Int?
    let printsJSON: Bool

    init(_ arguments: ParsedArguments) throws(UsageError) {
        let named = try arguments.values(of: SharedOptions.devices)
        devices = named.isEmpty ? ["auto"] : named
        runs = try arguments.value(of: Self.runs)?.value ?? 10
        seconds = try arguments.value(of: Self.seconds)?.value ?? 1
        threads = try arguments.value(of: SharedOptions.threads)?.value
        printsJSON = arguments.contains(SharedOptions.json)
    }

    /// Measures on every device asked for and prints one report.
    func report(
        _ benchmark: String, on console: Console,
        _ measure: (any Device, Stopwatch) throws -> [BenchReport.Row]
    ) throws {
        let stopwatch = Stopwatch(runs: runs, seconds: seconds)
        var report: BenchReport?
        for text in devices {
            let device = try DeviceCatalog.open(try DeviceSelection(text), threads: threads)
            if !printsJSON { console.note("\(device.identifier): \(device.name)") }
            let machine = BenchReport.Machine(device: device, threads: threads)
            var merged =
                report ?? BenchReport(benchmark: benchmark, machine: machine, results: [])
            merged.results += try measure(device, stopwatch)
            report = merged
        }
        guard let report else { return }
        if printsJSON { try console.printJSON(report) } else { console.print(report.table) }
    }
}
