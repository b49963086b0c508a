import TandemBasics
import TandemDevices
import TandemTraining

import FoundationEssentials

/// What a benchmark prints: the machine and one row per implementation, device and case.
struct BenchReport: Encodable {
    let benchmark: String
    let machine: Machine
    var results: [Row]

    /// The machine that the figures were measured on.
    struct Machine: Encodable {
        let cpu: String
        let cores: Int
        let threads: Int
        let device: String
        let driver: String
        let measuredPeakGflops: Double?

        private enum CodingKeys: String, CodingKey {
            case cpu, cores, threads, device, driver
            case measuredPeakGflops = "measured_peak_gflops"
        }
    }

    /// The figures of one case.
    struct Row: Encodable {
        let implementation: String
        let device: String
        let `case`: String
        let shape: String
        let medianSeconds: Double
        let minSeconds: Double
        let runs: Int
        /// Missing where the work is not products.
        let gflops: Double?
        let fractionOfPeak: Double?
        let maxRelativeError: Double?

        private enum CodingKeys: String, CodingKey {
            case implementation, device, shape, runs, gflops
            case `case` = "case"
            case medianSeconds = "median_seconds"
            case minSeconds = "min_seconds"
            case fractionOfPeak = "fraction_of_peak"
            case maxRelativeError = "max_relative_error"
        }
    }

    /// The rows as a table for people.
    var table: TextTable {
        var table = TextTable([
            "case", "device", "median", "best", "per second", "GFLOP/s", "max rel. error",
        ])
        for row in results {
            table.append([
                row.case, row.device, Self.duration(row.medianSeconds),
                Self.duration(row.minSeconds), NumberText.fixed(1 / row.medianSeconds, 0),
                row.gflops.map { NumberText.fixed($0, 1) } ?? "",
                row.maxRelativeError.map { Self.scientific($0) } ?? "",
            ])
        }
        return table
    }

    private static func duration(_ seconds: Double) -> String {
        seconds < 1e-3
            ? NumberText.fixed(seconds * 1e6, 1) + " us"
            : NumberText.fixed(seconds * 1000, 3) + " ms"
    }

    private static func scientific(_ value: Double) -> String {
        guard value > 0, value.isFinite else { return "\(value)" }
        var (mantissa, exponent) = (value, 0)
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        return NumberText.fixed(mantissa, 1) + "e\(exponent)"
    }
}

extension BenchReport.Row {
    /// The row of a case from its sorted times; `operations` are those on floating-point numbers of one run.
    init(
        _ case: String, shape: String? = nil, on device: any Device, times: [Double],
        operations: Double? = nil, maxRelativeError: Double? = nil
    ) {
        let median = times[times.count / 2]
        self.init(
            implementation: "Tandem", device: device.identifier, case: `case`,
            shape: shape ?? `case`, medianSeconds: median, minSeconds: times[0], runs: times.count,
            gflops: operations.map { $0 / median / 1e9 }, fractionOfPeak: nil,
            maxRelativeError: maxRelativeError)
    }
}

extension BenchReport.Machine {
    /// This machine, with the device that is measured.
    init(device: any Device, threads: Int?) {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        self.init(
            cpu: Self.processorName, cores: cores, threads: threads ?? cores, device: device.name,
            driver: device.identifier, measuredPeakGflops: nil)
    }

    private static var processorName: String {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
        guard let name = line?.split(separator: ":").last else { return "unknown" }
        return String(name.drop(while: { $0 == " " }))
    }
}

/// Repeated timing of one piece of work.
struct Stopwatch {
    /// Least number of timed runs.
    let runs: Int
    /// Least time spent on timed runs, in seconds.
    let seconds: Double

    /// Two warm-up runs, then timed ones until both minima are reached; seconds of each run, sorted.
    func measure(_ work: () throws -> Void) rethrows -> [Double] {
        let clock = ContinuousClock()
        for _ in 0..<2 { try work() }
        var times: [Double] = []
        let begin = clock.now
        while times.count < runs || (clock.now - begin) / Duration.seconds(1) < seconds {
            let start = clock.now
            try work()
            times.append((clock.now - start) / Duration.seconds(1))
        }
        return times.sorted()
    }
}
