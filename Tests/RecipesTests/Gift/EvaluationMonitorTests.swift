import Foundation
import TandemDevices
import TandemNetworks
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Every monitor, set and not set.
@Suite struct EvaluationMonitorTests {
    /// One epoch.
    static func record(
        _ epoch: Int, loss: Double = 1, terms: [String: Double] = [:],
        metrics: [String: Double] = [:], isBest: Bool = false
    ) -> EpochRecord {
        EpochRecord(
            epoch: epoch, step: epoch, learningRateFactor: 1, gradientNorm: 1, loss: loss,
            lossTerms: terms, metrics: metrics, isBest: isBest, trainingSeconds: 0,
            evaluationSeconds: 0)
    }

    /// Epochs from 1 on with one loss term.
    private static func epochs(_ term: String, _ values: [Double]) -> [EpochRecord] {
        values.enumerated().map { record($0 + 1, terms: [term: $1]) }
    }

    /// Epochs from 1 on with one metric; none in those without a value.
    private static func measured(_ metric: String, _ values: [Double?]) -> [EpochRecord] {
        values.enumerated().map { index, value in
            record(index + 1, metrics: value.map { [metric: $0] } ?? [:])
        }
    }

    private static func red(_ history: [EpochRecord], floor: Double? = nil, scenarios: Int = 20)
        -> [String: GiftFlag.Colour]
    {
        colours(
            GiftRedMonitors(history, toolLossFloor: floor, validationScenarios: scenarios)?.flags)
    }

    private static func green(_ history: [EpochRecord]) -> [String: GiftFlag.Colour] {
        colours(GiftGreenMonitors(history)?.flags)
    }

    private static func colours(_ flags: [GiftFlag]?) -> [String: GiftFlag.Colour] {
        Dictionary(uniqueKeysWithValues: (flags ?? []).map { ($0.code, $0.colour) })
    }

    @Test func nothingIsSaidOfNothing() {
        #expect(Self.red([]) == [:])
        #expect(Self.green([]) == [:])
        #expect(Self.red([Self.record(1)]) == [:])
        #expect(Self.green([Self.record(1)]) == [:])
    }

    // MARK: - Red

    @Test func learnedEarly() {
        func flags(_ epoch: Int, _ loss: Double) -> [String: GiftFlag.Colour] {
            Self.red([Self.record(epoch, terms: ["category": loss])])
        }
        #expect(flags(24, 0.099) == ["R1": .red])
        #expect(flags(24, 0.10) == [:])
        #expect(flags(25, 0.099) == [:])
    }

    @Test func fallingQuality() {
        #expect(Self.red(Self.measured("quality", [0.9, 0.8, nil, 0.7, nil, 0.6])) == ["R2": .red])
        #expect(Self.red(Self.measured("quality", [0.9, 0.8, 0.7, 0.6, nil])) == [:])
        #expect(Self.red(Self.measured("quality", [0.9, 0.8, 0.8, 0.7])) == [:])
        #expect(Self.red(Self.measured("quality", [0.8, 0.7, 0.6])) == [:])
    }

    @Test func stalledTools() {
        let before = [Double](repeating: 0.6, count: 5)
        let stalled = before + [Double](repeating: 0.595, count: 10)
        #expect(Self.red(Self.epochs("tool", stalled)) == ["R3": .red])
        #expect(Self.red(Self.epochs("tool", stalled.dropLast())) == [:])
        #expect(Self.red(Self.epochs("tool", stalled.dropLast() + [0.593])) == [:])
        // A floor far below changes nothing, one that is reached is said.
        #expect(Self.red(Self.epochs("tool", stalled), floor: 0.5) == ["R3": .red])
        #expect(Self.red(Self.epochs("tool", stalled), floor: 0.59) == ["R3": .grey])
    }

