import TandemBasics
import TandemDatasets
import TandemRegistry
import Testing

/// Metrics of logged outcomes, against figures computed by hand.
@Suite("Metrics of a test")
struct TestMetricsTests {
    /// Logs `group score [called] [type outcomeScore]`, of the version under test or the active one.
    private func log(
        _ test: TestRegistry, _ group: TestGroup, _ score: Double, called: Bool,
        _ outcome: (OutcomeType, Double)? = nil, at: String? = nil, version: String? = nil
    ) throws {
        var entry = OutcomeEntry(subject: "a", opportunity: "x", callingScore: score)
        entry.group = group
        entry.isCalled = called
        entry.version = version
        entry.outcome = try outcome.map { try CallOutcome($0.0, score: $0.1) }
        entry.at = at.flatMap { Moment($0) }
        try test.registry.log(entry, of: .callingScore)
    }

    private func logGroups(_ test: TestRegistry) throws {
        try log(test, .control, 0.5, called: false, (.positive, 0.9))
        try log(test, .control, 0, called: false, (.negative, 0))
        try log(test, .control, 0.8, called: true, (.neutral, 0.5))
        try log(test, .control, 0.7, called: true)
        try log(test, .candidate, 0.9, called: true, (.positive, 1))
        try log(test, .candidate, 0.6, called: false, (.positive, 0.8))
        try log(test, .candidate, 0.3, called: false)
    }

    private func close(_ left: Double, _ right: Double) -> Bool { abs(left - right) < 1e-12 }

    @Test("By hand: zeros count, rows without outcome do not")
    func byHand() throws {
        let test = try TestRegistry.inTest()
        try logGroups(test)
        let metrics = try test.registry.testMetrics(of: .callingScore)
        #expect(metrics.version == "v1.1-hybrid")
        let control = metrics[.control]
        #expect(control.count == 4 && control.outcomes == 3 && control.positives == 1)
        #expect(close(control.meanCallingScore, 0.5))  // (0.5 + 0 + 0.8 + 0.7) / 4
        #expect(close(control.callRate, 0.5))
        #expect(close(control.positiveRate, 1.0 / 3))
        #expect(close(control.meanOutcomeScore, 1.4 / 3))  // (0.9 + 0 + 0.5) / 3
        let candidate = metrics[.candidate]
        #expect(candidate.count == 3 && candidate.outcomes == 2 && candidate.positives == 2)
        #expect(close(candidate.meanCallingScore, 0.6))
        #expect(close(candidate.callRate, 1.0 / 3))
        #expect(close(candidate.positiveRate, 1))
        #expect(close(candidate.meanOutcomeScore, 0.9))
        #expect(close(metrics.comparison.callingScoreDifference, 0.1))
        #expect(close(metrics.comparison.positiveRateDifference, 2.0 / 3))
        #expect(close(metrics.comparison.outcomeScoreDifference, 0.9 - 1.4 / 3))
        #expect(metrics.comparison.verdict == .notEnoughData)
    }

