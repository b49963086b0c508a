/// Keeps the time that reports take below two percent of a run: short epochs share one.
struct ReportPace {
    private let now: () -> Duration
    private var due: Duration?

    /// A pace measured by `now`, the time since some moment.
    init(now: @escaping () -> Duration) {
        self.now = now
    }

    /// A pace measured by the system's clock.
    init() {
        let clock = ContinuousClock()
        let start = clock.now
        self.init { clock.now - start }
    }

    /// Calls `write` the first time, the last time, and when fifty times its duration have passed since the last call.
    mutating func report(isLast: Bool, _ write: () throws -> Void) rethrows {
        let start = now()
        if !isLast, let due, start < due { return }
        try write()
        let end = now()
        due = end + (end - start) * 50
    }
}
