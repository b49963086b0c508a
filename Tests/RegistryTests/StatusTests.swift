import TandemDatasets
import Foundation
import TandemRegistry
import Testing

@Suite struct StatusTests {
    enum Action: String, CaseIterable {
        case `switch`, deprecate, archive, weight
    }

    /// What becomes of a version in each status; nil where the action is refused.
    static let transitions: [(VersionStatus, Action, VersionStatus?)] = [
        (.staging, .switch, .active), (.staging, .deprecate, .deprecated),
        (.staging, .archive, .archived), (.staging, .weight, .staging),
        (.active, .switch, .active), (.active, .deprecate, nil), (.active, .archive, nil),
        (.active, .weight, .active),
        (.deprecated, .switch, .active), (.deprecated, .deprecate, nil),
        (.deprecated, .archive, .archived), (.deprecated, .weight, .deprecated),
        (.archived, .switch, nil), (.archived, .deprecate, nil), (.archived, .archive, nil),
        (.archived, .weight, nil),
    ]

    @Test func theTableIsComplete() {
        #expect(Self.transitions.count == VersionStatus.allCases.count * Action.allCases.count)
    }

    @Test(arguments: transitions)
    func transition(from status: VersionStatus, by action: Action, to expected: VersionStatus?)
        throws
    {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.add("v1.1-hybrid")
        switch status {
        case .staging: break
        case .active: try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        case .deprecated: try test.registry.deprecate("v1.1-hybrid", of: .callingScore)
        case .archived: try test.registry.archive("v1.1-hybrid", of: .callingScore)
        }
        let before = try test.registry.history()
        let error = registryError {
            switch action {
            case .switch: try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
            case .deprecate: try test.registry.deprecate("v1.1-hybrid", of: .callingScore)
            case .archive: try test.registry.archive("v1.1-hybrid", of: .callingScore)
            case .weight:
                try test.registry.setWeight(0.4, of: "v1.1-hybrid", type: .callingScore)
            }
        }
        #expect(try test.status("v1.1-hybrid") == expected ?? status)
        if expected == nil {
            guard case .refused(_, "calling_score", "v1.1-hybrid", status, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(try test.registry.history() == before)
        } else {
            #expect(error == nil)
            let isChange = !(status == .active && action == .switch)
            #expect(try test.registry.history().count == before.count + (isChange ? 1 : 0))
        }
        let active = try test.registry.versions().filter(\.isActive).map(\.version)
        #expect(
            active == [try test.status("v1.1-hybrid") == .active ? "v1.1-hybrid" : "v1.0-hybrid"])
    }

    @Test func unknownVersionsNameThoseThatThereAre() throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid")
        let expected = RegistryError.unknownVersion(
            type: "calling_score", version: "v9", known: ["v1.0-hybrid"])
        let actions: [() throws -> Void] = [
            { try test.registry.switchVersion(to: "v9", of: .callingScore) },
            { try test.registry.deprecate("v9", of: .callingScore) },
            { try test.registry.archive("v9", of: .callingScore) },
            { try test.registry.setWeight(0, of: "v9", type: .callingScore) },
            { _ = try test.registry.verify("v9") },
        ]
        for action in actions { #expect(registryError(action) == expected) }
    }

