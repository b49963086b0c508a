import TandemDatasets
import Testing

@testable import TandemRegistry

/// Beginning, widening and ending a test of a version.
@Suite("Stages of a test")
struct TestStageTests {
    /// v1.0 serves; v1.1 and v1.2 are in staging.
    private func registry() throws -> TestRegistry {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.add("v1.1-hybrid")
        try test.add("v1.2-hybrid")
        return test
    }

    @Test("A test begins, goes up the ladder and ends; the beginning is kept")
    func ladder() throws {
        let test = try registry()
        let registry = test.registry
        let stage = try registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.01)
        #expect(stage == TestStage(version: "v1.1-hybrid", previous: nil, fraction: 0.01))
        let start = try registry.version("v1.1-hybrid", of: .callingScore).testStart
        #expect(start != nil)
        var fractions: [Double?] = []
        for _ in 0..<3 { fractions.append(try registry.advancedTest().fraction) }
        #expect(fractions == [0.10, 0.50, 1.00])
        let full = try registry.version("v1.1-hybrid", of: .callingScore)
        #expect(full.isFullyRolledOut)
        #expect(full.testStart == start)
        #expect(full.status == .staging)
        #expect(
            rolloutError { try registry.advanceTest(of: .callingScore) }
                == .ladderEnds(type: "calling_score", version: "v1.1-hybrid", fraction: 1))
        try registry.stopTest("v1.1-hybrid", of: .callingScore)
        #expect(try !registry.version("v1.1-hybrid", of: .callingScore).isInTest)
        #expect(
            try test.history().suffix(5) == [
                "ab_start >v1.1-hybrid", "ab_stage >v1.1-hybrid", "ab_stage >v1.1-hybrid",
                "ab_stage >v1.1-hybrid", "ab_stop >v1.1-hybrid",
            ])
    }

    @Test("A stage leaves a line with both shares, an unchanged one leaves none")
    func history() throws {
        let test = try registry()
        try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.1)
        try test.registry.setTestStage("v1.1-hybrid", of: .callingScore, fraction: 0.5)
        let count = try test.registry.history().count
        let same = try test.registry.setTestStage(
            "v1.1-hybrid", of: .callingScore, fraction: 0.5)
        #expect(same == TestStage(version: "v1.1-hybrid", previous: 0.5, fraction: 0.5))
        let lines = try test.registry.history()
        #expect(lines.count == count)
        #expect(lines.last?.detail["old_ab_traffic"] == .number(0.1))
        #expect(lines.last?.detail["ab_traffic"] == .number(0.5))
    }

    @Test("A share is limited to 1 and must be above 0", arguments: [0, -0.5, -.infinity, .nan])
    func fraction(_ empty: Double) throws {
        let test = try registry()
        let error = rolloutError {
            try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: empty)
        }
        guard case .emptyFraction = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        let stage = try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 7)
        #expect(stage.fraction == 1)
    }

    @Test("Only one test of a type runs, against an active version, of one in staging")
    func refusals() throws {
        let test = try registry()
        let registry = test.registry
        func start(_ version: String) throws {
            try registry.startTest(version, of: .callingScore, fraction: 0.1)
        }
        #expect(
            rolloutError { try registry.advanceTest(of: .callingScore) }
                == .noTest(type: "calling_score", version: nil))
        #expect(
            rolloutError { try registry.stopTest("v1.1-hybrid", of: .callingScore) }
                == .noTest(type: "calling_score", version: "v1.1-hybrid"))
        guard case .refused = registryError({ try start("v1.0-hybrid") }) else {
            Issue.record("the active version was tested against itself")
            return
        }
        guard case .unknownVersion = registryError({ try start("v9.9-hybrid") }) else {
            Issue.record("an unknown version was tested")
            return
        }
        try start("v1.1-hybrid")
        for version in ["v1.1-hybrid", "v1.2-hybrid"] {
            #expect(
                rolloutError { try start(version) }
                    == .testRunning(
                        type: "calling_score", version: version, running: "v1.1-hybrid"))
        }
        try test.add("v1.0-hybrid", .outcome)
        #expect(
            rolloutError { try registry.startTest("v1.0-hybrid", of: .outcome, fraction: 0.1) }
                == .noActiveVersion(type: "outcome"))
    }

    @Test("An archived version, and one whose file has changed, are not tested")
    func unfit() throws {
        let test = try registry()
        try test.registry.archive("v1.2-hybrid", of: .callingScore)
        guard
            case .refused = registryError({
                try test.registry.startTest("v1.2-hybrid", of: .callingScore, fraction: 0.1)
            })
        else {
            Issue.record("an archived version was tested")
            return
        }
        try test.folder.put([1, 2, 3], "calling_score-v1.1-hybrid.onnx")
        guard
            case .model = registryError({
                try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.1)
            })
        else {
            Issue.record("a changed file was tested")
            return
        }
        #expect(try test.registry.versionInTest(of: .callingScore) == nil)
    }

    @Test("Users get the version of their group; an unknown user gets the active one")
    func assignment() throws {
        let test = try registry()
        func served(_ user: String?) throws -> [String] {
            let served = try test.registry.assign(user, of: .callingScore)
            return [served.record.version, served.group.rawValue]
        }
        #expect(try served("user_5") == ["v1.0-hybrid", "control"])
        try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.05)
        #expect(try served("user_5") == ["v1.1-hybrid", "candidate"])
        #expect(try served("user_4") == ["v1.0-hybrid", "control"])
        try test.registry.setTestStage("v1.1-hybrid", of: .callingScore, fraction: 0.10)
        #expect(try served("user_4") == ["v1.1-hybrid", "candidate"])
        try test.registry.setTestStage("v1.1-hybrid", of: .callingScore, fraction: 1)
        #expect(try served("user_1") == ["v1.1-hybrid", "candidate"])
        #expect(try served(nil) == ["v1.0-hybrid", "control"])
        #expect(try served("") == ["v1.0-hybrid", "control"])
        try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        #expect(try served("user_1") == ["v1.1-hybrid", "control"])
        #expect(
            rolloutError { _ = try test.registry.assign("user_1", of: .outcome) }
                == .noActiveVersion(type: "outcome"))
    }
}

extension ModelRegistry {
    fileprivate func advancedTest() throws -> TestStage { try advanceTest(of: .callingScore) }
}
