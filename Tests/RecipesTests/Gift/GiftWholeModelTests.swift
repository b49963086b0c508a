import TandemDevices
import TandemNetworks
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
                try whole.checkOwnCatalogue()
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
        try whole.checkRecombinedTerms()
        let first = try whole.experiment.recipe.evaluate()
        #expect(first == (try whole.experiment.recipe.evaluate()))
        #expect(first.map(\.name) == GiftRecipe.metricNames)
    }

    /// Three segments of the core, whose halting logit is 1 everywhere: in training most sequences stop after the first.
    @Test func threeSegments() throws {
        let whole = try GiftWholeModel(.connected, outerSteps: 3, on: CPUDevice(threads: 2))
        try GiftParameters.load(into: whole.arena)
        try whole.arena.load(
            [
                "core.q_head.weight": ([2, 512], [Float](repeating: 0, count: 1024)),
                "core.q_head.bias": ([2], [1, -1]),
            ], rule: .partial)
        let file = try GiftGolden("gift-connected", "connected")
        let profiles = try GiftProfileTensors(file, on: whole.device)
        let catalogue = try GiftCatalogueTensors(file, on: whole.device)
        func tokens(_ context: ForwardContext) throws -> [[Float]] {
            let segments = try whole.model(profiles, catalogue, context)
            #expect(segments.count == 3)
            try file.expectForward(segments.first?.tokens, "output.token_logits")
            let wanted: [Float] = [1, -1, 1, -1, 1, -1]
            #expect(try segments.allSatisfy { try $0.halting?.values() == wanted })
            return try segments.map { try #require($0.tokens).values() }
        }
        func rows(_ tokens: [Float]) -> [[Float]] {
            (0..<3).map { Array(tokens[$0 * 1000..<($0 + 1) * 1000]) }
        }
        let evaluated = try tokens(.evaluation())
        let free = evaluated.map(rows)
        let trained = try tokens(.training(seed: 1, pass: 0)).map(rows)
        var halted = 0
        for row in 0..<3 {
            #expect(free[0][row] != free[1][row] && free[1][row] != free[2][row])
            if trained[1][row] == trained[0][row] {
                halted += 1
                #expect(trained[2][row] == trained[0][row], "row \(row)")
            } else {
                #expect(trained[1][row] == free[1][row], "row \(row)")
            }
        }
        #expect(halted > 0)
    }
}
