import TandemCOpenCL
import TandemBasics

/// How long a kernel ran in total.
public struct KernelTiming: Sendable, Codable, Hashable {
    /// Name of the kernel.
    public let kernel: String
    /// Number of launches.
    public let count: Int
    /// Seconds on the device, summed over all launches.
    public let seconds: Double
}

/// Sums the run times of kernels by the events of a profiling queue.
///
/// Not thread-safe: its device guards it.
final class KernelClock {
    private var totals: [String: (count: Int, nanoseconds: UInt64)] = [:]
    private var pending: [(kernel: String, event: cl_event)] = []

    /// Events are kept until somebody waits, at most this many.
    private static let largestBacklog = 4096

    deinit {
        // An event holds its queue and context.
        for (_, event) in pending { clReleaseEvent(event) }
    }

    /// Notes a launch; `event` is released here.
    func add(_ kernel: String, _ event: cl_event) {
        pending.append((kernel, event))
        if pending.count >= Self.largestBacklog { collect() }
    }

    /// The totals so far, longest first; waits for the kernels that are still running.
    func timings() -> [KernelTiming] {
        collect()
        return totals.map { kernel, total in
            KernelTiming(
                kernel: kernel, count: total.count, seconds: Double(total.nanoseconds) * 1e-9)
        }.sorted { ($0.seconds, $1.kernel) > ($1.seconds, $0.kernel) }
    }

    /// Sets the totals to zero.
    func reset() {
        collect()
        totals = [:]
    }

    private func collect() {
        for (kernel, event) in pending {
            var waiting: cl_event? = event
            clWaitForEvents(1, &waiting)
            let start = time(CL_PROFILING_COMMAND_START, of: event)
            let end = time(CL_PROFILING_COMMAND_END, of: event)
            let total = totals[kernel] ?? (0, 0)
            totals[kernel] = (total.count + 1, total.nanoseconds + (end > start ? end - start : 0))
            clReleaseEvent(event)
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func time(_ moment: Int32, of event: cl_event) -> UInt64 {
        var nanoseconds: cl_ulong = 0
        clGetEventProfilingInfo(
            event, cl_profiling_info(moment), MemoryLayout<cl_ulong>.size, &nanoseconds, nil)
        return nanoseconds
    }
}

extension OpenCLDevice {
    /// Total run time of every kernel since the device was opened or `resetTimings`, longest first.
    ///
    /// Waits for all issued work. Empty unless the device was opened with `OpenCLOptions.measuresKernels`.
    public var timings: [KernelTiming] {
        issuing.withLock { _ in kernelClock?.timings() ?? [] }
    }

    /// Sets the totals of `timings` to zero.
    public func resetTimings() {
        issuing.withLock { _ in kernelClock?.reset() }
    }
}
