import Foundation
import TandemRegistry
import Testing

@Suite struct VerificationTests {
    @Test func changedAndMissingFilesAreFound() throws {
        let test = try TestRegistry()
        for version in ["v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid"] { try test.add(version) }
        #expect(try test.registry.verify().allSatisfy { $0.problem == nil })
        var bytes = try test.folder.bytes("calling_score-v1.1-hybrid.onnx")
        bytes[bytes.count / 2] ^= 1
        try test.folder.put(bytes, "calling_score-v1.1-hybrid.onnx")
        try FileManager.default.removeItem(
            atPath: test.folder.file("calling_score-v1.2-hybrid.onnx"))
        let results = try test.registry.verify()
        #expect(results.map(\.record.version) == ["v1.0-hybrid", "v1.1-hybrid", "v1.2-hybrid"])
        #expect(results[0].problem == nil)
        guard case .model(_, .changed) = results[1].problem,
            case .model(_, .unreadable) = results[2].problem
        else {
            Issue.record("\(results)")
            return
        }
        #expect(try test.registry.verify("v1.0-hybrid").count == 1)
    }

    @Test func aChangedFileIsNotSwitchedTo() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.add("v1.1-hybrid")
        try test.model("calling_score-v1.1-hybrid.onnx", bias: 9)
        let history = try test.registry.history()
        let error = registryError {
            try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore)
        }
        guard case .model(_, .changed) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("SHA-256") == true)
        #expect(try test.active() == "v1.0-hybrid")
        #expect(try test.registry.history() == history)
    }

    @Test func aVersionWithoutModelDoesNotPass() throws {
        let test = try TestRegistry()
        try test.registry.addPublishedVersions()
        let results = try test.registry.verify(of: .outcome)
        #expect(
            results.map(\.problem) == [.noModel(type: "outcome", version: "v1.0-hybrid")])
    }
}
