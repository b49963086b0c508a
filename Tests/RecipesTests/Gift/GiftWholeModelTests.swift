import TandemDevices
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// The whole gift recommender on the processor and every OpenCL device.
@Suite(.exclusiveDevices) struct GiftWholeModelTests {
    @Test(arguments: GiftWiring.allCases)
    func wholeModel(_ wiring: GiftWiring) throws {
        var curves: [[[Double]]] = []
        for (place, target) in GiftGolden.devices.enumerated() {
            let whole = try GiftWholeModel(wiring, on: target.device)
            try whole.checkPass()
            try whole.checkSteps()
            curves.append(try [1, 2].map { try whole.losses(seed: $0) })
            guard place == 0 else { continue }
            try whole.checkLearning()
            try whole.restart()
            switch wiring {
            case .parity:
                try whole.checkRelationshipIsIgnored()
                try whole.checkRecording()
            case .connected:
                try whole.checkFields()
                try whole.checkMeasuringTwice()
                try whole.checkCatalogueOrder()
            }
        }
        for curve in curves.dropFirst() {
            for (found, expected) in zip(curve.joined(), curves[0].joined()) {
                #expect((found - expected).magnitude <= 1e-3 * expected)
            }
        }
        #expect(curves.allSatisfy { $0.count == 2 && $0.allSatisfy { $0.count == 3 } })
        #expect(curves[0][0] != curves[0][1])
    }

    /// Connected without the core.
    @Test func recordedSteps() throws {
        let whole = try GiftWholeModel(.connected, core: false, on: CPUDevice(threads: 2))
        try whole.checkRecording()
        let first = try whole.experiment.recipe.evaluate()
        #expect(first == (try whole.experiment.recipe.evaluate()))
        #expect(first.map(\.name) == GiftRecipe.metricNames)
    }
}
