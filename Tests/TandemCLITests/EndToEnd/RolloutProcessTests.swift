import Dispatch
import Foundation
import TandemRegistry
import Testing

@testable import TandemCLI

/// Several processes that log outcomes into one registry, some of them killed: nothing is lost, nothing is there twice.
@Suite("Logging processes", .serialized)
struct RolloutProcessTests {
    /// A registry in which v1.0 serves and v1.1 has half of the users.
    private func prepare(_ workspace: RegistryWorkspace) throws {
        let model = try workspace.model("model.onnx")
        for arguments in [
            ["init"], ["register", "v1.0-real", "--model-path", model],
            ["switch", "v1.0-real"], ["register", "v1.1-real", "--model-path", model],
            ["ab", "start", "v1.1-real", "0.5"],
        ] {
            let result = Invocation(["registry", "--db", workspace.path] + arguments)
            #expect(result.status == .success, "\(result.diagnostics)")
        }
    }

    /// A bulk file of `count` scores with opportunities `name-0`, `name-1` and so on.
    private func file(_ workspace: RegistryWorkspace, _ name: String, count: Int) throws -> String {
        let lines = (0..<count).map { row in
            #"{"subject_id":"user_\#(row)","opportunity_id":"\#(name)-\#(row)","#
                + #""calling_score":0.75,"outcome_type":"positive","outcome_score":0.5}"#
        }
        return try workspace.write(name + ".jsonl", lines.joined(separator: "\n") + "\n")
    }

    private func folder(_ workspace: RegistryWorkspace, _ name: String) throws -> String {
        let folder = "\(workspace.folder)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private func count(_ registry: ModelRegistry, _ condition: String = "TRUE") throws -> Int {
        try registry.database.value("SELECT count(*) FROM ab_outcomes WHERE \(condition)") ?? -1
    }

    @Test("Two processes log while a third one switches and rolls back")
    func together() throws {
        try RegistryWorkspace.with { workspace in
            try prepare(workspace)
            let database = ["registry", "--db", workspace.path]
            DispatchQueue.concurrentPerform(iterations: 3) { index in
                do {
                    let folder = try folder(workspace, "process-\(index)")
                    func run(_ arguments: [String]) throws {
                        let result = try Program.run(database + arguments, in: folder)
                        #expect(result.status == 0, "\(result.diagnostics)")
                    }
                    if index == 2 {
                        for _ in 0..<20 {
                            try run(["switch", "v1.1-real"])
                            try run(["rollback"])
                        }
                        return
                    }
                    for chunk in 0..<10 {
                        let path = try file(workspace, "bulk-\(index)-\(chunk)", count: 500)
                        try run(["ab", "log", "--file", path])
                        for single in 0..<20 {
                            try run([
                                "ab", "log", "--user", "user_\(single)", "--opportunity",
                                "single-\(index)-\(chunk)-\(single)", "--score", "0.25",
                            ])
                        }
                    }
                } catch {
                    Issue.record("\(error)")
                }
            }
            let registry = try workspace.open()
            try registry.database.checkIntegrity()
            #expect(try count(registry) == 10_400)
            #expect(try count(registry, "opportunity_id LIKE 'bulk-%'") == 10_000)
            let different: Int? = try registry.database.value(
                "SELECT count(DISTINCT opportunity_id) FROM ab_outcomes")
            #expect(different == 10_400)
            // Every chunk was logged with one state of the versions: nobody saw half of a switch.
            let mixed: Int? = try registry.database.value(
                """
                SELECT count(*) FROM (SELECT 1 FROM ab_outcomes WHERE opportunity_id LIKE 'bulk-%'
                  GROUP BY substr(opportunity_id, 1, 8), test_group
                  HAVING count(DISTINCT version) > 1)
                """)
            #expect(mixed == 0)
            let history = try registry.history()
            #expect(history.count { $0.action == .switch } == 21)
            #expect(history.count { $0.action == .rollback } == 20)
            #expect(try registry.activeVersion(of: .callingScore)?.version == "v1.0-real")
        }
    }

    @Test("A logging process that is killed leaves all of its file or nothing, and logging goes on")
    func killed() throws {
        try RegistryWorkspace.with { workspace in
            try prepare(workspace)
            let output = try folder(workspace, "process")
            let rows = 2000
            func start(_ path: String) throws -> Process {
                try Program.start(
                    ["registry", "--db", workspace.path, "ab", "log", "--file", path], in: output)
            }
            let begin = ContinuousClock.now
            let whole = try start(try file(workspace, "whole", count: rows))
            whole.waitUntilExit()
            #expect(whole.terminationStatus == 0)
            let microseconds = (ContinuousClock.now - begin) / .microseconds(1)
            var random = SystemRandomNumberGenerator()
            for round in 0..<24 {
                let path = try file(workspace, "round-\(round)", count: rows)
                let process = try start(path)
                usleep(UInt32(Double.random(in: 0..<1.1, using: &random) * microseconds))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                let registry = try workspace.open()
                try registry.database.checkIntegrity()
                let there = try count(registry, "opportunity_id LIKE 'round-\(round)-%'")
                #expect(there == 0 || there == rows, "\(there) of \(rows) rows in round \(round)")
                if there == 0 {
                    let again = try start(path)
                    again.waitUntilExit()
                    #expect(again.terminationStatus == 0)
                }
                #expect(try count(registry) == rows * (round + 2))
            }
            let registry = try workspace.open()
            let different: Int? = try registry.database.value(
                "SELECT count(DISTINCT opportunity_id) FROM ab_outcomes")
            #expect(different == rows * 25)
        }
    }
}
