import TandemBasics
import Testing

@testable import TandemRecipes

/// The logistic regression: its solver beside scikit-learn's, and its figures over folds.
@Suite struct EvaluationRegressionTests {
    private static let rows: [[Double]] = [
        [0, 1], [1, 0], [1, 1], [0, 0], [2, 1], [0.5, 0.25],
    ]
    private static let labels = [false, true, true, false, true, false]

    /// Weights and intercept of `LogisticRegression(C=C, tol=1e-14, solver="newton-cholesky")` in scikit-learn.
    private static let solutions: [(c: Double, weights: [Double])] = [
        (1, [1.0447377174544386, 0.167147614333782, -0.8540292026256743]),
        (100, [8.174697071133524, 0.8001504030318568, -6.036827309893737]),
    ]

    @Test(arguments: solutions)
    func weights(_ c: Double, _ expected: [Double]) {
        let found = LogisticRegression(Self.rows, labels: Self.labels, inverseRegularization: c)
        for (a, b) in zip(found.weights, expected) {
            #expect(EvaluationCase.isClose(a, b, within: 1e-8), "\(found.weights)")
        }
    }

    @Test func probability() {
        let regression = LogisticRegression(
            Self.rows, labels: Self.labels, inverseRegularization: 1)
        let found = regression.probability([1.5, 0.5])
        #expect(EvaluationCase.isClose(found, 0.68925768, within: 1e-8))
        #expect(regression.probability([1e6, 0]) == 1)
        #expect(regression.probability([-1e6, 0]) == 0)
    }

    /// Here whole steps of Newton's method overshoot.
    @Test func hardlyRegularisedLabels() {
        let found = LogisticRegression(
            [[0], [0.001], [100], [101]], labels: [false, true, true, true],
            inverseRegularization: 1e8)
        let chances = [0.0, 0.001, 100, 101].map { found.probability([$0]) }
        #expect(found.weights.allSatisfy { $0.isFinite })
        #expect(chances[0] < 0.5)
        #expect(chances[1] > 0.5)
        #expect(chances[3] > 0.999)
    }

    @Test func aSingleClassIsCertain() {
        for label in [false, true] {
            let found = LogisticRegression(
                Self.rows, labels: Self.rows.map { _ in label }, inverseRegularization: 1)
            #expect(found.probability([5, 5]) == (label ? 1 : 0))
        }
    }

    /// Words that training does not know, and numbers far from it, change nothing that could go wrong.
    @Test func unknownWordsAreLeftOut() {
        typealias Case = EvaluationCase
        let regression = GiftLogisticRegression([
            Case.scenario(["books"], hobbies: ["reading"]),
            Case.scenario(["food"], hobbies: ["cooking"]),
        ])
        let asked = Case.scenario(hobbies: ["chess", "yoga"], relationship: "boss").profile
        let found = regression.probabilities(asked)
        #expect(found.categories.count == 13)
        #expect(found.tools.count == 5)
        #expect((found.categories + found.tools).allSatisfy { (0...1).contains($0) })
        // Two hobbies; occasion, relationship, group of ages and of budgets; age and budget.
        #expect(regression.inputCount == 8)
    }

    /// Five folds in three orders: the published P@3 is 0.68 to 0.69 and the published share of exact tools 0.80.
    ///
    /// Both vary with the order, by 0.014 and 0.02 over twelve orders, so that the mean of three can be told
    /// from the published figures within 0.02 only; the published orders are not known.
    @Test(.enabled(if: EvaluationData.isPresent, "no data set at \(EvaluationData.folder)"))
    func folds() throws {
        let data = try EvaluationData()
        var (means, best): ([GiftFigures], [GiftFigures]) = ([], [])
        for seed in 0..<3 {
            var order = data.scenarios
            var random = Philox(RandomStream(seed: UInt64(seed), identifier: 1))
            random.shuffle(&order)
            for fold in 0..<5 {
                let test = order.indices.filter { $0 % 5 == fold }.map { order[$0] }
                let training = order.indices.filter { $0 % 5 != fold }.map { order[$0] }
                let baselines = try GiftBaselines(training: training, gifts: data.gifts)
                means.append(try baselines.figures(.logisticRegression, test))
                best.append(try baselines.figures(.bestPossible, test))
            }
        }
        let mean = GiftFigures(meanOf: means)
        #expect((0.675...0.695).contains(mean.precisionAt3), "\(mean)")
        #expect(EvaluationCase.isClose(mean.exactTools, 0.80, within: 0.02), "\(mean)")
        let bestPrecision = GiftFigures(meanOf: best).precisionAt3
        #expect(EvaluationCase.isClose(bestPrecision, 0.907, within: 0.000_501))
    }
}
