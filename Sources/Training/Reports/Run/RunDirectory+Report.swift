import TandemReports
import TandemBasics
import TandemDatasets

import FoundationEssentials

extension RunDirectory {
    /// The report for people; see ``RunReport``.
    public var report: String { path + "/report.html" }

    /// Replaces the report by one on `history` and what the other files of the run hold.
    ///
    /// - Parameter records: the finished epochs; read from the history file without it.
    /// - Throws: `FileError` when a file cannot be read or written, `ReportError` when the history is damaged. The
    ///   previous report is then as it was.
    public func writeReport(_ records: [EpochRecord]? = nil) throws {
        try AtomicFile.write(try makeReport(records).page.html, to: report)
    }

    /// The report on this run as it stands.
    public func makeReport(_ records: [EpochRecord]? = nil) throws -> RunReport {
        RunReport(
            path: path,
            configuration: String(decoding: try WholeFile.read(configuration), as: UTF8.self),
            history: try records ?? readHistory(),
            summary: hasSummary
                ? String(decoding: try WholeFile.read(summary), as: UTF8.self) : nil)
    }

    /// The records of the finished epochs; none when there is no history yet.
    public func readHistory() throws -> [EpochRecord] {
        guard FileManager.default.fileExists(atPath: history) else { return [] }
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

/// Why a report cannot be made.
public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A line of a history is no record of an epoch.
    case badHistory(path: String, line: Int)
    /// The results of a sweep cannot be read.
    case badResults(path: String, problem: String)

    /// What happened, and what to do next.
    public var description: String {
        switch self {
        case .badHistory(let path, let line):
            "\(path): line \(line) is not the record of an epoch; the run itself is in "
                + "last.safetensors, and training on writes the history anew"
        case .badResults(let path, let problem):
            "\(path): \(problem); the file must be one that a sweep has written"
        }
    }
}
