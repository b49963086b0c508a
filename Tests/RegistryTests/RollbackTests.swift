import TandemBasics
import TandemDatasets
import Foundation
import TandemRegistry
import Testing

@Suite struct RollbackTests {
    private func rollBack(_ test: TestRegistry) throws -> String {
        try test.registry.rollBack(.callingScore, reason: "test").to
    }

    @Test func rollingBackTwiceWalksFurtherBack() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid")
        #expect(try rollBack(test) == "v1.1-hybrid")
        #expect(try rollBack(test) == "v1.0-hybrid")
        #expect(
            registryError { _ = try rollBack(test) }
                == .nothingToRollBackTo(type: "calling_score", active: "v1.0-hybrid"))
        #expect(try test.active() == "v1.0-hybrid")
        #expect(try test.status("v1.1-hybrid") == .deprecated)
        #expect(try test.status("v1.2-hybrid") == .deprecated)
        #expect(
            try test.history().filter { !$0.hasPrefix("register") } == [
                "switch >v1.0-hybrid", "switch v1.0-hybrid>v1.1-hybrid",
                "switch v1.1-hybrid>v1.2-hybrid", "rollback v1.2-hybrid>v1.1-hybrid",
                "rollback v1.1-hybrid>v1.0-hybrid",
            ])
        #expect(try test.registry.history().last?.detail["reason"] == .string("test"))
    }

    @Test func aSwitchAfterARollbackContinuesFromThere() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid")
        _ = try rollBack(test)
        _ = try rollBack(test)
        try test.registry.switchVersion(to: "v1.2-hybrid", of: .callingScore)
        #expect(try rollBack(test) == "v1.0-hybrid")
        #expect(throws: RegistryError.self) { try rollBack(test) }
    }

    @Test func versionsThatServedSeveralTimes() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid")
        try test.registry.switchVersion(to: "v1.0-hybrid", of: .callingScore)
        #expect(try rollBack(test) == "v1.1-hybrid")
        #expect(try rollBack(test) == "v1.0-hybrid")
        #expect(throws: RegistryError.self) { try rollBack(test) }
    }

    @Test func archivedVersionsArePassedOver() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid", "v1.3-hybrid")
        try test.registry.archive("v1.2-hybrid", of: .callingScore)
        try test.registry.archive("v1.1-hybrid", of: .callingScore)
        #expect(try rollBack(test) == "v1.0-hybrid")
        #expect(throws: RegistryError.self) { try rollBack(test) }
    }

    @Test func archivedVersionsBetweenTwoTurnsOfTheSameVersion() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid")
        try test.registry.switchVersion(to: "v1.0-hybrid", of: .callingScore)
        try test.registry.archive("v1.1-hybrid", of: .callingScore)
        #expect(throws: RegistryError.self) { try rollBack(test) }
        #expect(try test.active() == "v1.0-hybrid")
    }

    @Test func nothingServesYet() throws {
        let test = try TestRegistry()
        try test.add("v1.0-hybrid")
        let error = registryError { _ = try rollBack(test) }
        #expect(error == .nothingToRollBackTo(type: "calling_score", active: nil))
        #expect(error?.description.hasPrefix("nothing to roll back to") == true)
    }

    @Test func aVersionWhoseFileIsGoneIsNotRolledBackTo() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid")
        try FileManager.default.removeItem(
            atPath: test.folder.file("calling_score-v1.1-hybrid.onnx"))
        #expect(throws: RegistryError.self) { try rollBack(test) }
        #expect(try test.active() == "v1.2-hybrid")
        try test.registry.archive("v1.1-hybrid", of: .callingScore)
        #expect(try rollBack(test) == "v1.0-hybrid")
    }

    @Test func automaticRollbacksCountAsRollbacks() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid")
        try test.registry.rollBack(
            .callingScore, action: .automaticRollback, reason: "less satisfied",
            detail: [JSONMember("baseline", .number(0.8))])
        let line = try #require(try test.registry.history().last)
        #expect(line.action == .automaticRollback)
        #expect(line.detail["baseline"] == .number(0.8))
        #expect(try rollBack(test) == "v1.0-hybrid")
    }

    /// Many switches and rollbacks in a mixed order, against a stack kept by the test.
    @Test func aLongSequence() throws {
        let test = try TestRegistry()
        let versions = ["v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid"]
        for version in versions { try test.add(version) }
        var state: UInt32 = 3
        var stack: [String] = []
        for _ in 0..<200 {
            state = state &* 1_664_525 &+ 1_013_904_223
            let choice = Int(state >> 16) % 5
            if choice < 3 {
                try test.registry.switchVersion(to: versions[choice], of: .callingScore)
                if stack.last != versions[choice] { stack.append(versions[choice]) }
            } else if stack.count > 1 {
                stack.removeLast()
                #expect(try rollBack(test) == stack.last)
            } else {
                #expect(throws: RegistryError.self) { try rollBack(test) }
            }
            #expect(try test.active() == stack.last)
            #expect(try test.registry.versions().filter(\.isActive).count <= 1)
        }
    }
}
