public import TandemNetworks
import TandemTensors

/// The gift recommender: a profile and a catalogue in, categories, tools, rewards and a ranking of the gifts out.
///
/// In the wiring `parity` the published system: 14,456,244 parameters, of which those in the way from profile to
/// categories, tools and rewards take part. In the wiring `connected` all of them do.
public final class GiftModel: Module {
    /// The most gifts of a catalogue: places of the heads that score gifts by their number.
    public static let actionSlots = 50
    /// Tokens of a profile.
    public static let positions = 50

    private let configuration: GiftModelConfiguration
    private let userProfiling: UserProfiling
    private let categoryMatching: CategoryMatching
    private let toolSelection: ToolSelection
    private let rewardPrediction = RewardPrediction()
    private let fusion: CrossModalFusion
    private let giftFeatureEncoder: GiftFeatureEncoder
    private let catalogueMemory = Parameter([actionSlots, 256], .normal(deviation: 1))
    private let core = RecursiveCore()
    private let policyHead = Perceptron(512, 256, actionSlots, dropout: 0.1)
    private let valueHead = Perceptron(512, 256, 1, dropout: 0.1)
    private let rewardHead = Perceptron(512, 128, 1)
    private let giftScorer = Perceptron(1024, 512, 1)
    private let userEncoder = Perceptron(26, 512, 512)
    private let giftEncoder = Perceptron(20, 512, 512)

    /// A model as `configuration` describes it.
    public init(_ configuration: GiftModelConfiguration) {
        self.configuration = configuration
        userProfiling = UserProfiling(configuration)
        categoryMatching = CategoryMatching(configuration)
        toolSelection = ToolSelection(configuration)
        fusion = CrossModalFusion(dropout: Float(configuration.recommendationDropout))
        giftFeatureEncoder = GiftFeatureEncoder(dropout: Float(configuration.giftDropout))
    }

