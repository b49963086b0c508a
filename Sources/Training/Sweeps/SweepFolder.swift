import TandemReports
import TandemConfiguration
import TandemBasics
import TandemDatasets

import FoundationEssentials

/// The folder of a sweep: its configuration, the results so far, one model per variant.
public struct SweepFolder: Sendable {
    /// The folder.
    public let path: String

    /// The resolved configuration of the sweep.
    public var configuration: String { path + "/config.json" }
    /// The results, replaced after every variant.
    public var results: String { SweepReportFile.results(in: path) }
    /// The report for people.
    public var report: String { path + "/report.html" }

    /// Creates the folder of a new sweep; throws when it holds something already.
    public init(creating path: String, configuration: SweepConfiguration<some SweptExperiment>)
        throws
    {
        self.path = path
        let content = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard content.isEmpty else { throw SweepError.folderExists(path: path) }
        try Folder.create(path)
        try AtomicFile.write(configuration.resolvedJSON, to: self.configuration)
    }

    /// Opens the folder of a sweep that was interrupted and removes what a killed process left half written; throws when
    /// it holds no sweep.
    public init(opening path: String) throws {
        self.path = path
        guard FileManager.default.fileExists(atPath: configuration) else {
            throw SweepError.notASweep(path: path)
        }
        AbandonedFiles.remove(in: path)
    }

    /// A name for a new sweep's folder that sorts by time.
    public static func newPath(named name: String) -> String {
        RunDirectory.newPath(named: name)
    }

    /// Keeps other processes out of the folder until the lock is released or this process ends.
    public func lock() throws -> RunLock { try RunLock(path) }

    func model<System>(_ configuration: SweepConfiguration<System>, _ variant: SweepVariant<System>)
        -> String
    {
        "\(path)/\(configuration.modelName)_\(variant.name).\(System.modelExtension)"
    }

    /// Removes the model of a variant that has failed after all, with the files beside it.
    func removeModel<System>(
        _ configuration: SweepConfiguration<System>, _ variant: SweepVariant<System>
    ) {
        let model = model(configuration, variant)
        for file in [model] + System.filesBeside(model: model) {
            try? FileManager.default.removeItem(atPath: file)
        }
    }

    /// Replaces the results, then the report on them.
    func write(_ results: SweepResults<some SweptExperiment>, title: String) throws {
        let json = results.json
        try AtomicFile.write(try json.text(isIndented: true) + "\n", to: self.results)
        let content = try SweepReportContent(results: json, title: title, path: self.results)
        try AtomicFile.write(SweepReport(content: content).page.html, to: report)
    }

    /// What an earlier part of the sweep has written; `nil` when it was stopped before its first variant was finished.
    func earlierResults() throws -> JSONValue? {
        guard FileManager.default.fileExists(atPath: results) else { return nil }
        do {
            return try JSONValue.parse(try WholeFile.read(results))
        } catch let problem as JSONProblem {
            throw SweepError.badResults(path: results, problem: "\(problem)")
        }
    }
}

/// Why a sweep cannot start or go on.
public enum SweepError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The folder holds something.
    case folderExists(path: String)
    /// The folder holds no sweep.
    case notASweep(path: String)
    /// The results cannot be read.
    case badResults(path: String, problem: String)
    /// The sweep was begun on other data.
    case changedData(path: String, was: String, now: String)
    /// The sweep was begun with other rows in the parts.
    case changedSplit(path: String)
    /// The system has no way to divide its data into folds.
    case noFolds(recipe: String)
    /// No variant is left to train.
    case noVariants
    /// The file holds no losses to compare with.
    case badBaseline(path: String, problem: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .folderExists(let path):
            "'\(path)' exists and is not empty; choose another folder, or continue that "
                + "sweep"
        case .notASweep(let path):
            "'\(path)' holds no sweep: 'config.json' is missing"
        case .badResults(let path, let problem):
            "\(path): \(problem); remove the file to train all variants anew"
        case .changedData(let path, let was, let now):
            "the sweep in '\(path)' was begun on data with SHA-256 \(was), now it is \(now); "
                + "give the old data, or start a new sweep"
        case .changedSplit(let path):
            "the sweep in '\(path)' was begun with other rows to train on, choose by and report; "
                + "bring the old split file back, or start a new sweep"
        case .noFolds(let recipe):
            "the system '\(recipe)' has no way to divide its data into folds; set folds to 0"
        case .noVariants:
            "no variant is left to train; look at 'only' and 'maximumVariants'"
        case .badBaseline(let path, let problem):
            "\(path): \(problem); name a model (.onnx) or its .meta.json, or an "
                + "optimization_results.json"
        }
    }
}
