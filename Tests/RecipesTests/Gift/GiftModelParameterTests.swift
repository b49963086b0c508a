import TandemDevices
import TandemNetworks
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// The parameters of the gift recommender: the published table row by row, and the groups that train them.
@Suite struct GiftModelParameterTests {
    /// The published table, by the beginning of the tensors' names; `user_profiling.encoder` and `.norm` are one row there.
    private static let table = [
        "core.embed_tokens": 512_000, "core.lm_head": 512_000, "core.q_head": 1_026,
        "core.blocks": 6_684_672, "policy_head": 144_178, "value_head": 131_585,
        "reward_head": 65_793, "gift_scorer": 525_313, "user_encoder": 276_480,
        "gift_encoder": 273_408, "user_profiling.hobby_embeddings": 1_152,
        "user_profiling.preference_embeddings": 640, "user_profiling.occasion_embeddings": 320,
        "user_profiling.age_encoder": 304, "user_profiling.budget_encoder": 304,
        "user_profiling.encoder": 107_520 - 512, "user_profiling.norm": 512,
        "category_matching.category_embeddings": 1_664, "category_matching.layers": 33_024,
        "category_matching.input": 49_280, "category_matching.attention": 66_048,
        "category_matching.scorer": 8_321, "tool_selection.context_encoder": 49_408,
        "tool_selection.attention": 66_048, "tool_selection.head": 645,
        "tool_selection.parameter_generator": 65_792, "reward_prediction.components": 91_271,
        "reward_prediction.fusion": 30, "gift_feature_encoder": 99_328,
        "gift_catalog_memory": 12_800, "cross_modal_fusion.attention": 4_202_496,
        "cross_modal_fusion.user_projection": 131_584,
        "cross_modal_fusion.gift_projection": 131_584,
        "cross_modal_fusion.tool_projection": 66_048,
        "cross_modal_fusion.recommendation_head": 144_178,
    ]

    private func model(
        _ wiring: GiftWiring, _ vocabulary: GiftVocabulary.Kind, relationship: Bool = false
    ) -> GiftModel {
        var configuration = GiftModelConfiguration()
        configuration.wiring = wiring
        configuration.vocabulary = vocabulary
        configuration.relationshipEmbedding = relationship
        return GiftModel(configuration)
    }

    private func count(_ model: GiftModel, _ path: String = "") -> Int {
        let group = ParameterGroup(path: path, learningRate: 0)
        return model.namedParameters.filter { group.holds($0.name) }
            .reduce(0) { $0 + $1.parameter.shape.count }
    }

