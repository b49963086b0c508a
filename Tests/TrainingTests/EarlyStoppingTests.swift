import Testing

@testable import TandemTraining

@Suite("Early stopping")
struct EarlyStoppingTests {
    /// Feeds a series until the patience is used up; returns the best epoch and the epoch after which training stops.
    private func run(
        _ series: [Double], patience: Int, threshold: Double, higherIsBetter: Bool = true
    ) -> (best: Int, stop: Int?) {
        var progress = EarlyStopping.Progress()
        var best = 0
        for (index, value) in series.enumerated() {
            if progress.observe(value, higherIsBetter: higherIsBetter, threshold: threshold) {
                best = index + 1
            }
            if progress.withoutImprovement >= patience { return (best, index + 1) }
        }
        return (best, nil)
    }

    @Test("A gain within the threshold is no improvement")
    func scriptedSeries() {
        let result = run([10, 12, 11, 11.99, 12.005], patience: 3, threshold: 0.01)
        #expect(result.best == 2)
        #expect(result.stop == 5)
    }

    @Test("An improvement resets the patience")
    func improvementResets() {
        let result = run([1, 0, 0, 2, 0, 0, 3], patience: 3, threshold: 0)
        #expect(result.best == 7)
        #expect(result.stop == nil)
    }

    @Test("Smaller is better for losses")
    func lowerIsBetter() {
        let result = run([3, 2, 2.5, 2.5], patience: 2, threshold: 0, higherIsBetter: false)
        #expect(result.best == 2)
        #expect(result.stop == 4)
    }

    @Test("NaN never counts as an improvement")
    func notANumber() {
        let result = run([.nan, 1, .nan, .nan], patience: 2, threshold: 0)
        #expect(result.best == 2)
        #expect(result.stop == 4)
    }
}
