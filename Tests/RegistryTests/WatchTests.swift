import TandemDatasets
import TandemRegistry
import Testing

/// The watch of a switch and the automatic rollback.
@Suite("Rollout watch")
struct WatchTests {
    /// v1.0 served with the given scores, then v1.1 since.
    private func switched(
        before: [Double], settings: RolloutWatchSettings = RolloutWatchSettings()
    ) throws -> TestRegistry {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.registry.closeWatch(.callingScore)
        for score in before { try test.registry.logSatisfaction(score) }
        try test.add("v1.1-hybrid")
        try test.registry.switchVersion(to: "v1.1-hybrid", of: .callingScore, watch: settings)
        return test
    }

    private func log(_ test: TestRegistry, _ scores: [Double]) throws {
        for score in scores { try test.registry.logSatisfaction(score) }
    }

    private func evaluate(_ test: TestRegistry) throws -> String {
        switch try test.registry.evaluateWatch(of: .callingScore) {
        case .noWatch: "none"
        case .dropped(let watched, let active): "dropped \(watched) \(active ?? "-")"
        case .tooFewBefore(let watch): "too few before \(watch.baselineCount)"
        case .tooFewSince(let watch): "too few since \(watch.laterCount)"
        case .steady: "steady"
        case .rolledBack(_, let result): "rolled back \(result.from) \(result.to)"
        }
    }

    @Test(
        "The fall decides: just below, at and above 0.12",
        arguments: [
            (0.6801, "steady"), (0.68, "rolled back v1.1-hybrid v1.0-hybrid"),
            (0.6799, "rolled back v1.1-hybrid v1.0-hybrid"), (0.9, "steady"),
        ])
    func threshold(later: Double, expected: String) throws {
        let test = try switched(before: [Double](repeating: 0.8, count: 20))
        try log(test, [Double](repeating: later, count: 12))
        #expect(try evaluate(test) == expected)
    }

    @Test("A fall of exactly the delta in other numbers", arguments: [0.3, 0.45, 0.7, 0.95])
    func rounding(before: Double) throws {
        let test = try switched(before: [Double](repeating: before, count: 20))
        // Half of the scores above and half below the mean that lies 0.12 lower.
        try log(test, (0..<12).map { before - 0.12 + ($0 % 2 == 0 ? 0.05 : -0.05) })
        #expect(try evaluate(test) == "rolled back v1.1-hybrid v1.0-hybrid")
    }

    @Test("Eleven scores since the switch are too few, twelve are enough")
    func tooFewSince() throws {
        let test = try switched(before: [Double](repeating: 0.8, count: 20))
        #expect(try evaluate(test) == "too few since 0")
        try log(test, [Double](repeating: 0.1, count: 11))
        #expect(try evaluate(test) == "too few since 11")
        #expect(try test.active() == "v1.1-hybrid")
        try log(test, [0.1])
        #expect(try evaluate(test) == "rolled back v1.1-hybrid v1.0-hybrid")
    }

    @Test("Seven scores before the switch are too few, eight are enough")
    func tooFewBefore() throws {
        for (count, expected) in [
            (0, "too few before 0"), (7, "too few before 7"),
            (8, "rolled back v1.1-hybrid v1.0-hybrid"),
        ] {
            let test = try switched(before: [Double](repeating: 0.8, count: count))
            try log(test, [Double](repeating: 0.1, count: 12))
            #expect(try evaluate(test) == expected)
        }
    }

    @Test("The baseline is the mean of the last twenty scores before the switch")
    func baseline() throws {
        let test = try switched(before: [0, 0, 0] + [Double](repeating: 0.8, count: 20))
        let watch = try #require(try test.registry.watch(of: .callingScore))
        #expect(watch.baselineCount == 20)
        #expect(abs((watch.baselineMean ?? 0) - 0.8) < 1e-12)
        #expect(watch.laterCount == 0)
        #expect(watch.laterMean == nil)
    }

    @Test("A rollback leaves both means and counts in the history and closes the watch")
    func rollback() throws {
        let test = try switched(before: [Double](repeating: 0.75, count: 10))
        try log(test, [Double](repeating: 0.5, count: 13))
        #expect(try evaluate(test) == "rolled back v1.1-hybrid v1.0-hybrid")
        #expect(try test.active() == "v1.0-hybrid")
        #expect(try test.status("v1.1-hybrid") == .deprecated)
        let line = try #require(try test.registry.history().last)
        #expect(line.action == .automaticRollback)
        #expect(line.fromVersion == "v1.1-hybrid" && line.toVersion == "v1.0-hybrid")
        #expect(line.detail["baseline_mean"] == .number(0.75))
        #expect(line.detail["baseline_count"] == .integer(10))
        #expect(line.detail["later_mean"] == .number(0.5))
        #expect(line.detail["later_count"] == .integer(13))
        #expect(line.detail["reason"] == .string("satisfaction has fallen"))
        #expect(try evaluate(test) == "none")
    }

    @Test("The watch is dropped when another version serves")
    func dropped() throws {
        let test = try switched(before: [Double](repeating: 0.8, count: 20))
        try log(test, [Double](repeating: 0.1, count: 12))
        // As when another program, or an older one, changes the states without knowing of the watch.
        try test.registry.database.execute(
            "UPDATE model_versions SET status = 'deprecated' WHERE version = 'v1.1-hybrid'")
        try test.registry.database.execute(
            "UPDATE model_versions SET status = 'active' WHERE version = 'v1.0-hybrid'")
        let lines = try test.history().count
        #expect(try evaluate(test) == "dropped v1.1-hybrid v1.0-hybrid")
        #expect(try test.history().count == lines)
        #expect(try evaluate(test) == "none")
        #expect(try test.active() == "v1.0-hybrid")
    }

    @Test("A rollback by hand closes the watch")
    func byHand() throws {
        let test = try switched(before: [Double](repeating: 0.8, count: 20))
        try test.registry.rollBack(.callingScore)
        #expect(try evaluate(test) == "none")
    }

    @Test("Without a version before there is nothing to watch")
    func first() throws {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        #expect(try evaluate(test) == "none")
    }

    @Test("The settings of the switch count")
    func settings() throws {
        var settings = RolloutWatchSettings()
        settings.minimumLaterScores = 2
        settings.rollbackDelta = 0.5
        let test = try switched(
            before: [Double](repeating: 0.8, count: 20), settings: settings)
        try log(test, [0.4])
        #expect(try evaluate(test) == "too few since 1")
        try log(test, [0.4])
        #expect(try evaluate(test) == "steady")
        try log(test, [0, 0, 0])
        #expect(try evaluate(test) == "rolled back v1.1-hybrid v1.0-hybrid")
    }

    @Test("A failed rollback keeps the version that serves, and the watch")
    func failedRollback() throws {
        let test = try switched(before: [Double](repeating: 0.8, count: 20))
        try log(test, [Double](repeating: 0.1, count: 12))
        try test.folder.put([0], "calling_score-v1.0-hybrid.onnx")
        guard case .model = registryError({ _ = try evaluate(test) }) else {
            Issue.record("a changed file serves again")
            return
        }
        #expect(try test.active() == "v1.1-hybrid")
        #expect(try test.registry.watch(of: .callingScore) != nil)
    }
}
