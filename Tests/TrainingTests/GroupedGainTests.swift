import Testing

@testable import TandemTraining

/// Gains over a reference, with the interval over groups of examples.
@Suite("Grouped gains")
struct GroupedGainTests {
    private func gain(_ groups: [Int], _ counts: [Int], _ sums: [Double]) -> GroupedGain {
        GroupedGain(name: "hits", groups: groups, counts: counts, sums: sums)
    }

    @Test("The mean is over examples, whatever group and fold they lie in")
    func mean() throws {
        let estimate = try #require(
            GainEstimate([gain([0, 2], [10, 30], [1, 6]), gain([1, 0], [20, 10], [-2, 3])]))
        #expect(estimate.groups == 3)
        #expect(abs(estimate.mean - 8.0 / 70) < 1e-12)
        #expect(GainEstimate([]) == nil)
        #expect(GainEstimate([gain([], [], [])]) == nil)
        #expect(try #require(GainEstimate([gain([4], [2], [1])])).interval == nil)
    }

    @Test("Equal gains leave no doubt")
    func equal() throws {
        let estimate = try #require(GainEstimate([gain([0, 1, 2], [2, 4, 8], [1, 2, 4])]))
        #expect(estimate.interval == 0.5...0.5)
    }

    /// Of groups of one size the interval is that of the normal distribution, 1.96 standard errors of the mean to each side.
    @Test("The interval is that of the mean over groups")
    func interval() throws {
        let sums = (0..<400).map { Double(($0 * 7919) % 400) / 40 - 4.5 }
        let count = Double(sums.count)
        let estimate = try #require(
            GainEstimate([gain(Array(0..<400), [Int](repeating: 5, count: 400), sums)]))
        let mean = sums.reduce(0, +) / count
        let variance = sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        let error = (variance / count).squareRoot() / 5
        let found = try #require(estimate.interval)
        #expect(abs(estimate.mean - mean / 5) < 1e-12)
        #expect(abs(found.lowerBound - (mean / 5 - 1.96 * error)) < 0.1 * error)
        #expect(abs(found.upperBound - (mean / 5 + 1.96 * error)) < 0.1 * error)
    }

    /// What belongs together does not become certain by being counted often.
    @Test("Groups count once, however many examples they have")
    func groupsCountOnce() throws {
        let sums = (0..<40).map { Double($0 % 8) - 3 }
        func width(_ times: Int) throws -> Double {
            let estimate = try #require(
                GainEstimate([
                    gain(
                        Array(0..<40), [Int](repeating: times, count: 40),
                        sums.map { $0 * Double(times) })
                ]))
            let interval = try #require(estimate.interval)
            return interval.upperBound - interval.lowerBound
        }
        #expect(abs(try width(100) - width(1)) < 1e-9)
    }
}