    @Test func gap() {
        #expect(Self.red(Self.measured("gapLoss", [0.11])) == ["R4": .red])
        #expect(Self.red(Self.measured("gapLoss", [0.10])) == ["R4": .amber])
        #expect(Self.red(Self.measured("gapLoss", [0.051])) == ["R4": .amber])
        #expect(Self.red(Self.measured("gapLoss", [0.05])) == [:])
        #expect(Self.red(Self.measured("gapLoss", [-3])) == [:])
        // The loss that training has met is of varied profiles and tells no gap.
        #expect(Self.red([Self.record(1, loss: 0.5, metrics: ["validationLoss": 0.9])]) == [:])
    }

    @Test func suddenFall() {
        let steps: [Double] = [1, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.25]
        #expect(Self.red(Self.epochs("category", steps + [0.199])) == ["R5": .red])
        #expect(Self.red(Self.epochs("category", steps + [0.2])) == [:])
        // Ten epochs apart.
        #expect(Self.red(Self.epochs("category", steps + [0.21, 0.19])) == [:])
    }

    @Test func notFinite() throws {
        #expect(Self.red([Self.record(1, loss: .nan)]) == ["R6": .red])
        #expect(Self.red([Self.record(1, terms: ["tool": .infinity])]) == ["R6": .red])
        #expect(Self.red([Self.record(1, metrics: ["validationLoss": .nan])]) == ["R6": .red])
        var record = Self.record(1)
        record.gradientNorm = .infinity
        #expect(Self.red([record]) == ["R6": .red])
        let flag = try #require(
            GiftRedMonitors([record], toolLossFloor: nil, validationScenarios: 20)?.notFinite)
        #expect(flag.text.contains("gradient norm is inf"))
    }

    @Test func collapse() {
        #expect(Self.red(Self.measured("distinctTop3", [3])) == ["R7": .red])
        #expect(Self.red(Self.measured("distinctTop3", [4])) == [:])
        #expect(Self.red(Self.measured("distinctTop3", [6]), scenarios: 40) == ["R7": .red])
        #expect(Self.red(Self.measured("distinctTop3", [1]), scenarios: 2) == ["R7": .red])
        #expect(Self.red(Self.measured("distinctTop3", [1]), scenarios: 1) == [:])
        #expect(Self.red(Self.measured("predictedRewardDeviation", [9e-4])) == ["R7": .red])
        #expect(Self.red(Self.measured("predictedRewardDeviation", [1e-3])) == [:])
    }

    @Test func withoutGradient() throws {
        var record = Self.record(1)
        record.groupsWithoutGradient = []
        #expect(Self.red([record]) == [:])
        record.groupsWithoutGradient = ["tools", "main"]
        #expect(Self.red([record]) == ["R8": .red])
        let flag = try #require(
            GiftRedMonitors([record], toolLossFloor: nil, validationScenarios: 20)?.withoutGradient)
        #expect(flag.text.contains("tools, main"))
    }

    // MARK: - Green

    @Test func steadyDescent() {
        func flags(_ losses: [Double]) -> [String: GiftFlag.Colour] {
            Self.green(losses.enumerated().map { Self.record($0 + 1, loss: $1) })
        }
        let falling = (0..<10).map { 1 - 0.05 * Double($0) }
        #expect(flags(falling) == ["G1": .green])
        #expect(flags(Array(falling.dropLast())) == [:])
        #expect(flags([5] + falling) == ["G1": .green])
        #expect(flags(falling.reversed()) == [:])
        #expect(flags(Array(falling.dropLast()) + [0.4]) == [:])
        #expect(flags([Double](repeating: 1, count: 10)) == [:])
    }

    @Test func holdingQuality() {
        #expect(Self.green(Self.measured("quality", [0.8, nil, 0.79]))["G2"] == .green)
        #expect(Self.green(Self.measured("quality", [0.8, nil, 0.78]))["G2"] == nil)
        #expect(Self.green(Self.measured("quality", [0.8]))["G2"] == nil)
        #expect(Self.green(Self.measured("quality", [0.8, 0.8, nil]))["G2"] == nil)
    }

    @Test func balancedLosses() {
        var terms = ["category": 0.15, "tool": 0.3, "reward": 0.2, "semantic": 0.25]
        #expect(Self.green([Self.record(1, terms: terms)]) == ["G3": .green])
        terms["reward"] = 0.01
        #expect(Self.green([Self.record(1, terms: terms)]) == [:])
        terms["reward"] = nil
        #expect(Self.green([Self.record(1, terms: terms)]) == [:])
    }

    @Test func smallGap() {
        #expect(Self.green(Self.measured("gapLoss", [-0.05])) == ["G4": .green])
        #expect(Self.green(Self.measured("gapLoss", [-0.06])) == [:])
        #expect(Self.green(Self.measured("gapLoss", [0.06])) == [:])
    }

    @Test func recentImprovement() {
        func flags(_ best: Int, of count: Int) -> GiftFlag.Colour? {
            Self.green(
                (1...count).map {
                    Self.record($0, metrics: ["quality": 0.5], isBest: $0 == best)
                })["G5"]
        }
        #expect(flags(1, of: 5) == .green)
        #expect(flags(1, of: 6) == nil)
        #expect(flags(6, of: 6) == .green)
    }

    // MARK: - As a policy

    private func context() throws -> TrainingContext {
        let arena = try ParameterArena(Linear(1, 1), device: CPUDevice(threads: 1), seed: 0)
        return TrainingContext(
            plan: TrainingPlan(epochs: 9, batchesPerEpoch: 1, stepsPerEpoch: 1, parameterCount: 2),
            arena: arena, optimizer: try SGD(arena, groups: [ParameterGroup(learningRate: 1)]))
    }

    @Test func redAndAmberFlagsAreWarnings() throws {
        let monitors = GiftMonitors(toolLossFloor: nil, validationScenarios: 20)
        var record = Self.record(
            1, terms: ["category": 0.01], metrics: ["gapLoss": 0.07, "quality": 0.5], isBest: true)
        record.warnings = ["another"]
        let run = try context()
        monitors.willSaveEpoch(&record, run)
        #expect(record.warnings?.count == 3)
        #expect(record.warnings?.first == "another")
        #expect(record.warnings?[1].hasPrefix("R1: ") == true)
        #expect(record.warnings?[2].hasPrefix("R4: ") == true)
        #expect(record.notes?.map { String($0.prefix(4)) } == ["G5: "])
        #expect(run.state.stopReason == nil)
        run.state.history.append(record)
        var quiet = Self.record(2, terms: ["category": 0.2])
        monitors.willSaveEpoch(&quiet, run)
        #expect(quiet.warnings == nil)
        #expect(monitors.savedState.epochs.map(\.epoch) == [1, 2])
        let codes = monitors.savedState.epochs[0].flags.map(\.code)
        #expect(codes == ["R1", "R4", "G5"])
    }

    @Test func aLossThatIsNotFiniteStopsTheRun() throws {
        let monitors = GiftMonitors(toolLossFloor: nil, validationScenarios: 20)
        var record = Self.record(1, metrics: ["validationLoss": .infinity])
        let run = try context()
        monitors.willSaveEpoch(&record, run)
        #expect(run.state.stopReason?.word == "notFinite")
    }

    @Test func flagsAreKeptInCheckpoints() throws {
        let monitors = GiftMonitors(toolLossFloor: 0.3, validationScenarios: 20)
        var record = Self.record(1, terms: ["category": 0.01])
        monitors.willSaveEpoch(&record, try context())
        let text = try RunCoding.encoder().encode(monitors.savedState)
        let restored = try RunCoding.decoder().decode(GiftMonitors.Memory.self, from: text)
        #expect(restored == monitors.savedState)
        #expect(restored.epochs.first?.flags.first?.code == "R1")
    }

    @Test func softmaxFloor() {
        typealias Case = EvaluationCase
        let two = Case.scenario(["books"], ["trend_analysis", "review_analysis"])
        let three = Case.scenario(
            ["books"], ["trend_analysis", "review_analysis", "inventory_check"])
        #expect(Case.isClose(GiftMonitors.softmaxFloor(of: [two]), 0.2773, within: 5e-5))
        #expect(Case.isClose(GiftMonitors.softmaxFloor(of: [three]), 0.6592, within: 5e-5))
        #expect(GiftMonitors.softmaxFloor(of: [Case.scenario()]) == 0)
    }
}
