/// Why a test, an outcome, a watch or a retraining was refused.
public enum RolloutError: Error, Sendable, Equatable {
    /// A test needs an active version to compare with.
    case noActiveVersion(type: String)
    /// Another version of the type is under test.
    case testRunning(type: String, version: String, running: String)
    /// The version is not under test.
    case noTest(type: String, version: String?)
    /// A test cannot be given no users at all.
    case emptyFraction(Double)
    /// The test has reached the top of its ladder.
    case ladderEnds(type: String, version: String, fraction: Double)
    /// A score is not a number from 0 to 1.
    case invalidScore(name: String, Double)
    /// The type and the score of an outcome belong together.
    case halfAnOutcome(given: String, missing: String)
    /// The outcome names a group that has no version at the moment, and no version.
    case noVersionForGroup(type: String, group: String)
    /// The outcome names a version that serves nobody at the moment, and no group.
    case noGroupForVersion(type: String, version: String)
    /// Nothing is logged that could have this outcome.
    case noRowForOutcome(type: String?, subject: String, opportunity: String)
    /// The newest matching row has another outcome already.
    case outcomeKnown(subject: String, opportunity: String, present: String)
    /// A line of a bulk file is wrong; nothing of the file was kept.
    case line(path: String, line: Int, String)
    /// A record of a bulk file is wrong; nothing of the file was kept.
    case record(path: String, record: Int, String)
    /// A bulk file as a whole cannot be used.
    case file(path: String, String)
    /// Another process is training.
    case retrainingRuns(type: String, process: Int, reason: String, since: String)
    /// There is not enough to train on.
    case tooFewRecords(outcomes: Int, required: Int)
    /// The active version is another one than the new model was compared with.
    case activeVersionChanged(type: String, from: String?, to: String?, model: String)
    /// The new model was not compared with the active version.
    case notCompared(type: String, active: String, model: String)
}

extension RolloutError: CustomStringConvertible {
    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .noActiveVersion(let type):
            "no version of \(type) is active, so there is nothing to compare with; switch to one "
                + "first"
        case .testRunning(let type, let version, let running):
            version == running
                ? "a test of '\(version)' of \(type) is running already; only its share can be "
                    + "changed"
                : "'\(version)' cannot be tested while the test of '\(running)' of \(type) is "
                    + "running; end that first"
        case .noTest(let type, let version):
            (version.map { "'\($0)' of \(type) is not under test" }
                ?? "no version of \(type) is under test")
                + "; start a test first"
        case .emptyFraction(let fraction):
            "a test needs a share of the users above 0, not \(fraction); to give it "
                + "none, end it"
        case .ladderEnds(let type, let version, let fraction):
            "the test of '\(version)' of \(type) has reached the share \(fraction), beyond which "
                + "there is no stage; switch to the version, so that it serves all"
        case .invalidScore(let name, let value):
            "\(name) is \(value), which is not a number from 0 to 1"
        case .halfAnOutcome(let given, let missing):
            "an outcome has a type and a score, but only \(given) is given; add \(missing)"
        case .noVersionForGroup(let type, let group):
            "no version of \(type) serves the group '\(group)' at the moment; name the version "
                + "that gave the score"
        case .noGroupForVersion(let type, let version):
            "'\(version)' of \(type) is neither active nor under test; name the group that was "
                + "given its score"
        case .noRowForOutcome(let type, let subject, let opportunity):
            "nothing is logged for user '\(subject)' and opportunity '\(opportunity)'"
                + (type.map { " of \($0)" } ?? "") + "; log the score first"
        case .outcomeKnown(let subject, let opportunity, let present):
            "the newest row of user '\(subject)' and opportunity '\(opportunity)' has the outcome "
                + "\(present) already; it stays unless it is to be replaced"
        case .line(let path, let line, let problem):
            "\(path), line \(line): \(problem); nothing of the file was kept"
        case .record(let path, let record, let problem):
            "\(path), record \(record): \(problem); nothing of the file was kept"
        case .file(let path, let problem): "\(path): \(problem)"
        case .retrainingRuns(let type, let process, let reason, let since):
            "process \(process) has been training \(type) since \(since) (\(reason)); wait until "
                + "it has ended"
        case .tooFewRecords(let outcomes, let required):
            "only \(outcomes) training records have an outcome, \(required) are needed; import "
                + "more"
        case .activeVersionChanged(let type, let from, let to, let model):
            "while the model was trained the active version of \(type) changed from "
                + "\(from ?? "none") to \(to ?? "none"), with which it was not compared; the "
                + "model is kept at \(model): register it yourself or train again"
        case .notCompared(let type, let active, let model):
            "the training did not compare its model with '\(active)', the active version of "
                + "\(type); the model is kept at \(model): register it yourself"
        }
    }
}
