import TandemDatasets
import TandemRegistry
import Testing

/// Logging scores, and filling in how they turned out.
@Suite("Logged outcomes")
struct OutcomeLoggingTests {
    private let columns =
        "SELECT version, subject_id, opportunity_id, test_group, calling_score, is_called, "
        + "outcome_type, outcome_score FROM ab_outcomes ORDER BY id"

    @Test("The group, the version and the call follow from the assignment and the score")
    func defaults() throws {
        let test = try TestRegistry.inTest()
        // user_1 lies at 0.83, user_5 at 0.04.
        for (user, score) in [("user_1", 0.7), ("user_5", 0.69)] {
            try test.registry.log(
                OutcomeEntry(subject: user, opportunity: "spot", callingScore: score),
                of: .callingScore)
        }
        #expect(
            try test.rows(columns) == [
                "v1.0-hybrid user_1 spot control 0.7 1 - -",
                "v1.1-hybrid user_5 spot candidate 0.69 0 - -",
            ])
    }

    @Test("What an entry says counts; what it leaves open follows from it")
    func explicit() throws {
        let test = try TestRegistry.inTest()
        try test.logFile(
            #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"test_group":"candidate"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0,"version":"v1.1-hybrid"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0,"version":"v1.0-hybrid"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.5,"test_group":"hybrid"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.9,"is_called":false,"#
                + #""test_group":"formulaBased","outcome_type":"negative","outcome_score":0}"#,
            #"{"subject_id":"","opportunity_id":"x","calling_score":0.5,"version":null,"#
                + #""at":"2026-02-01"}"#)
        #expect(
            try test.rows(columns) == [
                "v1.1-hybrid a x candidate 1.0 1 - -", "v1.1-hybrid a x candidate 0.0 0 - -",
                "v1.0-hybrid a x control 0.0 0 - -", "v1.0-hybrid a x hybrid 0.5 0 - -",
                "- a x formulaBased 0.9 0 negative 0.0", "v1.0-hybrid  x control 0.5 0 - -",
            ])
        #expect(
            try test.rows("SELECT at FROM ab_outcomes WHERE id = 6")
                == ["2026-02-01T00:00:00.000Z"])
    }

    @Test("A group that nobody is in, and a version that serves nobody, must be named")
    func unknown() throws {
        let test = try TestRegistry.inTest()
        try test.add("v1.2-hybrid")
        try test.registry.stopTest("v1.1-hybrid", of: .callingScore)
        var entry = OutcomeEntry(subject: "a", opportunity: "x", callingScore: 0.5)
        entry.group = .candidate
        #expect(
            rolloutError { try test.registry.log(entry, of: .callingScore) }
                == .noVersionForGroup(type: "calling_score", group: "candidate"))
        entry.group = nil
        entry.version = "v1.2-hybrid"
        #expect(
            rolloutError { try test.registry.log(entry, of: .callingScore) }
                == .noGroupForVersion(type: "calling_score", version: "v1.2-hybrid"))
        entry.version = "v7.7-hybrid"
        guard
            case .unknownVersion = registryError({
                try test.registry.log(entry, of: .callingScore)
            })
        else {
            Issue.record("an unknown version was logged")
            return
        }
        entry.version = "v1.2-hybrid"
        entry.group = .candidate
        try test.registry.log(entry, of: .callingScore)
    }

    @Test("Scores outside 0...1 are refused", arguments: [-0.01, 1.01, .nan, .infinity])
    func scores(_ score: Double) throws {
        let test = try TestRegistry.inTest()
        func refuses(_ body: () throws -> Void) -> Bool {
            if case .invalidScore = rolloutError(body) { true } else { false }
        }
        #expect(
            refuses {
                try test.registry.log(
                    OutcomeEntry(subject: "a", opportunity: "x", callingScore: score),
                    of: .callingScore)
            })
        #expect(refuses { _ = try CallOutcome(.positive, score: score) })
        #expect(refuses { try test.registry.logSatisfaction(score) })
        #expect(try test.rows(columns).isEmpty)
    }

    @Test(
        "A wrong line is named, and nothing of its file is kept",
        arguments: [
            ("{", "JSON"), ("[1]", "not a JSON object"), ("3", "not a JSON object"),
            (#"{"opportunity_id":"x","calling_score":0.5}"#, "'subject_id' is missing"),
            (#"{"subject_id":7,"opportunity_id":"x","calling_score":0.5}"#, "'subject_id' is 7"),
            (#"{"subject_id":"a","opportunity_id":"x","calling_score":1.5}"#, "1.5"),
            (#"{"subject_id":"a","opportunity_id":"x","calling_score":"1"}"#, "0 to 1"),
            (#"{"subject_id":"a","opportunity_id":"x","calling_score":null}"#, "is missing"),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"test_group":"b"}"#,
                "formulaBased"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"is_called":"yes"}"#,
                "true or false"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"at":"yesterday"}"#,
                "yesterday"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"outcome":"good"}"#,
                "'outcome'"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"#
                    + #""outcome_type":"positive"}"#, "the score"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"outcome_score":0}"#,
                "the type"
            ),
            (
                #"{"subject_id":"a","opportunity_id":"x","calling_score":1,"version":"v9"}"#,
                "v9"
            ),
        ])
    func wrongLine(line: String, mentioned: String) throws {
        let test = try TestRegistry.inTest()
        let good = #"{"subject_id":"a","opportunity_id":"x","calling_score":0.5}"#
        let error = rolloutError { try test.logFile(good, "", good, line, good) }
        guard case .line(let path, 4, let problem) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasSuffix("outcomes.jsonl"))
        #expect(problem.contains(mentioned), "\(problem)")
        #expect(try test.rows(columns).isEmpty)
    }

    @Test("Lines may end as on other systems; a file without lines is refused")
    func lineEnds() throws {
        let test = try TestRegistry.inTest()
        let good = #"{"subject_id":"a","opportunity_id":"x","calling_score":0.5}"#
        try test.logFile(good + "\r", good + "\r", "")
        #expect(try test.rows(columns).count == 2)
        for empty in ["", "\n\n", " \r\n"] {
            guard case .file = rolloutError({ try test.logFile(empty) }) else {
                Issue.record("a file without lines was taken")
                return
            }
        }
    }

    @Test("An outcome goes to the newest row of its user and opportunity")
    func newest() throws {
        let test = try TestRegistry.inTest()
        try test.logFile(
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.1,"at":"2026-03-03"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.2,"at":"2026-03-04"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.3,"at":"2026-03-04"}"#,
            #"{"subject_id":"a","opportunity_id":"x","calling_score":0.4,"at":"2026-03-02"}"#,
            #"{"subject_id":"a","opportunity_id":"y","calling_score":0.5,"at":"2026-03-05"}"#,
            #"{"subject_id":"b","opportunity_id":"x","calling_score":0.6,"at":"2026-03-05"}"#)
        let outcome = try CallOutcome(.positive, score: 0.75)
        try test.registry.setOutcome(
            outcome, subject: "a", opportunity: "x", of: .callingScore)
        #expect(
            try test.rows(
                "SELECT calling_score, outcome_type, outcome_score FROM ab_outcomes "
                    + "WHERE outcome_type IS NOT NULL") == ["0.3 positive 0.75"])
    }

    @Test("An outcome that is known is only overwritten on request")
    func overwriting() throws {
        let test = try TestRegistry.inTest()
        try test.registry.log(
            OutcomeEntry(subject: "a", opportunity: "x", callingScore: 0.5), of: .callingScore)
        func set(_ type: OutcomeType, _ score: Double, replaces: Bool = false) throws {
            try test.registry.setOutcome(
                try CallOutcome(type, score: score), subject: "a", opportunity: "x",
                of: .callingScore, replaces: replaces)
        }
        try set(.positive, 0.75)
        try set(.positive, 0.75)
        #expect(
            rolloutError { try set(.negative, 0.25) }
                == .outcomeKnown(subject: "a", opportunity: "x", present: "positive 0.75"))
        try set(.negative, 0.25, replaces: true)
        #expect(
            try test.rows("SELECT outcome_type, outcome_score FROM ab_outcomes")
                == ["negative 0.25"])
        for (subject, opportunity) in [("a", "y"), ("b", "x")] {
            #expect(
                rolloutError {
                    try test.registry.setOutcome(
                        try CallOutcome(.neutral, score: 0.5), subject: subject,
                        opportunity: opportunity, of: .callingScore)
                }
                    == .noRowForOutcome(
                        type: "calling_score", subject: subject, opportunity: opportunity))
        }
    }
}
