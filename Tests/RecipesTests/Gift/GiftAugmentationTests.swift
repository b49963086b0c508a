import TandemBasics
import Testing

@testable import TandemRecipes

@Suite struct GiftAugmentationTests {
    private let profile = GiftFixtures.profile(
        age: 40, hobbies: ["reading", "yoga", "music", "art"], budget: 100,
        preferences: ["practical", "unique", "modern"])

    /// Many variations of a profile, each with random numbers of its own.
    private func varied(
        _ profile: GiftProfile, _ kind: GiftAugmentation, count: Int = 4_000
    ) -> [GiftProfile] {
        (0..<count).map {
            var random = Philox(RandomStream(seed: 5, identifier: UInt64($0)))
            return kind.apply(to: profile, &random)
        }
    }

    /// The share of profiles for which something holds.
    private func share(_ profiles: [GiftProfile], _ holds: (GiftProfile) -> Bool) -> Double {
        Double(profiles.count(where: holds)) / Double(profiles.count)
    }

    @Test func noneChangesAndTakesNothing() {
        var random = Philox(RandomStream(seed: 1, identifier: 0))
        let young = GiftFixtures.profile(age: 3, budget: 4_000)
        #expect(GiftAugmentation.none.apply(to: young, &random) == young)
        #expect(random.position == 0)
    }

    @Test(arguments: [
        (GiftAugmentation.v1, 3, 0.15), (.v2, 5, 0.25), (.v3, 7, 0.3),
    ])
    func agesAndBudgetsAreUniform(kind: GiftAugmentation, years: Int, factor: Double) {
        let all = varied(profile, kind)
        let counts = all.reduce(into: [:]) { $0[$1.age - 40, default: 0] += 1 }
        #expect(counts.keys.sorted() == Array(-years...years))
        let expected = 4_000 / (2 * years + 1)
        #expect(counts.values.allSatisfy { abs($0 - expected) < expected / 4 })
        let budgets = all.map(\.budget)
        let (least, most) = (100 * (1 - factor), 100 * (1 + factor))
        #expect(budgets.allSatisfy { (least...most).contains($0) })
        #expect((budgets.min() ?? 0) < least + 0.1)
        #expect((budgets.max() ?? 0) > most - 0.1)
        let mean = budgets.reduce(0, +) / 4_000
        #expect(abs(mean - 100) < 1)
        #expect(all.allSatisfy { $0.relationship == "friend" && $0.occasion == "birthday" })
    }

    @Test(arguments: [GiftAugmentation.v1, .v2, .v3])
    func agesAndBudgetsStayInTheirRanges(kind: GiftAugmentation) {
        for (age, budget) in [(16, 30.0), (75, 300.0)] {
            let all = varied(GiftFixtures.profile(age: age, budget: budget), kind)
            #expect(all.allSatisfy { 16...75 ~= $0.age && 30...300 ~= $0.budget })
            #expect(share(all) { $0.age == age } > 0.5)
            #expect(share(all) { $0.budget == budget } > 0.4)
        }
        #expect(varied(GiftFixtures.profile(age: 100), kind).allSatisfy { $0.age == 75 })
        #expect(varied(GiftFixtures.profile(budget: 9_000), kind).allSatisfy { $0.budget == 300 })
    }

    @Test(arguments: [GiftAugmentation.v1, .v2, .v3])
    func hobbiesAreShuffledAndOneStays(kind: GiftAugmentation) {
        let all = varied(profile, kind)
        for hobby in profile.hobbies {
            #expect(abs(share(all) { $0.hobbies[0] == hobby } - 0.25) < 0.03)
        }
        #expect(all.allSatisfy { Set($0.hobbies).isSubset(of: profile.hobbies) })
        #expect(all.allSatisfy { Set($0.hobbies).count == $0.hobbies.count })
        for count in 1...2 {
            var few = profile
            few.hobbies = Array(profile.hobbies.prefix(count))
            #expect(varied(few, kind).allSatisfy { !$0.hobbies.isEmpty })
        }
        var none = profile
        none.preferences = []
        #expect(varied(none, kind, count: 10).allSatisfy { $0.preferences == [] })
    }

    @Test func theFirstDropsNothing() {
        let all = varied(profile, .v1)
        #expect(all.allSatisfy { $0.hobbies.count == 4 && $0.preferences == profile.preferences })
    }

    @Test func theSecondKeepsARandomChoice() {
        let all = varied(profile, .v2)
        for kept in 1...3 {
            #expect(abs(share(all) { $0.hobbies.count == kept } - 0.1) < 0.02)
        }
        #expect(abs(share(all) { $0.preferences.count < 3 } - 0.2) < 0.02)
        #expect(abs(share(all) { $0.preferences.count == 1 } - 0.1) < 0.02)
        // Those kept stand in their order, and each is kept as often.
        for word in profile.preferences {
            #expect(abs(share(all) { $0.preferences == [word] } - 0.1 / 3) < 0.01)
        }
        #expect(
            all.allSatisfy { $0.preferences == profile.preferences.filter($0.preferences.contains) }
        )
        let two = varied(GiftFixtures.profile(hobbies: ["art", "music"]), .v2)
        #expect(abs(share(two) { $0.hobbies.count == 1 } - 0.3) < 0.03)
    }

    @Test func theThirdDropsTheLastOfMany() {
        let all = varied(profile, .v3)
        #expect(abs(share(all) { $0.hobbies.count == 3 } - 0.4) < 0.03)
        #expect(share(all) { $0.hobbies.count < 3 } == 0)
        #expect(abs(share(all) { $0.preferences == ["practical", "unique"] } - 0.3) < 0.03)
        #expect(share(all) { $0.preferences.count < 2 } == 0)
        let two = varied(GiftFixtures.profile(hobbies: ["art", "music"]), .v3)
        #expect(two.allSatisfy { $0.hobbies.count == 2 && $0.preferences == ["practical"] })
    }
}
