import TandemBasics
import Synchronization
import TandemTraining

/// Shows how far a long piece of work has come, with its rate and the time left.
///
/// On a terminal one line is redrawn, at most ten times a second. Elsewhere (a log file, a pipe)
/// plain lines are written: one every ten seconds, and one at the end.
final class ProgressBar: Sendable {
    private struct State {
        var completed = 0
        var detail = ""
        var lastShown: Double?
        var lastWidth = 0
        var isFinished = false
    }

    private let sink: any TextSink
    private let title: String
    private let unit: String
    private let total: Int
    private let start: Int
    private let seconds: @Sendable () -> Double
    private let terminalWidth: Int?
    private let state = Mutex(State())

    /// Starts the clock at the step `start`; `seconds` is a clock for tests, by default the system's monotonic one.
    init(
        _ title: String, total: Int, from start: Int = 0, unit: String, sink: any TextSink,
        seconds: (@Sendable () -> Double)? = nil
    ) {
        self.start = start
        self.sink = sink
        self.title = title
        self.unit = unit
        self.total = max(total, 0)
        self.seconds = seconds ?? Self.stopwatch()
        terminalWidth = sink.terminalWidth
    }

    /// Notes that `completed` steps are done, the earlier ones included; may be called from any thread.
    ///
    /// The detail is shown until another one is given.
    func update(completed: Int, detail: String? = nil) {
        state.withLock { state in
            state.completed = completed
            if let detail { state.detail = detail }
            show(&state)
        }
    }

    /// Notes one more step; may be called from any thread.
    func advance(by steps: Int = 1) {
        state.withLock { state in
            state.completed += steps
            show(&state)
        }
    }

    /// Shows the final state and ends the line; further calls do nothing.
    func finish() {
        state.withLock { state in
            guard !state.isFinished else { return }
            state.isFinished = true
            write(&state, now: seconds())
            if terminalWidth != nil {
                sink.write("\n")
            }
        }
    }

    private func show(_ state: inout State) {
        let now = seconds()
        let isDue =
            if terminalWidth == nil {
                now - (state.lastShown ?? 0) >= 10
            } else {
                state.lastShown.map { now - $0 >= 0.1 } ?? true
            }
        if isDue && !state.isFinished {
            write(&state, now: now)
        }
    }

    private func write(_ state: inout State, now: Double) {
        state.lastShown = now
        let figures = figures(state, elapsed: now)
        guard let terminalWidth else {
            sink.write("\(title): \(figures)\n")
            return
        }
        let barWidth = min(30, terminalWidth - title.count - figures.count - 6)
        let bar = barWidth >= 5 ? " \(bar(state.completed, width: barWidth))" : ""
        let line = String("\(title)\(bar) \(figures)".prefix(terminalWidth - 1))
        let erased = String(repeating: " ", count: max(0, state.lastWidth - line.count))
        sink.write("\r" + line + erased)
        state.lastWidth = line.count
    }

    private func figures(_ state: State, elapsed: Double) -> String {
        let completed = min(state.completed, total)
        var parts = ["\(NumberText.grouped(completed))/\(NumberText.grouped(total)) \(unit)"]
        // The first fraction of a second says little about the rate.
        if completed > start && (elapsed > 0.2 || (state.isFinished && elapsed > 0)) {
            let rate = Double(completed - start) / elapsed
            parts.append("\(NumberText.short(rate)) \(unit)/s")
            if state.isFinished {
                parts.append("in " + NumberText.duration(elapsed))
            } else {
                parts.append("ETA " + NumberText.duration(Double(total - completed) / rate))
            }
        }
        if !state.detail.isEmpty {
            parts.append(state.detail)
        }
        return parts.joined(separator: ", ")
    }

    private func bar(_ completed: Int, width: Int) -> String {
        let filled = total == 0 ? width : min(completed, total) * width / total
        return "[" + String(repeating: "#", count: filled)
            + String(repeating: ".", count: width - filled) + "]"
    }

    private static func stopwatch() -> @Sendable () -> Double {
        let start = ContinuousClock.now
        return { (ContinuousClock.now - start) / Duration.seconds(1) }
    }
}
