import TandemDevices
import TandemTensors

/// What the encoder of profiles reads, on a device; see `GiftFeatures`.
struct GiftFeatureTensors {
    /// Shares of the hobbies `[B, H]`.
    let hobbies: Tensor
    /// Shares of the preferences `[B, P]`.
    let preferences: Tensor
    /// 1 for the occasion `[B, 10]`.
    let occasion: Tensor
    /// 1 for the relationship `[B, 11]`.
    let relationship: Tensor
    /// Scaled age `[B, 1]`.
    let age: Tensor
    /// Scaled budget `[B, 1]`.
    let budget: Tensor

    /// The widths of the parts, in their order.
    static func widths(_ vocabulary: GiftVocabulary) -> [Int] {
        [
            vocabulary.hobbies.count, vocabulary.preferences.count,
            GiftVocabulary.occasions.count, GiftVocabulary.relationships.count, 1, 1,
        ]
    }
}

extension GiftFeatureTensors {
    /// The first six of `parts`.
    fileprivate init(_ parts: [Tensor]) {
        self.init(
            hobbies: parts[0], preferences: parts[1], occasion: parts[2], relationship: parts[3],
            age: parts[4], budget: parts[5])
    }
}

/// What the model reads of a batch of profiles, on a device; see `GiftInputs`.
struct GiftProfileTensors {
    /// What the encoder of profiles reads.
    let features: GiftFeatureTensors
    /// The budget as it is `[B, 1]`.
    let rawBudget: Tensor
    /// The state of the base model `[B, 26]`.
    let state: Tensor
    /// Token numbers `[B, 50]`.
    let tokens: IndexTensor
    /// Shares of the tokens that are no padding `[B, 50]`.
    let tokenWeights: Tensor
    /// Parity: random numbers in place of five components of the reward, as published, `[B, G, 5]`.
    let noise: Tensor?

    /// Number of profiles, B.
    var count: Int { rawBudget.shape.dimensions[0] }
}

/// What a batch is to learn, on a device.
struct GiftTargets {
    /// 1 for every expected category `[B, 13]`.
    let categories: Tensor
    /// 1 for every expected tool `[B, 5]`.
    let tools: Tensor
    /// Rewards of the gifts by the definition `[B, G]`.
    let rewards: Tensor
    /// 1 for every hobby that is the name of a category `[B, 13]`.
    let hobbyCategories: Tensor
    /// The one reward of all gifts that the published system's third version expects `[B, 1]`.
    let meanReward: Tensor
}

/// What the model reads of a catalogue, on a device.
struct GiftCatalogueTensors {
    /// Features `[G, 128]`.
    let features: Tensor
    /// The description of the base model `[G, 20]`.
    let descriptions: Tensor
    /// Prices `[G]`.
    let prices: Tensor
    /// Ratings in `[0, 1]`, `[G, 1]`.
    let ratings: Tensor
    /// Youngest and oldest age in hundred years `[G, 2]`.
    let ages: Tensor
    /// Shares of the other gifts of a gift's category `[G, G]`.
    let othersOfCategory: Tensor
    /// Where the gifts stand among the model's places; `nil` for the catalogue of the training, gift by gift.
    var places: Places?

    /// Which of the 50 places of the model, each learned for one gift of the training, belong to which gift.
    struct Places {
        /// 1 at a gift's own place `[G, 50]`; zeros for a new gift, of which nothing is remembered.
        let memory: Tensor
        /// 1 at a gift's own place `[50, G]`; for a new gift equal shares of all gifts' places, which favours none.
        let scores: Tensor

        /// The places of `gifts` after training on the gifts `trained`; the same gift has the same identifier and category.
        init(of gifts: [Gift], trained: [Gift], on device: any Device) throws {
            let slots = GiftModel.actionSlots
            let own = gifts.map { gift in
                trained.firstIndex { $0.id == gift.id && $0.category == gift.category }
            }
            let memory = own.flatMap { place in (0..<slots).map { $0 == place ? 1 : 0 as Float } }
            let share = 1 / Float(max(1, trained.count))
            let scores = (0..<slots).flatMap { slot in
                own.map { place -> Float in
                    if let place { return place == slot ? 1 : 0 }
                    return slot < trained.count ? share : 0
                }
            }
            self.memory = try Tensor(memory, shape: [gifts.count, slots], on: device)
            self.scores = try Tensor(scores, shape: [slots, gifts.count], on: device)
        }
    }

    /// Number of gifts, G.
    var count: Int { ratings.shape.dimensions[0] }
}

