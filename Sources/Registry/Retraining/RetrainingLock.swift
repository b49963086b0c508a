import Glibc

/// The right of one process to train models of a type, kept as a row of the table `retraining_lock`.
struct RetrainingLock {
    let type: ModelType
    let process: Int
    let reason: RetrainingReason
    let startedAt: Moment

    init(_ type: ModelType, _ reason: RetrainingReason, startedAt: Moment) {
        self.type = type
        process = Int(getpid())
        self.reason = reason
        self.startedAt = startedAt
    }

    /// Reads a row of the table.
    init(_ row: DatabaseRow) throws(RegistryError) {
        type = try row.value("model_type")
        process = try row.value("process")
        reason = try row.value("reason")
        startedAt = try row.value("started_at")
    }

    /// Whether the process that took the lock is still there.
    ///
    /// A process that began after the lock was taken has only been given the number of one that is gone; a minute of
    /// doubt is left for a clock that was put forward since.
    var isHeld: Bool {
        guard let number = pid_t(exactly: process), number > 0 else { return false }
        guard kill(number, 0) == 0 || errno == EPERM else { return false }
        guard let began = Self.beginning(ofProcess: number) else { return true }
        return began <= startedAt.advanced(bySeconds: 60)
    }

    /// When a process began, where the system tells (Linux: `/proc`, to a hundredth of a second).
    private static func beginning(ofProcess process: pid_t) -> Moment? {
        guard let line = contents("/proc/\(process)/stat"),
            // The second field, the name in brackets, may hold spaces and brackets itself.
            let afterName = line.lastIndex(of: ")"),
            let boot = contents("/proc/stat")?.split(separator: "\n")
                .first(where: { $0.hasPrefix("btime ") })?.split(separator: " ").last
        else { return nil }
        let fields = line[afterName...].split(separator: " ")
        let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))
        guard fields.count > 20, let ticks = Double(fields[20]), let bootSeconds = Int(boot),
            ticksPerSecond > 0
        else { return nil }
        return Moment(milliseconds: bootSeconds * 1000)
            .advanced(bySeconds: ticks / Double(ticksPerSecond))
    }

    /// The text of a file of the system, whose length is not known before it is read.
    private static func contents(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = fread(&block, 1, block.count, file)
            if count == 0 { break }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ModelRegistry {
    /// Takes the lock of a type; that of a process that is gone is taken over.
    ///
    /// - Throws: `RolloutError.retrainingRuns` while another training of the type runs.
    func takeRetrainingLock(
        _ type: ModelType, _ reason: RetrainingReason, startedAt: Moment
    ) throws -> RetrainingLock {
        try database.transaction {
            if let held = try retrainingLock(of: type), held.isHeld {
                throw RolloutError.retrainingRuns(
                    type: type.name, process: held.process, reason: held.reason.rawValue,
                    since: held.startedAt.description)
            }
            let lock = RetrainingLock(type, reason, startedAt: startedAt)
            try database.insert(
                into: "retraining_lock",
                [
                    "model_type": type, "process": lock.process, "reason": reason,
                    "started_at": startedAt,
                ],
                """
                ON CONFLICT(model_type) DO UPDATE SET process = excluded.process,
                  reason = excluded.reason, started_at = excluded.started_at
                """)
            return lock
        }
    }

    /// Gives the lock back, unless another process has taken it over.
    func release(_ lock: RetrainingLock) throws {
        try database.execute(
            "DELETE FROM retraining_lock WHERE model_type = ? AND process = ? AND started_at = ?",
            [lock.type, lock.process, lock.startedAt])
    }

    /// The lock of a type; nil if nobody has taken it.
    func retrainingLock(of type: ModelType) throws -> RetrainingLock? {
        try database.firstRow("SELECT * FROM retraining_lock WHERE model_type = ?", [type])
            .map { try RetrainingLock($0) }
    }
}
