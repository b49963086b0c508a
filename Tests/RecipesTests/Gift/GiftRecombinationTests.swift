import TandemBasics
import Testing

@testable import TandemRecipes

/// Profiles put together from several: what is exchanged, mixed and kept.
struct GiftRecombinationTests {
    private static let words = GiftVocabulary(.extended)

    /// Scenarios whose hobby, category and tool carry the same number, and whose other fields tell which one they are.
    private func scenarios(_ count: Int) -> [GiftScenario] {
        (0..<count).map { row in
            GiftScenario(
                id: "s\(row)",
                profile: GiftProfile(
                    age: 20 + row, hobbies: [Self.words.hobbies[row]],
                    relationship: GiftVocabulary.relationships[row], budget: 60 + Double(row),
                    occasion: GiftVocabulary.occasions[row],
                    preferences: [Self.words.preferences[row]]),
                expectedCategories: [GiftVocabulary.categories[row]],
                expectedTools: [GiftVocabulary.tools[row]])
        }
    }

    private func recombiner(_ settings: GiftRecombination, count: Int = 5) -> GiftRecombiner {
        GiftRecombiner(
            settings: settings, scenarios: scenarios(count), augmentation: .none,
            vocabulary: Self.words, wiring: .connected, seed: 7)
    }

    /// The rows of a matrix.
    private func rows(_ values: [Float], _ count: Int) -> [[Float]] {
        let width = values.count / count
        return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
    }

    @Test func aBatchIsAFunctionOfSeedEpochAndNumber() {
        let recombiner = recombiner(GiftRecombination())
        let first = recombiner.rows(epoch: 1, batch: 2)
        #expect(first.features == recombiner.rows(epoch: 1, batch: 2).features)
        #expect(first.features != recombiner.rows(epoch: 2, batch: 1).features)
        #expect(first.features != recombiner.rows(epoch: 1, batch: 3).features)
        #expect(first.categoryProfiles == 64 && first.tools.count == 96 * 5)
    }

    /// The share that mixes hobbies mixes preferences and categories; with an exchange the rest comes from elsewhere.
    @Test(arguments: [0.0, 1.0]) func mixesHobbiesAndLabelsAlike(exchange: Double) {
        var settings = GiftRecombination()
        settings.exchange = exchange
        settings.toolProfiles = 1
        let batch = recombiner(settings).rows(epoch: 0, batch: 0)
        let count = 65
        let hobbies = rows(batch.features.hobbies, count).map { Array($0.prefix(5)) }
        let preferences = rows(batch.features.preferences, count).map { Array($0.prefix(5)) }
        let occasions = rows(batch.features.occasion, count).map { Array($0.prefix(5)) }
        let categories = rows(batch.categories, count).map { Array($0.prefix(5)) }
        var (mixed, elsewhere) = (0, 0)
        for row in 0..<64 {
            #expect(hobbies[row] == preferences[row] && hobbies[row] == categories[row])
            #expect((hobbies[row].reduce(0, +) - 1).magnitude < 1e-6)
            mixed += hobbies[row].count { $0 > 0 } == 2 ? 1 : 0
            elsewhere += hobbies[row] == occasions[row] ? 0 : 1
        }
        // Of five scenarios two are drawn alike once in five times.
        #expect(mixed > 40)
        #expect(exchange == 0 ? elsewhere == 0 : elsewhere > 40)
    }

    /// Beta(2, 2) has the mean 1/2 and the variance 1/20.
    @Test func sharesHaveTheDistributionOfTheFormula() {
        var settings = GiftRecombination()
        settings.categoryProfiles = 4096
        settings.toolProfiles = 1
        let batch = recombiner(settings, count: 2).rows(epoch: 0, batch: 0)
        let drawn: [Float] = rows(batch.features.hobbies, 4097).dropLast().map { $0[0] }
        let shares: [Double] = drawn.filter { $0 > 0 && $0 < 1 }.map { Double($0) }
        let mean = shares.reduce(0, +) / Double(shares.count)
        let squares: [Double] = shares.map { ($0 - mean) * ($0 - mean) }
        let variance = squares.reduce(0, +) / Double(shares.count)
        // Five standard errors of about 2,000 shares.
        #expect(shares.count > 1900 && (mean - 0.5).magnitude < 0.025)
        #expect((variance - 0.05).magnitude < 0.005)
    }

    /// A profile for the tools is a whole one but for its hobbies.
    @Test func toolsKeepAllButTheHobbies() {
        var settings = GiftRecombination()
        settings.toolProfiles = 40
        let batch = recombiner(settings).rows(epoch: 0, batch: 0)
        let count = 104
        let tools = rows(batch.tools, count)
        let occasions = rows(batch.features.occasion, count).map { Array($0.prefix(5)) }
        let preferences = rows(batch.features.preferences, count).map { Array($0.prefix(5)) }
        let hobbies = rows(batch.features.hobbies, count).map { Array($0.prefix(5)) }
        var elsewhere = 0
        for row in 64..<count {
            #expect(tools[row] == occasions[row] && tools[row] == preferences[row])
            let budget = (60 + Float(tools[row].firstIndex(of: 1) ?? 0)) / 300
            #expect(batch.features.budget[row] == budget)
            elsewhere += hobbies[row] == tools[row] ? 0 : 1
        }
        #expect(elsewhere > 20)
    }

    /// Recombined batches hold training scenarios alone, none when scenarios are measured.
    @Test func heldOutScenariosAreNotDrawn() throws {
        var configuration = GiftModelCase.configuration(.connected, batchSize: 2, steps: 1)
        configuration.data.recombination?.exchange = 1
        let data = try GiftModelCase.data(
            scenarios(5), gifts: GiftModelCase.gifts(4), vocabulary: .extended)
        let host = try GiftHostBatches(configuration, data)
        let held = data.split.validation.map { Int($0) }
        #expect(held.count == 1)
        for batch in 0..<5 {
            let drawn = try #require(host.training(epoch: 0, batch: batch).recombined)
            for row in 0..<96 {
                for place in held {
                    #expect(drawn.features.hobbies[row * 23 + place] == 0)
                    #expect(drawn.features.occasion[row * 10 + place] == 0)
                    #expect(drawn.categories[row * 13 + place] == 0)
                }
            }
        }
        #expect(host.measuring([0, 1]).recombined == nil)
    }
}
