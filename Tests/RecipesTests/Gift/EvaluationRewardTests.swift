import Testing

@testable import TandemRecipes

/// The reward of a gift for a scenario, term by term.
@Suite struct EvaluationRewardTests {
    private typealias Case = EvaluationCase

    /// Category 0.35, price up to 0.6 of the budget 0.25, no hobby, occasion 0.15, age 0.05.
    private let usual = 0.80

    @Test func everyTermIsFull() {
        let found = GiftReward.reward(Case.scenario(hobbies: ["technology"]), Case.gift())
        #expect(Case.isClose(found, 1))
    }

    @Test func theCategoryCounts() {
        #expect(Case.isClose(GiftReward.reward(Case.scenario(), Case.gift()), usual))
        let other = GiftReward.reward(Case.scenario(["books", "art"]), Case.gift())
        #expect(Case.isClose(other, usual - 0.35))
    }

    private static let prices: [(Double, Double)] = [
        (0.01, 1), (60, 1), (60.5, 0.9), (80, 0.9), (80.5, 0.8), (95, 0.8), (95.5, 0.6), (100, 0.6),
        (100.5, 0.3), (110, 0.3), (110.5, 0.1), (120, 0.1), (120.5, 0), (1e300, 0),
    ]

    @Test(arguments: prices)
    func thePriceCountsByItsShareOfTheBudget(_ price: Double, _ term: Double) {
        let found = GiftReward.reward(Case.scenario(), Case.gift(price: price))
        #expect(Case.isClose(found, usual - 0.25 + 0.25 * term))
    }

    @Test(arguments: [0, -0.0, -5, .nan])
    func withoutABudgetNothingIsAffordable(_ budget: Double) {
        let found = GiftReward.reward(Case.scenario(budget: budget), Case.gift())
        #expect(Case.isClose(found, usual - 0.25))
    }

    private static let hobbies: [(hobbies: [String], tags: [String], share: Double)] = [
        (["art"], ["smart", "party"], 0.0),
        (["art"], ["smart art"], 1),
        (["art"], ["ART-deco"], 1),
        (["home_decor"], ["home"], 1),
        (["home_decor", "yoga", "art"], ["decor"], 1.0 / 3),
        (["technology", "yoga"], [], 0.5),
        (["art", "art"], ["art"], 1),
        ([], ["art"], 0),
        (["", "_"], ["", "-"], 0),
    ]

    @Test(arguments: hobbies)
    func hobbiesCountByWholeWords(_ hobbies: [String], _ tags: [String], _ share: Double) {
        let found = GiftReward.reward(Case.scenario(hobbies: hobbies), Case.gift(tags: tags))
        #expect(Case.isClose(found, usual + 0.20 * share))
    }

    private static let occasions: [([String], Double)] = [
        (["birthday", "any"], 1), (["any"], 0.6), (["christmas", "any"], 0.6),
        (["christmas"], 0.2), ([], 0.2),
    ]

    @Test(arguments: occasions)
    func theOccasionCounts(_ occasions: [String], _ term: Double) {
        let found = GiftReward.reward(Case.scenario(), Case.gift(occasions: occasions))
        #expect(Case.isClose(found, usual - 0.15 + 0.15 * term))
    }

    private static let ages: [(Int, Double)] = [
        (20, 1), (40, 1), (19, 0.8), (45, 0.8), (46, 0.6), (10, 0.6), (51, 0.4), (5, 0.4),
        (56, 0.2), (.max, 0.2), (.min, 0.2),
    ]

    @Test(arguments: ages)
    func theAgeCountsByItsDistance(_ age: Int, _ term: Double) {
        let found = GiftReward.reward(Case.scenario(age: age), Case.gift())
        #expect(Case.isClose(found, usual - 0.05 + 0.05 * term))
    }

    @Test func aMatrixHasScenariosAsRows() {
        let scenarios = [Case.scenario(), Case.scenario(["books"])]
        let gifts = [Case.gift(), Case.gift("books"), Case.gift(price: 100)]
        let matrix = GiftReward(gifts).matrix(scenarios)
        #expect(matrix.count == 2)
        for (row, scenario) in zip(matrix, scenarios) {
            #expect(row == gifts.map { GiftReward.reward(scenario, $0) })
        }
        #expect(GiftReward([]).matrix(scenarios) == [[], []])
    }
}
