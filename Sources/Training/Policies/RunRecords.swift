import TandemReports

/// Writes what people read of a run: one line of history per epoch, and the report.
public final class RunRecords: TrainingPolicy {
    private let directory: RunDirectory
    private var pace = ReportPace()

    /// Writes into `directory`.
    public init(_ directory: RunDirectory) {
        self.directory = directory
    }

    /// `records`.
    public var name: String { "records" }

    /// Replaces the history, which may lack what a killed process had no time to write.
    public func didStart(_ run: TrainingContext) throws {
        if run.state.epoch > 0 { try directory.writeHistory(run.state.history) }
    }

    /// Replaces history and report; reports that would slow the run down are left out.
    public func saveEpoch(_ record: EpochRecord, _ run: TrainingContext) throws {
        try directory.writeHistory(run.state.history)
        try pace.report(isLast: run.state.stopReason != nil) {
            try directory.writeReport(run.state.history)
        }
    }
}

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
