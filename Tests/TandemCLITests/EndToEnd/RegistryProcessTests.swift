import Dispatch
import Foundation
import TandemRegistry
import Synchronization
import Testing

@testable import TandemCLI

/// Several processes on one registry, some of them killed: the history stays whole and one version is active.
@Suite("Registry processes", .serialized)
struct RegistryProcessTests {
    /// A folder for the output of one process after another.
    private func outputFolder(_ workspace: RegistryWorkspace, _ name: String) throws -> String {
        let folder = "\(workspace.folder)/\(name)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Every change of the active version begins where the one before it ended, and the last one holds.
    private func checkHistory(_ registry: ModelRegistry) throws {
        let served = try registry.history().filter {
            $0.action == .switch || $0.action == .rollback
        }
        for (earlier, later) in zip(served, served.dropFirst()) {
            #expect(later.fromVersion == earlier.toVersion)
        }
        let active = try registry.versions().filter(\.isActive).map(\.version)
        #expect(active == served.last?.toVersion.map { [$0] } ?? [])
        try registry.database.checkIntegrity()
    }

    @Test("Registering, switching and rolling back at once")
    func concurrentChanges() throws {
        try RegistryWorkspace.with { workspace in
            let model = try workspace.model("model.onnx")
            #expect(workspace.registry("init").status == .success)
            let folders = try (0..<4).map { try outputFolder(workspace, "process-\($0)") }
            let database = ["registry", "--db", workspace.path]
            let switches = Mutex(0)
            let rollbacks = Mutex(0)
            DispatchQueue.concurrentPerform(iterations: folders.count) { index in
                do {
                    for _ in 0..<5 {
                        let added = try Program.run(
                            database + [
                                "register", "--auto-version", "--data-source", "real_data",
                                "--model-path", model, "--json",
                            ], in: folders[index])
                        #expect(added.status == 0, "\(added.diagnostics)")
                        let record = try JSONSerialization.jsonObject(
                            with: Data(added.output.utf8))
                        let version = (record as? [String: Any])?["version"] as? String ?? ""
                        let change = try Program.run(
                            database + ["switch", version], in: folders[index])
                        #expect(change.status == 0, "\(change.diagnostics)")
                        switches.withLock { $0 += 1 }
                        let back = try Program.run(database + ["rollback"], in: folders[index])
                        if back.status == 0 {
                            rollbacks.withLock { $0 += 1 }
                        } else {
                            #expect(back.diagnostics.contains("nothing to roll back to"))
                        }
                    }
                } catch {
                    Issue.record("\(error)")
                }
            }
            let registry = try workspace.open()
            let history = try registry.history()
            #expect(
                try registry.versions().map(\.version) == (0..<20).map { "v1.\($0)-real" })
            #expect(history.count { $0.action == .register } == 20)
            #expect(history.count { $0.action == .switch } == switches.withLock { $0 })
            #expect(history.count { $0.action == .rollback } == rollbacks.withLock { $0 })
            try checkHistory(registry)
        }
    }

    @Test("Killed at any moment, a command has happened or it has not")
    func killed() throws {
        try RegistryWorkspace.with { workspace in
            let model = try workspace.model("model.onnx")
            #expect(workspace.registry("init").status == .success)
            for version in ["v1.0-real", "v1.1-real"] {
                let added = workspace.registry("register", version, "--model-path", model)
                #expect(added.status == .success, "\(added.diagnostics)")
            }
            let output = try outputFolder(workspace, "process")
            for round in 0..<48 {
                let before = try workspace.open().history().count
                let process = try Program.start(
                    ["registry", "--db", workspace.path, "switch", "v1.\(round % 2)-real"],
                    in: output)
                // Every fourth process lives; the others get from no time at all to plenty.
                let isKilled = round % 4 != 3
                if isKilled {
                    usleep(UInt32(round * 1500))
                    kill(process.processIdentifier, SIGKILL)
                }
                process.waitUntilExit()
                #expect(isKilled || process.terminationStatus == 0)
                let registry = try workspace.open()
                let change = try registry.history().count - before
                #expect((0...1).contains(change))
                let active = try registry.activeVersion(of: .callingScore)?.version
                #expect(isKilled || active == "v1.1-real")
                try checkHistory(registry)
            }
        }
    }
}