    @Test(arguments: GiftWiring.allCases, GiftVocabulary.Kind.allCases)
    func table(_ wiring: GiftWiring, _ vocabulary: GiftVocabulary.Kind) {
        let model = model(wiring, vocabulary)
        var expected = Self.table
        if vocabulary == .extended {
            expected["user_profiling.hobby_embeddings", default: 0] += 5 * 64
            expected["user_profiling.preference_embeddings", default: 0] += 6 * 32
        }
        for (path, number) in expected { #expect(count(model, path) == number, "\(path)") }
        let total = vocabulary == .parity ? 14_456_244 : 14_456_756
        #expect(expected.values.reduce(0, +) == total)
        #expect(count(model) == total)
        #expect(Set(model.namedParameters.map(\.name)).count == model.namedParameters.count)
        // The two initial states of the core; positions are not stored.
        let buffers = model.namedBuffers.filter(\.buffer.isStored)
        #expect(buffers.map(\.name) == ["core.initial_high", "core.initial_low"])
        #expect(buffers.map(\.buffer.shape.count) == [512, 512])
    }

    @Test func relationshipEmbedding() {
        let plain = count(model(.connected, .extended))
        let further = count(model(.connected, .extended, relationship: true)) - plain
        #expect(further == 11 * 32 + 32 * 256)
    }

    /// Every block and every component of the reward has the published number.
    @Test func repeatedParts() {
        let model = model(.connected, .parity)
        let block = [
            "attention.in_proj_weight": 786_432, "attention.out_proj": 262_144,
            "feed_forward.w1": 393_216, "feed_forward.w3": 393_216, "feed_forward.w2": 393_216,
        ]
        for number in 0..<3 {
            for (path, expected) in block {
                #expect(count(model, "core.blocks.\(number).\(path)") == expected, "\(path)")
            }
            #expect(count(model, "core.blocks.\(number)") == 2_228_224)
        }
        for (number, inputs) in [256, 17, 320, 288, 18, 1, 512].enumerated() {
            #expect(count(model, "reward_prediction.components.\(number)") == 64 * inputs + 129)
        }
        for number in 0..<4 {
            #expect(count(model, "cross_modal_fusion.attention.\(number)") == 1_050_624)
        }
    }

    /// The number of parameters that each group of a configuration takes, those that none holds at the end.
    private func groups(_ configuration: GiftRecommenderConfiguration) -> [String: Int] {
        let groups = configuration.training.optimizer.groups.map {
            ParameterGroup(path: $0.path, learningRate: 0)
        }
        var counts: [String: Int] = [:]
        for (name, parameter) in GiftModel(configuration.model).namedParameters {
            let group = groups.first { $0.holds(name) }?.name ?? "main"
            counts[group, default: 0] += parameter.shape.count
        }
        return counts
    }

    /// Connected: every parameter is in one of five groups.
    @Test func connectedGroups() {
        var configuration = GiftRecommenderConfiguration(.connected)
        configuration.model.vocabulary = .parity
        configuration.model.relationshipEmbedding = false
        let tables = [
            "user_profiling.age_encoder": 304, "user_profiling.budget_encoder": 304,
            "user_profiling.hobby_embeddings": 1_152,
            "user_profiling.preference_embeddings": 640,
            "user_profiling.occasion_embeddings": 320,
            "category_matching.category_embeddings": 1_664,
        ]
        let parts = [
            "user_profiling": 110_240 - 304 - 304 - 1_152 - 640 - 320,
            "category_matching": 158_337 - 1_664, "tool_selection": 181_893,
            "reward_prediction": 91_301, "main": 13_914_473,
        ]
        #expect(groups(configuration) == tables.merging(parts) { $0 + $1 })
        configuration.model.vocabulary = .extended
        configuration.model.relationshipEmbedding = true
        let further = groups(configuration)
        let user = further.filter { $0.key.hasPrefix("user_profiling") }.values.reduce(0, +)
        #expect(user == 110_240 + 512 + 352 + 8_192)
        let all = further.values.reduce(0, +)
        #expect(all == 14_465_300)
        #expect(
            configuration.training.optimizer.groups.allSatisfy { ($0.learningRate ?? 1) > 0 })
    }

    /// The published groups hold a third of the parameters; what is outside them has a rate of 0, or no loss reaches it.
    @Test(arguments: [GiftRecommenderConfiguration.Version.v0, .v1, .v2, .v3])
    func publishedGroups(_ version: GiftRecommenderConfiguration.Version) {
        let configuration = GiftRecommenderConfiguration(version)
        let found = groups(configuration)
        let named = [
            "user_profiling": 109_632, "category_matching": 109_057, "tool_selection": 132_485,
            "reward_prediction": 91_301,
        ]
        for (group, number) in named { #expect(found[group] == number, "\(group)") }
        let model = GiftModel(configuration.model)
        let main =
            count(model, "cross_modal_fusion.attention")
            + count(model, "cross_modal_fusion.recommendation_head")
        #expect(named.values.reduce(0, +) + main == 4_789_149)
        let settings = configuration.training.optimizer
        #expect(settings.leavesUnreachedAlone)
        let resting = settings.groups.filter { named[$0.path] == nil }
        #expect(resting.allSatisfy { $0.learningRate == 0 && $0.weightDecay == 0 })
        #expect(
            Set(resting.map(\.path)) == [
                "user_profiling.age_encoder", "user_profiling.budget_encoder",
                "category_matching.input", "tool_selection.context_encoder",
                "gift_feature_encoder",
            ])
    }

    /// The checks of the formula that `Tests/Golden/README.md` gives.
    @Test func formulaOfTheGoldenFiles() {
        #expect(
            GiftParameters.values("core.q_head.bias", [2]) == [-0.013325736, 0.061456993])
        #expect(
            GiftParameters.values("user_profiling.norm.weight", [256]).prefix(2)
                == [1.1130309, 0.8770298])
        #expect(
            GiftParameters.values(
                "cross_modal_fusion.attention.3.in_proj_weight", [1536, 512]
            ).suffix(2) == [0.0041783857, -0.0020116637])
        let fusion = GiftParameters.values("reward_prediction.fusion.0.weight", [3, 7])
        #expect(fusion.allSatisfy { $0 >= 0 })
        let initial = GiftParameters.values("core.initial_high", [512])
        #expect(initial.contains { $0.magnitude > 0.9 })
    }
}