    @Test("Empty groups are all zero, and the JSON still parses")
    func empty() throws {
        let test = try TestRegistry.inTest()
        try logGroups(test)
        let metrics = try test.registry.testMetrics(of: .callingScore)
        #expect(metrics[.hybrid] == GroupMetrics())
        let hybrid = metrics[.hybrid]
        #expect(
            [
                hybrid.meanCallingScore, hybrid.callRate, hybrid.positiveRate,
                hybrid.meanOutcomeScore,
            ] == [0, 0, 0, 0])
        #expect(metrics.formulaComparison.proportions == nil)
        let parsed = try JSONValue.parse(Array(try metrics.json.text().utf8))
        #expect(parsed["groups"]?["formulaBased"]?["count"] == .integer(0))
        #expect(parsed["formula_comparison"]?["p_value"] == .null)
        #expect(parsed["comparison"]?["verdict"] == .string("not enough data"))
    }

    @Test("A hundred outcomes in each group give a verdict")
    func verdict() throws {
        let test = try TestRegistry.inTest()
        for row in 0..<100 {
            try log(
                test, .control, 0.5, called: false,
                row < 45 ? (.positive, 0.8) : (.negative, 0.1))
            try log(
                test, .candidate, 0.6, called: false,
                row < 60 ? (.positive, 0.8) : (.negative, 0.1))
        }
        let comparison = try test.registry.testMetrics(of: .callingScore).comparison
        #expect(comparison.verdict == .improved)
        #expect(close(comparison.proportions?.z ?? 0, 2.123976976214366))
    }

    @Test("The outcomes of a test are those between its beginning and its end")
    func period() throws {
        let test = try TestRegistry.inTest()
        let begin = try #require(
            try test.registry.version("v1.1-hybrid", of: .callingScore).testStart)
        let before = begin.advanced(bySeconds: -0.001).description
        try log(test, .control, 0.1, called: false, at: before)
        try log(test, .control, 0.2, called: false, at: begin.description)
        test.clock.advance(days: 1)
        try test.registry.stopTest("v1.1-hybrid", of: .callingScore)
        try log(test, .control, 0.4, called: false)
        let ended = try test.registry.testMetrics(of: .callingScore, version: "v1.1-hybrid")
        #expect(ended[.control].count == 1)
        #expect(close(ended[.control].meanCallingScore, 0.2))
        #expect(ended.period.since == begin)
        #expect(ended.period.until != nil)
        #expect(try test.registry.testMetrics(of: .callingScore)[.control].count == 3)
        let asked = try test.registry.testMetrics(
            of: .callingScore, version: "v1.1-hybrid",
            period: OutcomePeriod(since: Moment(before)))
        #expect(asked[.control].count == 3)
        try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.2)
        #expect(try test.registry.testMetrics(of: .callingScore)[.control].count == 0)
    }

    @Test("Of the candidates those of the version count, and another type has its own rows")
    func version() throws {
        let test = try TestRegistry.inTest()
        try test.add("v1.2-hybrid")
        try log(test, .candidate, 0.9, called: true, version: "v1.1-hybrid")
        try log(test, .candidate, 0.3, called: false, version: "v1.2-hybrid")
        let all = OutcomePeriod()
        func count(_ version: String) throws -> Int {
            try test.registry.testMetrics(of: .callingScore, version: version, period: all)[
                .candidate
            ].count
        }
        #expect(try count("v1.1-hybrid") == 1)
        #expect(try count("v1.2-hybrid") == 1)
        #expect(try count("v1.0-hybrid") == 0)
        try test.registry.stopTest("v1.1-hybrid", of: .callingScore)
        #expect(try test.registry.testMetrics(of: .callingScore)[.candidate].count == 2)
        #expect(try test.registry.testMetrics(of: .outcome)[.candidate].count == 0)
        guard case .unknownVersion = registryError({ _ = try count("v9.9-hybrid") }) else {
            Issue.record("metrics of an unknown version")
            return
        }
    }

    @Test("The performance of versions counts zeros and the window, and is kept on request")
    func performance() throws {
        let test = try TestRegistry.inTest()
        test.clock.advance(days: 10)
        let now = test.clock.clock.now()
        func at(daysAgo days: Double) -> String {
            now.advanced(bySeconds: -days * 86_400).description
        }
        try log(test, .control, 0, called: false, (.negative, 0), at: at(daysAgo: 1))
        try log(test, .hybrid, 0.8, called: true, (.positive, 0.9), at: at(daysAgo: 6.9))
        try log(test, .control, 0.9, called: true, (.positive, 0.9), at: at(daysAgo: 7.1))
        try log(
            test, .formulaBased, 0.9, called: true, (.positive, 0.9), version: "v1.0-hybrid")
        let found = try test.registry.performance(of: .callingScore)
        #expect(found.map(\.version) == ["v1.0-hybrid", "v1.1-hybrid"])
        #expect(found[0].metrics.count == 2)
        #expect(close(found[0].metrics.meanCallingScore, 0.4))
        #expect(close(found[0].metrics.meanOutcomeScore, 0.45))
        #expect(close(found[0].metrics.positiveRate, 0.5))
        #expect(found[0].lastOutcome?.description == at(daysAgo: 1))
        #expect(found[1].metrics.count == 0)
        #expect(found[1].lastOutcome == nil)
        #expect(try test.registry.performance(of: .callingScore, days: 8)[0].metrics.count == 3)
        let kept = try test.registry.keepPerformance(of: .callingScore)
        let record = try test.registry.version("v1.0-hybrid", of: .callingScore)
        #expect(record.performanceMetrics == kept[0].json)
        #expect(record.performanceMetrics?["count"] == .integer(2))
        let other = try test.registry.version("v1.1-hybrid", of: .callingScore)
        #expect(other.performanceMetrics == nil)
    }
}
