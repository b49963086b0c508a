import TandemBasics

/// How a call, or the missing of one, turned out.
public enum OutcomeType: String, CaseIterable, Sendable, DatabaseConvertible {
    /// Well.
    case positive
    /// Badly.
    case negative
    /// Neither.
    case neutral
}

/// How a call turned out, and how well from 0 to 1.
public struct CallOutcome: Equatable, Sendable, CustomStringConvertible {
    /// The kind.
    public let type: OutcomeType
    /// How well.
    public let score: Double

    /// An outcome; throws `RolloutError.invalidScore` unless the score lies in 0...1.
    public init(_ type: OutcomeType, score: Double) throws(RolloutError) {
        guard (0...1).contains(score) else {
            throw .invalidScore(name: "the outcome score", score)
        }
        self.type = type
        self.score = score
    }

    /// An outcome whose parts may be missing, but only both.
    public init?(_ type: OutcomeType?, score: Double?) throws(RolloutError) {
        switch (type, score) {
        case (nil, nil): return nil
        case (let type?, let score?): try self.init(type, score: score)
        case (let type?, nil):
            throw .halfAnOutcome(given: "the type '\(type.rawValue)'", missing: "the score")
        case (nil, let score?):
            throw .halfAnOutcome(given: "the score \(score)", missing: "the type")
        }
    }

    /// The outcome as `positive (0.8)`.
    public var description: String { "\(type.rawValue) (\(score))" }
}

/// The score that decides about a call: the formula's mixed with the model's.
public enum HybridScore {
    /// A user is called at this score and above.
    public static let callThreshold = 0.70

    /// `formula * (1 - weight) + neural * weight`, limited to 0...1.
    public static func value(formula: Double, neural: Double, weight: Double) -> Double {
        min(max(formula * (1 - weight) + neural * weight, 0), 1)
    }

    /// Whether a user with this score is called.
    public static func isCalled(_ score: Double) -> Bool {
        score >= callThreshold
    }
}

/// One score that a user was given, as it is logged.
public struct OutcomeEntry: Equatable, Sendable {
    /// The anonymised identifier of the user.
    public var subject: String
    /// What the user was, or was not, called to.
    public var opportunity: String
    /// The score, from 0 to 1.
    public var callingScore: Double
    /// Whether the user was called; nil for a call at ``HybridScore/callThreshold`` and above.
    public var isCalled: Bool?
    /// What the user was shown; nil for what follows from the version or, without one, from the assignment of users.
    public var group: TestGroup?
    /// The version that gave the score; nil for the one that serves the group at the moment.
    public var version: String?
    /// How it turned out, if that is known already.
    public var outcome: CallOutcome?
    /// When; nil for the present moment.
    public var at: Moment?

    /// An entry of which only the score is known.
    public init(subject: String, opportunity: String, callingScore: Double) {
        self.subject = subject
        self.opportunity = opportunity
        self.callingScore = callingScore
    }

    /// Reads one line of a bulk file.
    init(_ line: JSONValue) throws {
        var fields = try RecordFields(line)
        subject = try fields.required("subject_id", try fields.text("subject_id"))
        opportunity = try fields.required("opportunity_id", try fields.text("opportunity_id"))
        callingScore = try fields.required("calling_score", try fields.share("calling_score"))
        isCalled = try fields.flag("is_called")
        group = try fields.choice("test_group")
        version = try fields.text("version")
        outcome = try CallOutcome(
            try fields.choice("outcome_type"), score: try fields.share("outcome_score"))
        at = try fields.moment("at")
        try fields.requireEnd()
    }
}

/// The entries of a bulk file and the lines on which they stand.
///
/// The file holds one JSON object per line, with the columns `subject_id`, `opportunity_id` and `calling_score` and, where
/// known, `is_called`, `test_group`, `version`, `outcome_type`, `outcome_score` and `at`. Empty lines are passed over.
public struct OutcomeFile: Sendable {
    /// The path of the file.
    public let path: String
    /// The entries with the numbers of their lines, counted from 1.
    public let entries: [(line: Int, entry: OutcomeEntry)]

    /// Reads the whole file.
    ///
    /// - Throws: `FileError`; `RolloutError.line` for the first wrong line; `RolloutError.file` if there is no entry.
    public init(_ path: String) throws {
        self.path = path
        var entries: [(line: Int, entry: OutcomeEntry)] = []
        let lines = try WholeFile.read(path).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, bytes) in lines.enumerated()
        where !bytes.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) {
            do {
                entries.append((index + 1, try OutcomeEntry(try JSONValue.parse(Array(bytes)))))
            } catch {
                throw RolloutError.line(path: path, line: index + 1, "\(error)")
            }
        }
        if entries.isEmpty { throw RolloutError.file(path: path, "the file holds no outcomes") }
        self.entries = entries
    }
}
