import TandemBasics
import TandemDatasets
import Foundation
import Testing

@testable import TandemRegistry

/// When a model is trained again, by whom, and what becomes of it; the trainer is a stub.
@Suite("Retraining")
struct RetrainingTests {
    private struct TrainingFailed: Error {}

    /// v1.0 serves, trained at the clock's present moment.
    private func registry() throws -> TestRegistry {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        return test
    }

    private func add(_ test: TestRegistry, _ count: Int, withOutcome: Bool = true) throws {
        let outcome = withOutcome ? #", "outcome_type": "neutral", "outcome_score": 0.5"# : ""
        let record = #"{"user_id": "a", "formula_calling_score": 0.5\#(outcome)}"#
        let value = try JSONValue.parse(Array(record.utf8))
        try test.registry.addRecords(
            [TrainingRecord](repeating: try TrainingRecord(value), count: count))
    }

    private func reason(_ test: TestRegistry) throws -> RetrainingReason? {
        try test.registry.checkRetraining(of: .callingScore).reason
    }

    private func train(
        _ test: TestRegistry, loss: Double = 0.025, active: Double? = 0.026,
        _ body: (RetrainingTask) throws -> Void = { _ in }
    ) throws -> RetrainingResult {
        try test.registry.retrain(
            .callingScore, reason: .manual, dataPath: test.folder.file("data.json")
        ) { task in
            try body(task)
            return RetrainedModel(
                modelPath: try test.model("new.onnx", bias: 0.5), validationLoss: loss,
                activeValidationLoss: active, dataSource: .real,
                metrics: [JSONMember("best_epoch", .integer(7))])
        }
    }