    @Test func switchingEndsTheTestAndBeginsAWatch() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        let database = test.registry.database
        #expect(try database.rows("SELECT * FROM rollout_watch").isEmpty)
        for index in 0..<25 {
            try database.execute(
                "INSERT INTO satisfaction(score, at) VALUES (?, ?)",
                [index < 5 ? 0.0 : 0.75, database.clock.now()])
        }
        try test.add("v1.1-hybrid")
        try database.execute(
            "UPDATE model_versions SET ab_traffic = 0.5 WHERE version = 'v1.1-hybrid'")
        #expect(try test.registry.version("v1.1-hybrid", of: .callingScore).isInTest)
        let result = try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        #expect(result.isChange && result.from == "v1.0-hybrid")
        #expect(try test.registry.version("v1.1-hybrid", of: .callingScore).testFraction == nil)
        #expect(try test.registry.history().last?.detail["ab_traffic"] == .number(0.5))
        let watch = try #require(try database.firstRow("SELECT * FROM rollout_watch"))
        #expect(try watch.value("from_version") == "v1.0-hybrid")
        #expect(try watch.value("to_version") == "v1.1-hybrid")
        #expect(try watch.value("baseline_avg") == 0.75)
        #expect(try watch.value("baseline_n") == 20)
        #expect(try watch.value("min_post_n") == 12)
        #expect(try watch.value("rollback_delta") == 0.12)
        let again = try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        #expect(!again.isChange)
        try test.registry.rollBack(.callingScore)
        #expect(try database.rows("SELECT * FROM rollout_watch").isEmpty)
    }

    @Test func givingUpAVersionEndsItsTest() throws {
        for action in [Action.deprecate, .archive] {
            let test = try TestRegistry()
            try test.add("v1.0-hybrid")
            try test.registry.database.execute("UPDATE model_versions SET ab_traffic = 0.1")
            if action == .deprecate {
                try test.registry.deprecate("v1.0-hybrid", of: .callingScore)
            } else {
                try test.registry.archive("v1.0-hybrid", of: .callingScore)
            }
            let record = try test.registry.version("v1.0-hybrid", of: .callingScore)
            #expect(record.testFraction == nil)
        }
    }

    @Test func typesAreIndependent() throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid", .outcome)
        try test.serve("v1.0-hybrid")
        try test.registry.switchVersion(to: "v1.0-hybrid", of: .outcome)
        #expect(try test.active() == "v1.0-hybrid")
        #expect(try test.active(.outcome) == "v1.0-hybrid")
        #expect(
            registryError { try test.registry.rollBack(.outcome) }
                == .nothingToRollBackTo(type: "outcome", active: "v1.0-hybrid"))
    }

    @Test(arguments: [(0.3, 0.3), (-4, 0), (7, 1), (.infinity, 1)] as [(Double, Double)])
    func weightsAreLimitedAndTheOldOneIsKept(given: Double, expected: Double) throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid")
        let change = try test.registry.setWeight(given, of: "v1.0-hybrid", type: .callingScore)
        #expect(change == (0.1, expected))
        let record = try test.registry.version("v1.0-hybrid", of: .callingScore)
        #expect(record.currentWeight == expected && record.defaultWeight == 0.1)
        let line = try #require(try test.registry.history().last)
        #expect(line.action == .weight)
        #expect(line.detail["old_weight"] == .number(0.1))
        #expect(line.detail["new_weight"] == .number(expected))
        #expect(throws: RegistryError.self) {
            try test.registry.setWeight(.nan, of: "v1.0-hybrid", type: .callingScore)
        }
    }

    @Test func theDatabaseItselfRefusesWhatTheCommandsRefuse() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.add("v1.1-hybrid")
        try test.registry.addPublishedVersions()
        try test.registry.archive("v1.1-hybrid", of: .callingScore)
        try test.add("v1.2-hybrid")
        try test.add("v1.3-hybrid")
        let statements = [
            "UPDATE model_versions SET status = 'active' WHERE version = 'v1.2-hybrid'",
            "UPDATE model_versions SET status = 'active' WHERE model_type = 'outcome'",
            "UPDATE model_versions SET status = 'staging' WHERE version = 'v1.1-hybrid'",
            "UPDATE model_versions SET status = 'deprecated' WHERE version = 'v1.1-hybrid'",
            "UPDATE model_versions SET status = 'archived' WHERE status = 'active'",
            "UPDATE model_versions SET status = 'staging' WHERE status = 'active'",
            "UPDATE model_versions SET status = 'unheard of' WHERE version = 'v1.2-hybrid'",
            "UPDATE model_versions SET ab_traffic = 0.1 WHERE status = 'active'",
            "UPDATE model_versions SET ab_traffic = 0.1 WHERE status = 'staging'",
            "UPDATE model_versions SET default_weight = 1.5",
            "UPDATE model_versions SET current_weight = -1",
            "UPDATE model_versions SET created_at = 'yesterday'",
            "UPDATE model_versions SET training_metrics = '{'",
            "DELETE FROM model_versions",
        ]
        for sql in statements {
            let problem = databaseProblem { try test.registry.database.execute(sql) }
            guard case .constraint = problem else {
                Issue.record("\(sql): \(String(describing: problem))")
                continue
            }
        }
        #expect(try test.active() == "v1.0-hybrid")
    }
}
