import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTraining
import Testing

@testable import TandemRecipes

/// Made-up people and gifts for the model: all words of the vocabulary, a catalogue whose categories have several gifts.
enum GiftModelCase {
    /// So many scenarios; the first 23 name every word of the extended vocabulary.
    static func scenarios(_ count: Int) -> [GiftScenario] {
        let words = GiftVocabulary(.extended)
        func pick(_ list: [String], _ place: Int) -> String { list[place % list.count] }
        return (0..<count).map { row in
            GiftScenario(
                id: "s\(row)",
                profile: GiftProfile(
                    age: 16 + (row * 13) % 60,
                    hobbies: [pick(words.hobbies, row), pick(words.hobbies, row * 5 + 3)]
                        .uniqued,
                    relationship: pick(GiftVocabulary.relationships, row),
                    budget: Double(30 + (row * 37) % 270),
                    occasion: pick(GiftVocabulary.occasions, row + row / 10),
                    preferences: [
                        pick(words.preferences, row), pick(words.preferences, row * 3 + 7),
                    ].uniqued),
                expectedCategories: [
                    pick(GiftVocabulary.categories, row),
                    pick(GiftVocabulary.categories, row * 4 + 5),
                ].uniqued,
                expectedTools: [
                    pick(GiftVocabulary.tools, row), pick(GiftVocabulary.tools, row * 2 + 1),
                ].uniqued)
        }
    }

    /// So many gifts, up to 50.
    static func gifts(_ count: Int) -> [Gift] {
        let tags = ["practical", "luxury", "creative", "tech", "natural", "educational", "smart"]
        return (0..<count).map { place in
            Gift(
                id: "g\(place)", name: "Gift \(place)",
                category: GiftVocabulary.categories[place / 2 % GiftVocabulary.categories.count],
                price: 15 + Double(place * 29 % 180), rating: 4 + Double(place % 9) / 10,
                tags: [tags[place % tags.count], tags[(place * 3 + 1) % tags.count]].uniqued,
                ages: 14 + place % 20...60 + place % 15,
                occasions: [GiftVocabulary.occasions[place % 10], "any"])
        }
    }

    /// Scenarios and gifts as they are read, divided 80 to 20.
    static func data(
        _ scenarios: [GiftScenario], gifts: [Gift], vocabulary: GiftVocabulary.Kind
    ) throws -> GiftData {
        let vocabulary = GiftVocabulary(vocabulary)
        return try GiftData(
            scenarios: GiftScenarioFile(scenarios, vocabulary: vocabulary),
            catalogue: GiftCatalogue(gifts, vocabulary: vocabulary),
            division: GiftSplit(scenarios, seed: 1), vocabulary: vocabulary)
    }

    /// Settings for one epoch of so many steps, without evaluations and early stopping.
    static func configuration(
        _ version: GiftRecommenderConfiguration.Version, batchSize: Int, steps: Int
    ) -> GiftRecommenderConfiguration {
        var configuration = GiftRecommenderConfiguration(version)
        configuration.training.epochs = 1
        configuration.training.batchSize = batchSize
        configuration.training.logEverySteps = 1
        configuration.data.batchesPerEpoch = steps * configuration.training.accumulation
        return configuration
    }

    /// An experiment over made-up data that keeps no files.
    static func experiment(
        _ configuration: GiftRecommenderConfiguration, scenarios: Int = 40, gifts: Int = 26,
        on device: any Device
    ) throws -> GiftRecommenderExperiment {
        try GiftRecommenderExperiment(
            configuration,
            data: data(
                self.scenarios(scenarios), gifts: self.gifts(gifts),
                vocabulary: configuration.model.vocabulary), device: device)
    }

    /// The outputs for profiles, row by row: categories, tools, rewards, ranking.
    static func scores(
        _ experiment: GiftRecommenderExperiment, _ profiles: [GiftProfile],
        _ catalogue: GiftCatalogueTensors? = nil
    ) throws -> [String: [[Float]]] {
        let recipe = experiment.recipe
        guard profiles.count <= recipe.batchSize else {
            let first = try scores(experiment, Array(profiles.prefix(recipe.batchSize)), catalogue)
            let rest = Array(profiles.dropFirst(recipe.batchSize))
            return try first.merging(scores(experiment, rest, catalogue)) { $0 + $1 }
        }
        let gifts = experiment.data.catalogue.gifts.count
        let isParity = experiment.configuration.model.wiring == .parity
        func halves(_ width: Int) -> [Float] {
            [Float](repeating: 0.5, count: width * profiles.count)
        }
        let inputs = GiftInputs(
            profiles: profiles, vocabulary: experiment.data.vocabulary,
            wiring: experiment.configuration.model.wiring)
        let staged = try recipe.stage.replace(
            with: GiftHostBatch(
                inputs: inputs, noise: isParity ? halves(5 * gifts) : nil, categories: halves(13),
                tools: halves(5), rewards: halves(gifts), hobbyCategories: halves(13),
                meanReward: halves(1)))
        let outputs = try #require(
            try recipe.gift(staged.profiles, catalogue ?? recipe.catalogue, .evaluation()).last)
        let all = [
            "categories": outputs.categories, "tools": outputs.tools, "rewards": outputs.rewards,
            "ranking": try #require(outputs.ranking),
        ]
        return try all.mapValues { tensor in
            let (values, width) = (try tensor.values(), tensor.shape.dimensions[1])
            return stride(from: 0, to: values.count, by: width).map {
                Array(values[$0..<$0 + width])
            }
        }
    }
}

extension [String] {
    /// Every word once.
    fileprivate var uniqued: [String] {
        var seen = Set<String>()
        return filter { seen.insert($0).inserted }
    }
}