    @Test("After seven days one new record suffices; without one nothing is due")
    func scheduled() throws {
        let test = try registry()
        try add(test, 100)
        let trained = try #require(
            try test.registry.checkRetraining(of: .callingScore).lastTraining)
        #expect(try reason(test) == nil)
        test.clock.advance(days: 6.9)
        #expect(try reason(test) == nil)
        test.clock.advance(days: 0.1)
        #expect(try reason(test) == .scheduled)
        // The records are older than a training of today.
        try test.registry.database.execute(
            "UPDATE model_versions SET trained_date = ?",
            [
                test.clock.clock.now()
            ])
        test.clock.advance(days: 8)
        let idle = try test.registry.checkRetraining(of: .callingScore)
        #expect(idle.reason == nil && idle.newRecords == 0 && idle.outcomes == 100)
        #expect(idle.lastTraining.map { $0 > trained } == true)
        try add(test, 1, withOutcome: false)
        #expect(try reason(test) == .scheduled)
    }

    @Test("A thousand new outcomes suffice at any time, 999 do not")
    func dataThreshold() throws {
        let test = try registry()
        try add(test, 999)
        try add(test, 5000, withOutcome: false)
        #expect(try reason(test) == nil)
        try add(test, 1)
        let check = try test.registry.checkRetraining(of: .callingScore)
        #expect(check.reason == .dataThreshold)
        #expect(check.newRecords == 6000 && check.newOutcomes == 1000 && check.outcomes == 1000)
    }

    @Test("An outcome that comes later counts as new")
    func laterOutcome() throws {
        let test = try registry()
        try add(test, 3, withOutcome: false)
        try test.registry.database.execute(
            "UPDATE model_versions SET trained_date = ?",
            [
                test.clock.clock.now()
            ])
        #expect(try test.registry.checkRetraining(of: .callingScore).newOutcomes == 0)
        try test.registry.setRecordOutcome(
            try CallOutcome(.neutral, score: 0.5), subject: "a", opportunity: "")
        let check = try test.registry.checkRetraining(of: .callingScore)
        #expect(check.newOutcomes == 1 && check.newRecords == 0)
    }

    @Test("With fewer than a hundred outcomes nothing is trained, however long ago")
    func tooFew() throws {
        let test = try registry()
        try add(test, 99)
        test.clock.advance(days: 100)
        #expect(try reason(test) == nil)
        #expect(
            rolloutError { _ = try train(test) } == .tooFewRecords(outcomes: 99, required: 100))
        try add(test, 1)
        #expect(try reason(test) == .scheduled)
        let nothing = try TestRegistry()
        #expect(try nothing.registry.checkRetraining(of: .callingScore).lastTraining == nil)
        try add(nothing, 100)
        #expect(try reason(nothing) == .scheduled)
    }

    @Test("A good model is registered in staging, as the next minor version of weight 0.1")
    func registered() throws {
        let test = try registry()
        try add(test, 120)
        try add(test, 30, withOutcome: false)
        let result = try train(test) { task in
            #expect(task.records == 120)
            let written = try TrainingRecordFile(task.dataPath)
            #expect(written.records.count == 120)
            #expect(task.active?.version == "v1.0-hybrid")
            #expect(task.reason == .manual)
        }
        let version = try #require(result.registered)
        #expect(version.version == "v1.1-real")
        #expect(version.status == .staging && version.defaultWeight == 0.1)
        #expect(version.dataSource == .real)
        #expect(version.trainedDate == result.task.startedAt)
        #expect(version.trainingMetrics["best_epoch"] == .integer(7))
        #expect(version.trainingMetrics["training_samples"] == .integer(120))
        #expect(try test.active() == "v1.0-hybrid")
        let line = try #require(try test.registry.history().last)
        #expect(line.action == .retrain && line.toVersion == "v1.1-real")
        #expect(line.detail["reason"] == .string("manual"))
        #expect(line.detail["val_loss"] == .number(0.025))
        #expect(line.detail["active_val_loss"] == .number(0.026))
        #expect(try test.registry.retrainingLock(of: .callingScore) == nil)
    }

    @Test(
        "Two percent worse than the active version is good enough, more is not",
        arguments: [
            (1.0, 1.0, true), (1.02, 1.0, true), (1.02.nextUp, 1.0, false), (0.5, 1.0, true),
            (.nan, 1.0, false), (.infinity, 1.0, false), (9.0, nil, true),
        ] as [(Double, Double?, Bool)])
    func tolerance(loss: Double, active: Double?, isGoodEnough: Bool) {
        let model = RetrainedModel(
            modelPath: "", validationLoss: loss, activeValidationLoss: active, dataSource: .real)
        #expect(model.isGoodEnough(tolerance: 0.02) == isGoodEnough)
    }

    @Test("A model that is too bad is not registered, and counts as a training")
    func rejected() throws {
        let test = try registry()
        try add(test, 100)
        test.clock.advance(days: 8)
        #expect(try reason(test) == .scheduled)
        let result = try train(test, loss: 0.03, active: 0.02)
        #expect(result.registered == nil)
        #expect(try test.registry.versions().map(\.version) == ["v1.0-hybrid"])
        let line = try #require(try test.registry.history().last)
        #expect(line.action == .retrain && line.toVersion == nil)
        let check = try test.registry.checkRetraining(of: .callingScore)
        #expect(check.lastTraining == result.task.startedAt)
        #expect(check.reason == nil)
    }

    @Test("Records that come in while a model is trained count as new ones")
    func recordsMeanwhile() throws {
        let test = try registry()
        try add(test, 100)
        let result = try train(test) { _ in
            test.clock.advance(days: 1)
            try add(test, 3)
        }
        #expect(result.task.records == 100)
        let check = try test.registry.checkRetraining(of: .callingScore)
        #expect(check.newRecords == 3 && check.newOutcomes == 3 && check.outcomes == 103)
    }

    @Test("A training that fails gives the lock back and leaves nothing")
    func failure() throws {
        let test = try registry()
        try add(test, 100)
        let lines = try test.history().count
        #expect(throws: TrainingFailed.self) { _ = try train(test) { _ in throw TrainingFailed() } }
        #expect(try test.registry.retrainingLock(of: .callingScore) == nil)
        #expect(try test.history().count == lines)
        _ = try train(test)
    }

    @Test(
        "A model that was not compared, or with a version that serves no longer, is not registered")
    func notComparable() throws {
        let test = try registry()
        try add(test, 100)
        let path = test.folder.file("new.onnx")
        #expect(
            rolloutError { _ = try train(test, active: nil) }
                == .notCompared(type: "calling_score", active: "v1.0-hybrid", model: path))
        try test.add("v1.5-hybrid")
        let error = rolloutError {
            _ = try train(test) { _ in
                try test.registry.switchVersion(to: "v1.5-hybrid", of: .callingScore)
            }
        }
        #expect(
            error
                == .activeVersionChanged(
                    type: "calling_score", from: "v1.0-hybrid", to: "v1.5-hybrid", model: path))
        #expect(try test.registry.versions().count == 2)
        #expect(try test.registry.retrainingLock(of: .callingScore) == nil)
    }

    @Test("While a process trains, no other does; another type is free")
    func lock() throws {
        let test = try registry()
        try add(test, 100)
        // A lock older than this process would be that of an earlier one of the same number.
        let present = test.clock.clock.now()
        test.clock.advance(
            days: Double(Moment.now().milliseconds - present.milliseconds) / 86_400_000)
        let other = ModelRegistry(try Database(opening: test.path, clock: test.clock.clock))
        _ = try train(test) { task in
            let error = rolloutError {
                _ = try other.takeRetrainingLock(.callingScore, .manual, startedAt: task.startedAt)
            }
            guard case .retrainingRuns("calling_score", let process, "manual", _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(process == Int(ProcessInfo.processInfo.processIdentifier))
            let free = try other.takeRetrainingLock(.outcome, .manual, startedAt: task.startedAt)
            try other.release(free)
        }
    }

    @Test("The lock of a process that is gone is taken over")
    func deadProcess() throws {
        let test = try registry()
        try add(test, 100)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "exit 0"]
        try process.run()
        let dead = Int(process.processIdentifier)
        process.waitUntilExit()
        try hold(test, process: dead, since: Moment.now())
        #expect(try test.registry.retrainingLock(of: .callingScore)?.isHeld == false)
        #expect(try train(test).registered != nil)
        #expect(try test.registry.retrainingLock(of: .callingScore) == nil)
    }

    @Test("A number that another process has been given since does not hold the lock")
    func numberGivenAgain() throws {
        let test = try registry()
        let own = Int(ProcessInfo.processInfo.processIdentifier)
        try hold(test, process: own, since: Moment.now())
        #expect(try test.registry.retrainingLock(of: .callingScore)?.isHeld == true)
        try hold(test, process: own, since: Moment.now().advanced(bySeconds: -86_400 * 365))
        #expect(try test.registry.retrainingLock(of: .callingScore)?.isHeld == false)
        for impossible in [0, -1, Int.max] {
            try hold(test, process: impossible, since: Moment.now())
            #expect(try test.registry.retrainingLock(of: .callingScore)?.isHeld == false)
        }
    }

    private func hold(_ test: TestRegistry, process: Int, since: Moment) throws {
        try test.registry.database.execute(
            "INSERT OR REPLACE INTO retraining_lock(model_type, process, reason, started_at) "
                + "VALUES ('calling_score', ?, 'scheduled', ?)", [process, since])
    }
}
