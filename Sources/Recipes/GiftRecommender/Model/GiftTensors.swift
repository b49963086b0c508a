import TandemDevices
import TandemTensors

/// What the model reads of a batch of profiles, on a device; see `GiftInputs`.
struct GiftProfileTensors {
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
    /// The budget as it is `[B, 1]`.
    let rawBudget: Tensor
    /// The state of the base model `[B, 26]`.
    let state: Tensor
    /// Token numbers `[B, 50]`.
    let tokens: IndexTensor
    /// Shares of the tokens that are no padding `[B, 50]`.
    let tokenWeights: Tensor
    /// Random numbers in place of five components of the reward, as published, `[B, G, 5]`.
    let noise: Tensor

    /// Number of profiles, B.
    var count: Int { age.shape.dimensions[0] }
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
    /// The widths of the parts for each profile, in the order of the memory.
    private let widths: [Int]
    private let memory: BufferSlice
    private let tokens: IndexBuffer
    private var host: [Float] = []

    init(
        capacity: Int, vocabulary: GiftVocabulary, gifts: Int, on device: any Device
    ) throws {
        widths =
            [vocabulary.hobbies.count, vocabulary.preferences.count, 10, 11, 1, 1, 1, 26]
            + [GiftModel.positions, 5 * gifts, 13, 5, gifts, 13, 1]
        memory = try device.allocate(capacity * widths.reduce(0, +)).slice
        tokens = try IndexBuffer(
            capacity: capacity * GiftModel.positions, bound: 1000, on: device)
    }

    /// Puts a batch in place of the last one; every array is row-major, in the order of `GiftProfileTensors` and `GiftTargets`.
    func replace(with batch: GiftHostBatch) throws -> (GiftProfileTensors, GiftTargets) {
        let (inputs, count) = (batch.inputs, batch.inputs.rawBudget.count)
        let parts = [
            inputs.hobbies, inputs.preferences, inputs.occasion, inputs.relationship, inputs.age,
            inputs.budget, inputs.rawBudget, inputs.state, inputs.tokenWeights, batch.noise,
            batch.categories, batch.tools, batch.rewards, batch.hobbyCategories, batch.meanReward,
        ]
        host.removeAll(keepingCapacity: true)
        for part in parts { host += part }
        let device = memory.buffer.device
        try device.upload(host, to: memory.part(from: 0, count: host.count))
        try tokens.replace(with: inputs.tokens[...])
        var start = 0
        let tensors = try zip(parts, widths).map { part, width in
            defer { start += part.count }
            return try Tensor(
                shape: [count, width], slice: memory.part(from: start, count: part.count))
        }
        let gifts = batch.rewards.count / max(1, count)
        return (
            GiftProfileTensors(
                hobbies: tensors[0], preferences: tensors[1], occasion: tensors[2],
                relationship: tensors[3], age: tensors[4], budget: tensors[5],
                rawBudget: tensors[6], state: tensors[7],
                tokens: try tokens.tensor(count: count * GiftModel.positions)
                    .reshaped([count, GiftModel.positions]),
                tokenWeights: tensors[8], noise: try tensors[9].reshaped([count, gifts, 5])),
            GiftTargets(
                categories: tensors[10], tools: tensors[11], rewards: tensors[12],
                hobbyCategories: tensors[13], meanReward: tensors[14])
        )
    }
}

/// A batch as it leaves the host: inputs and labels, row-major.
struct GiftHostBatch {
    /// What the model reads.
    var inputs: GiftInputs
    /// Random components of the published reward `[B * G * 5]`.
    var noise: [Float]
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
}
