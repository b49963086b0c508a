import TandemBasics
import TandemDatasets
import FoundationEssentials
import Glibc
import TandemReports

/// The folder of one run: configuration, history, checkpoints, summary, report.
///
/// Every file is replaced atomically.
public struct RunDirectory: Sendable {
    /// The folder.
    public let path: String

    /// The fully resolved configuration.
    public var configuration: String { path + "/config.json" }
    /// One JSON object per epoch.
    public var history: String { path + "/history.jsonl" }
    /// Everything that resuming needs.
    public var lastCheckpoint: String { path + "/last.safetensors" }
    /// The weights of the best epoch; early stopping chooses it, without there is none.
    public var bestCheckpoint: String { path + "/best.safetensors" }
    /// The average of the weights, where one takes their place and none are chosen as the best.
    public var averageCheckpoint: String { path + "/average.safetensors" }
    /// Everything that resuming from the end of an epoch needs, where states are kept.
    func checkpoint(epoch: Int) -> String { path + "/epoch-\(epoch).safetensors" }
    /// What the run gave; written when everything else is done.
    public var summary: String { path + "/summary.json" }

    /// The report for people.
    public var report: String { path + "/report.html" }

    /// The exported model of a finished run; only some systems write one.
    public var model: String { path + "/model.onnx" }

    /// The best checkpoint, or the average or last one when no epoch has been chosen; throws when there is none yet.
    public func weightsForUse() throws -> String {
        for file in [bestCheckpoint, averageCheckpoint, lastCheckpoint] where Self.exists(file) {
            return file
        }
        throw TrainingError.noCheckpoint(path: path)
    }

    /// Whether a checkpoint to go on from has been written.
    ///
    /// A run that was stopped before its first one starts anew. Throws when the history knows of finished epochs: a
    /// lost checkpoint must not cost the rest of the run too.
    func hasLastCheckpoint() throws -> Bool {
        if Self.exists(lastCheckpoint) { return true }
        guard try !Self.exists(history) || WholeFile.read(history).isEmpty else {
            throw TrainingError.notARun(path: path, missing: "last.safetensors")
        }
        return false
    }

    var hasSummary: Bool { Self.exists(summary) }

    private static func exists(_ file: String) -> Bool {
        FileManager.default.fileExists(atPath: file)
    }

    /// Creates the folder of a new run and writes its configuration; throws when the folder holds something already.
    public init(creating path: String, configuration: String) throws {
        self.path = path
        let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard content.isEmpty else { throw TrainingError.runDirectoryExists(path: path) }
        try Folder.create(path)
        try writeConfiguration(configuration)
        try AtomicFile.write("", to: history)
    }

    /// Opens the folder of an existing run, which holds at least its configuration.
    public init(opening path: String) throws {
        self.path = path
        guard Self.exists(configuration) else {
            throw TrainingError.notARun(path: path, missing: "config.json")
        }
    }

    /// A name for a new run that sorts by time: `Runs/<name>-20260131-235959`, local time.
    ///
    /// A number is appended where the folder exists already.
    public static func newPath(named name: String, in folder: String = "Runs") -> String {
        let stem = "\(folder)/\(name)-\(Timestamp.now())"
        var path = stem
        var count = 1
        while exists(path) {
            count += 1
            path = "\(stem)-\(count)"
        }
        return path
    }

    /// Replaces the configuration by a JSON text.
    public func writeConfiguration(_ text: String) throws {
        try AtomicFile.write(text, to: configuration)
    }

    /// Keeps other processes from training in this folder until the lock is released or this process ends.
    public func lock() throws -> RunLock { try RunLock(path) }

    /// Removes what a run that goes on gave when it was finished before: nobody should take it for the result.
    func removeResults() throws {
        for file in [summary, model] where Self.exists(file) {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    /// Replaces the history.
    public func writeHistory(_ records: [EpochRecord]) throws {
        let encoder = RunCoding.encoder()
        let lines = try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: history)
    }

    /// Replaces the summary by a JSON text.
    public func writeSummary(_ text: String) throws {
        try AtomicFile.write(text + "\n", to: summary)
    }
}

/// The right of one process to write into a folder of results; the system takes it back when the process ends, however.
public final class RunLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of the folder at `path`; throws `TrainingError.runInUse` when another process has it.
    ///
    /// On file systems that know no locks every process gets one.
    public init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK
        else { return }
        close(descriptor)
        throw TrainingError.runInUse(path: path)
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}

/// What processes that were killed while writing have left behind.
enum AbandonedFiles {
    /// Removes it from `folder`, whatever the files were to be; a folder that cannot be read is left alone.
    static func remove(in folder: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var files = Set<String>()
        for name in names where name.hasPrefix(".") && name.hasSuffix(".tmp") {
            // `.<file>.<process>.<number>.tmp`
            let parts = name.dropFirst().split(separator: ".", omittingEmptySubsequences: false)
            if parts.count > 3 { files.insert(parts.dropLast(3).joined(separator: ".")) }
        }
        for file in files { AtomicFile.removeAbandonedTemporaries(of: "\(folder)/\(file)") }
    }
}

extension RunDirectory {
    /// Replaces the report by one on the finished epochs (read from the history without `records`) and what the other files
    /// of the run hold.
    ///
    /// Throws `FileError` when a file cannot be read or written, `ReportError` when the history is damaged. The previous
    /// report is then as it was.
    public func writeReport(_ records: [EpochRecord]? = nil) throws {
        try AtomicFile.write(try makeReport(records).page.html, to: report)
    }

    package func makeReport(_ records: [EpochRecord]? = nil) throws -> RunReport {
        RunReport(
            path: path,
            configuration: String(decoding: try WholeFile.read(configuration), as: UTF8.self),
            history: try records ?? readHistory(),
            summary: hasSummary
                ? String(decoding: try WholeFile.read(summary), as: UTF8.self) : nil)
    }

    /// The records of the finished epochs; none when there is no history yet.
    public func readHistory() throws -> [EpochRecord] {
        guard Self.exists(history) else { return [] }
        let lines = try WholeFile.read(history).split(separator: UInt8(ascii: "\n"))
        let decoder = RunCoding.decoder()
        return try lines.enumerated().map { number, line in
            do {
                return try decoder.decode(EpochRecord.self, from: Data(line))
            } catch {
                throw ReportError.badHistory(path: history, line: number + 1)
            }
        }
    }
}

extension String {
    /// The name of the file or folder at this path.
    var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
