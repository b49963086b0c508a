import Dispatch
import Foundation
import TandemRegistry
import Synchronization
import Testing

/// Several connections at once, each on a thread of its own.
@Suite struct ConcurrencyTests {
    /// Runs `body` on so many threads and records what they throw.
    private func onThreads(_ count: Int, _ body: @Sendable (Int) throws -> Void) {
        DispatchQueue.concurrentPerform(iterations: count) { index in
            do { try body(index) } catch { Issue.record("thread \(index): \(error)") }
        }
    }

    @Test func oneOfManySetsTheRegistryUp() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("registry.sqlite")
        onThreads(8) { _ in
            try ModelRegistry(try Database(creating: path)).addPublishedVersions()
        }
        let registry = ModelRegistry(try Database(opening: path))
        #expect(try registry.versions().count == 3)
        #expect(try registry.history().count == 3)
        try registry.database.checkIntegrity()
    }

    @Test func registeringAndSwitchingAtOnce() throws {
        let test = try TestRegistry()
        let (path, model) = (test.path, try test.model("model.onnx"))
        let (threads, rounds) = (6, 12)
        let changes = Mutex(0)
        let refusals = Mutex(0)
        onThreads(threads) { thread in
            let registry = ModelRegistry(try Database(opening: path))
            for round in 0..<rounds {
                let version = try registry.register(
                    VersionRegistration(.next(.real), of: .callingScore, modelPath: model)
                ).version
                let result = try registry.switchVersion(to: version, of: .callingScore)
                #expect(result.isChange)
                changes.withLock { $0 += 1 }
                guard round % 3 == thread % 3 else { continue }
                do {
                    try registry.rollBack(.callingScore)
                    changes.withLock { $0 += 1 }
                } catch RegistryError.nothingToRollBackTo {
                    refusals.withLock { $0 += 1 }
                }
            }
        }
        let versions = try test.registry.versions()
        let expected = (0..<threads * rounds).map { "v1.\($0)-real" }
        #expect(versions.map(\.version) == expected)
        #expect(versions.filter(\.isActive).count == 1)
        let history = try test.registry.history()
        let served = history.filter { $0.action == .switch || $0.action == .rollback }
        #expect(served.count == changes.withLock { $0 })
        // Every change begins where the one before it ended.
        for (earlier, later) in zip(served, served.dropFirst()) {
            #expect(later.fromVersion == earlier.toVersion)
        }
        #expect(served.last?.toVersion == versions.first(where: \.isActive)?.version)
        #expect(history.count { $0.action == .register } == threads * rounds)
        #expect(history.map(\.identifier) == history.indices.map { $0 + 1 })
        try test.registry.database.checkIntegrity()
    }
}
