import Testing

@testable import TandemTraining

/// The warning about runs whose first epoch stays the best.
@Suite("The first epoch as the best")
struct FirstBestTests {
    /// The epochs that were warned about; `learns` says whether the error falls.
    private func warned(
        learns: Bool, _ change: (inout TrainingConfiguration) -> Void = { _ in }
    ) throws -> [Int] {
        let configuration = curveConfiguration(epochs: 8) {
            $0.earlyStopping = EarlyStoppingConfiguration(
                metric: "error", patience: 100, threshold: learns ? 0 : 1e6)
            change(&$0)
        }
        let (trainer, _, _) = try makeCurveTrainer(configuration)
        _ = try trainer.run()
        return trainer.state.history.filter {
            $0.warnings?.contains { $0.contains("too little data, or nothing learned") } == true
        }.map(\.epoch)
    }

    @Test("It comes after five epochs, and only where a metric chooses")
    func afterFive() throws {
        #expect(try warned(learns: false) == [6, 7, 8])
        #expect(try warned(learns: true) == [])
        #expect(try warned(learns: false) { $0.earlyStopping = nil } == [])
    }

    @Test("It can be set and turned off")
    func settings() throws {
        #expect(try warned(learns: false) { $0.health.firstBest = 2 } == [3, 4, 5, 6, 7, 8])
        #expect(try warned(learns: false) { $0.health.firstBest = 0 } == [])
    }
}
