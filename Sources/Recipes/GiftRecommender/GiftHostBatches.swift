import TandemBasics
import TandemDatasets
import TandemTraining

/// Makes batches on the host: varied profiles for training, profiles as they are for measuring.
struct GiftHostBatches {
    private let configuration: GiftRecommenderConfiguration
    private let data: GiftData
    private let batches: GiftBatches
    private let reward: GiftReward
    private let recombiner: GiftRecombiner?

    /// Throws when the sizes are impossible.
    init(_ configuration: GiftRecommenderConfiguration, _ data: GiftData) throws {
        self.configuration = configuration
        self.data = data
        reward = GiftReward(data.catalogue.gifts)
        recombiner = configuration.data.recombination.map {
            GiftRecombiner(
                settings: $0, scenarios: data.scenarios(data.split.training),
                augmentation: configuration.data.augmentation, vocabulary: data.vocabulary,
                wiring: configuration.model.wiring, seed: configuration.seed)
        }
        batches = try GiftBatches(
            of: data.scenarios, drawn: data.split.training,
            batchSize: configuration.training.batchSize,
            batchesPerEpoch: configuration.data.batchesPerEpoch,
            augmentation: configuration.data.augmentation, seed: configuration.seed)
    }

    /// Batch `batch` of `epoch`, both counted from 0.
    func training(epoch: Int, batch: Int) -> GiftHostBatch {
        let drawn = batches.profiles(epoch: epoch, batch: batch)
        var made = make(
            drawn.map { number, profile in
                var scenario = data.scenarios[Int(number)]
                scenario.profile = profile
                return scenario
            },
            noise: UInt64(epoch + 1) << 24 | UInt64(batch))
        made.recombined = recombiner?.rows(epoch: epoch, batch: batch)
        return made
    }

    /// The profiles of the scenarios `rows` as they are.
    func measuring(_ rows: ArraySlice<Int32>) -> GiftHostBatch {
        make(data.scenarios(Array(rows)), noise: UInt64(rows.startIndex))
    }

    /// Profiles without labels.
    func predicting(_ profiles: ArraySlice<GiftProfile>) -> GiftHostBatch {
        make(
            profiles.map {
                GiftScenario(id: "", profile: $0, expectedCategories: [], expectedTools: [])
            }, noise: UInt64(profiles.startIndex))
    }

    private func make(_ scenarios: [GiftScenario], noise: UInt64) -> GiftHostBatch {
        let labels = GiftLabels(scenarios: scenarios)
        return GiftHostBatch(
            inputs: GiftInputs(
                profiles: scenarios.map(\.profile), vocabulary: data.vocabulary,
                wiring: configuration.model.wiring),
            noise: configuration.model.wiring == .parity
                ? randomComponents(count: scenarios.count, noise: noise) : nil,
            categories: labels.categories, tools: labels.tools,
            rewards: reward.matrix(scenarios).flatMap { $0.map(Float.init) },
            hobbyCategories: labels.hobbyCategories,
            meanReward: scenarios.map { Self.meanReward($0.profile) })
    }

    /// Five components of the published reward, `[B, G, 5]`: three uniform in 0.25 to 0.75, one in 0.7 to 1, one in 0.1 to 0.3.
    private func randomComponents(count: Int, noise: UInt64) -> [Float] {
        let gifts = count * data.catalogue.gifts.count
        let ranges: [(Float, Float)] = [
            (0.25, 0.5), (0.25, 0.5), (0.25, 0.5), (0.7, 0.3), (0.1, 0.2),
        ]
        var random = Philox(
            RandomStream(seed: configuration.seed, identifier: 0x4E4F << 48 | noise))
        return (0..<gifts).flatMap { _ in
            ranges.map { $0.0 + $0.1 * random.nextUniform() }
        }
    }

    /// The one reward that the published system's third version expects of all gifts for a profile.
    private static func meanReward(_ profile: GiftProfile) -> Float {
        let budget = profile.budget < 50 ? 0 : profile.budget <= 150 ? 0.15 : 0.2
        let hobbies = min(0.15, 0.05 * Double(profile.hobbies.count))
        return Float(min(0.9, max(0.4, 0.5 + budget + hobbies)))
    }
}