extension GiftCatalogueTensors {
    init(_ inputs: GiftCatalogueInputs, on device: any Device) throws {
        let count = inputs.rating.count
        features = try Tensor(inputs.features, shape: [count, 128], on: device)
        descriptions = try Tensor(inputs.description, shape: [count, 20], on: device)
        prices = try Tensor(inputs.priceOf, shape: [count], on: device)
        ratings = try Tensor(inputs.rating, shape: [count, 1], on: device)
        ages = try Tensor(inputs.ages, shape: [count, 2], on: device)
        othersOfCategory = try Tensor(inputs.othersOfCategory, shape: [count, count], on: device)
    }
}

/// Fixed device memory for one batch after the other, filled in one transfer.
final class GiftStage {
    private let profiles: FloatStage
    private let recombined: FloatStage?
    private let tokens: IndexBuffer
    private let gifts: Int

    /// Memory for `capacity` profiles with `gifts` gifts each, and for as many recombined profiles as `recombination` says.
    init(
        capacity: Int, vocabulary: GiftVocabulary, gifts: Int, wiring: GiftWiring,
        recombination: GiftRecombination?, on device: any Device
    ) throws {
        self.gifts = gifts
        let labels = [GiftVocabulary.categories.count, GiftVocabulary.tools.count]
        let features = GiftFeatureTensors.widths(vocabulary)
        profiles = try FloatStage(
            rows: capacity,
            widths: features + [1, GiftInputs.stateWidth, GiftModel.positions] + labels
                + [gifts, GiftVocabulary.categories.count, 1]
                + (wiring == .parity ? [5 * gifts] : []), on: device)
        recombined = try recombination.map {
            try FloatStage(
                rows: $0.categoryProfiles + $0.toolProfiles, widths: features + labels, on: device)
        }
        tokens = try IndexBuffer(
            capacity: capacity * GiftModel.positions, bound: 1000, on: device)
    }

    /// Puts a batch in place of the last one.
    func replace(with batch: GiftHostBatch) throws -> GiftStagedBatch {
        let (inputs, count) = (batch.inputs, batch.inputs.count)
        let tensors = try profiles.replace(
            with: inputs.features.parts + [inputs.rawBudget, inputs.state, inputs.tokenWeights]
                + [batch.categories, batch.tools, batch.rewards, batch.hobbyCategories]
                + [batch.meanReward] + (batch.noise.map { [$0] } ?? []), rows: count)
        try tokens.replace(with: inputs.tokens[...])
        let noise = batch.noise == nil ? nil : try tensors[14].reshaped([count, gifts, 5])
        return GiftStagedBatch(
            profiles: GiftProfileTensors(
                features: GiftFeatureTensors(tensors), rawBudget: tensors[6], state: tensors[7],
                tokens: try tokens.tensor(count: count * GiftModel.positions)
                    .reshaped([count, GiftModel.positions]),
                tokenWeights: tensors[8], noise: noise),
            targets: GiftTargets(
                categories: tensors[9], tools: tensors[10], rewards: tensors[11],
                hobbyCategories: tensors[12], meanReward: tensors[13]),
            recombined: try batch.recombined.flatMap(replace))
    }

    private func replace(with batch: GiftRecombinedRows) throws -> GiftRecombinedTensors? {
        let rows = batch.tools.count / GiftVocabulary.tools.count
        let tensors = try recombined?.replace(
            with: batch.features.parts + [batch.categories, batch.tools], rows: rows)
        return tensors.map {
            GiftRecombinedTensors(
                features: GiftFeatureTensors($0), categories: $0[6], tools: $0[7],
                categoryProfiles: batch.categoryProfiles)
        }
    }
}

/// A batch on a device.
struct GiftStagedBatch {
    /// What the model reads.
    let profiles: GiftProfileTensors
    /// What it is to learn.
    let targets: GiftTargets
    /// Recombined profiles for the terms of categories and tools.
    let recombined: GiftRecombinedTensors?
}

/// Recombined profiles on a device, the first `categoryProfiles` of them for the categories, the others for the tools.
struct GiftRecombinedTensors {
    /// What the encoder of profiles reads.
    let features: GiftFeatureTensors
    /// Shares of the expected categories `[N, 13]`.
    let categories: Tensor
    /// 1 for every expected tool `[N, 5]`.
    let tools: Tensor
    /// Number of the rows for the categories.
    let categoryProfiles: Int
}

/// A batch as it leaves the host: inputs and labels, row-major.
struct GiftHostBatch {
    /// What the model reads.
    var inputs: GiftInputs
    /// Parity: random components of the published reward `[B * G * 5]`.
    var noise: [Float]?
    /// 1 for every expected category `[B * 13]`.
    var categories: [Float]
    /// 1 for every expected tool `[B * 5]`.
    var tools: [Float]
    /// Rewards by the definition `[B * G]`.
    var rewards: [Float]
    /// 1 for every hobby that is the name of a category `[B * 13]`.
    var hobbyCategories: [Float]
    /// The one reward of all gifts in version 3 `[B]`.
    var meanReward: [Float]
    /// Recombined profiles beside them.
    var recombined: GiftRecombinedRows?
}
