import Datasets

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// The folder of one run: configuration, history, checkpoints, summary.
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
    /// The weights of the best epoch.
    public var bestCheckpoint: String { path + "/best.safetensors" }
    /// The best checkpoint, or the last one when no epoch has finished.
    public var weightsForUse: String {
        FileManager.default.fileExists(atPath: bestCheckpoint) ? bestCheckpoint : lastCheckpoint
    }

    /// What the run gave.
    public var summary: String { path + "/summary.json" }

    /// Creates the folder of a new run and writes its configuration; throws when the folder holds something already.
    public init(creating path: String, configuration: String) throws {
        self.path = path
        let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard content.isEmpty else { throw TrainingError.runDirectoryExists(path: path) }
        try Folder.create(path)
        try AtomicFile.write(configuration + "\n", to: self.configuration)
        try AtomicFile.write("", to: history)
    }

    /// Opens the folder of an existing run.
    public init(opening path: String) throws {
        self.path = path
        for file in [configuration, lastCheckpoint]
        where !FileManager.default.fileExists(atPath: file) {
            throw TrainingError.notARun(
                path: path, missing: file == configuration ? "config.json" : "last.safetensors")
        }
    }

    /// Replaces the history.
    public func writeHistory(_ records: [EpochRecord]) throws {
        let encoder = Self.encoder()
        let lines = try records.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        try AtomicFile.write(lines.map { $0 + "\n" }.joined(), to: history)
    }

    /// Replaces the summary by a JSON text.
    public func writeSummary(_ text: String) throws {
        try AtomicFile.write(text + "\n", to: summary)
    }

    /// The encoder of all files of a run: sorted keys, numbers that are not finite as text.
    public static func encoder() -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return encoder
    }
}