    /// `gift_catalog_memory`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("gift_catalog_memory", catalogueMemory)]
    }

    /// The parts, those of a parameter group first.
    public var submodules: [(name: String, module: any Module)] {
        [
            ("user_profiling", userProfiling), ("category_matching", categoryMatching),
            ("tool_selection", toolSelection), ("reward_prediction", rewardPrediction),
            ("cross_modal_fusion", fusion), ("gift_feature_encoder", giftFeatureEncoder),
            ("core", core), ("policy_head", policyHead), ("value_head", valueHead),
            ("reward_head", rewardHead), ("gift_scorer", giftScorer),
            ("user_encoder", userEncoder), ("gift_encoder", giftEncoder),
        ]
    }

    /// The tables whose size the embedding term of the loss limits: hobbies, categories, preferences.
    var regularizedTables: [Parameter] {
        [
            userProfiling.hobbyEmbeddings, categoryMatching.categoryEmbeddings,
            userProfiling.preferenceEmbeddings,
        ].map(\.weight)
    }

    /// What the model says about a batch, once for every segment of the core.
    ///
    /// `ranks` asks for the ranking where the loss does not need it.
    func callAsFunction(
        _ batch: GiftProfileTensors, _ catalogue: GiftCatalogueTensors, ranks: Bool = true,
        _ context: ForwardContext
    ) throws -> [GiftOutputs] {
        let profile = try userProfiling(batch.features, context)
        let categories = try categoryMatching(profile.code, context)
        let (tools, search) = try toolSelection(profile.code, context)
        guard let search else {
            let gifts = try giftFeatureEncoder(catalogue.features, context)
            let rewards = try rewardPrediction.parity(
                profile.code, gifts: gifts, noise: batch.noise, context)
            let logits =
                ranks
                ? try fusion(profile.code, state: nil, gifts: gifts, search: nil, context)
                    .slice(axis: 1, 0..<catalogue.count) : nil
            return [
                GiftOutputs(
                    categories: categories, tools: tools, rewards: rewards, ranking: logits)
            ]
        }
        let known = try giftCodes(catalogue, context)
        let gifts = known.features
        let rewards = try rewardPrediction.connected(
            profile, batch, gifts: gifts, catalogue, context)
        return try states(batch, context).map { state in
            let slots =
                try fusion(
                    profile.code, state: state.mean, gifts: gifts, search: search, context)
                + policyHead(state.mean, context)
            let scores = try giftScorer.pairs(state.mean, known.descriptions, context).removingAxis(
                2)
            var outputs = GiftOutputs(
                categories: categories, tools: tools, rewards: rewards,
                ranking: try
                    (catalogue.places.map { try slots.matmul($0.scores) }
                    ?? slots.slice(axis: 1, 0..<catalogue.count)) + scores)
            outputs.value = try valueHead(state.mean, context).removingAxis(1)
            outputs.reward = try rewardHead(state.mean, context).tanh().removingAxis(1)
            outputs.tokens = state.tokens
            outputs.halting = state.halting
            return outputs
        }
    }

    /// Logits of categories and tools for recombined profiles, each for the rows that are meant for it.
    func choices(_ batch: GiftRecombinedTensors, _ context: ForwardContext) throws -> GiftChoices {
        let codes = try userProfiling(batch.features, context).code
        let count = batch.categoryProfiles
        let (forCategories, forTools) = (0..<count, count..<codes.shape.dimensions[0])
        return GiftChoices(
            categories: try categoryMatching(codes.slice(axis: 0, forCategories), context),
            tools: try toolSelection(codes.slice(axis: 0, forTools), context).logits,
            expectedCategories: try batch.categories.slice(axis: 0, forCategories),
            expectedTools: try batch.tools.slice(axis: 0, forTools))
    }

    /// What the connected wiring knows of the gifts: codes of their features `[G, 256]`, with the catalogue's memory, and
    /// of their descriptions `[G, 512]`.
    func giftCodes(_ catalogue: GiftCatalogueTensors, _ context: ForwardContext) throws
        -> (features: Tensor, descriptions: Tensor)
    {
        let places = try context.tensor(catalogueMemory)
        let memory =
            try catalogue.places.map { try $0.memory.matmul(places) }
            ?? places.slice(axis: 0, 0..<catalogue.count)
        return (
            try giftFeatureEncoder(catalogue.features, context) + memory,
            try giftEncoder(catalogue.descriptions, context)
        )
    }

    /// What the core gives after a segment.
    private struct State {
        /// The mean over the tokens of the profile `[B, 512]`.
        let mean: Tensor
        /// Logits of the tokens at the first position `[B, 1000]`.
        var tokens: Tensor?
        /// Logits of halting and going on `[B, 2]`.
        var halting: Tensor?
    }

    private func states(_ batch: GiftProfileTensors, _ context: ForwardContext) throws -> [State] {
        let user = try userEncoder(batch.state, context)
        guard configuration.core else { return [State(mean: user)] }
        let inputs = try core.embed(batch.tokens, context) + user.insertingAxis(1)
        var carry = try core.start(batch: batch.count, steps: Self.positions, context)
        let weights = try batch.tokenWeights.insertingAxis(1)
        return try (1...configuration.outerSteps).map { segment in
            let (high, next) = try core.segment(carry, inputs, context)
            carry = next
            let halting = try core.haltingLogits(high, context)
            if segment < configuration.outerSteps { try core.halt(&carry, halting, context) }
            return State(
                mean: try weights.matmul(high).removingAxis(1),
                tokens: try core.tokenLogits(high.select(axis: 1, 0), context), halting: halting)
        }
    }
}

/// Categories and tools of a batch, and what is expected of them.
struct GiftChoices {
    /// Logits of the categories `[N, 13]`.
    let categories: Tensor
    /// Logits of the tools `[M, 5]`.
    let tools: Tensor
    /// Shares of the expected categories `[N, 13]`.
    let expectedCategories: Tensor
    /// 1 for every expected tool `[M, 5]`.
    let expectedTools: Tensor
}

/// What the model says about a batch after a segment of its core.
struct GiftOutputs {
    /// Logits of the categories `[B, 13]`.
    let categories: Tensor
    /// Logits of the tools `[B, 5]`.
    let tools: Tensor
    /// Expected rewards of the gifts in (0, 1), `[B, G]`.
    let rewards: Tensor
    /// Logits of recommending a gift `[B, G]`, where they were asked for.
    let ranking: Tensor?
    /// Expected reward of what is recommended `[B]`.
    var value: Tensor?
    /// The same in (-1, 1), `[B]`.
    var reward: Tensor?
    /// Logits of the tokens at the first position `[B, 1000]`.
    var tokens: Tensor?
    /// Logits of halting and going on `[B, 2]`.
    var halting: Tensor?
}
