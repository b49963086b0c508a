import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Every module of the gift recommender alone, at its real size, against PyTorch: outputs and all gradients.
@Suite(.exclusiveDevices) struct GoldenGiftModuleTests {
    private func file(_ name: String) throws -> GiftGolden {
        try GiftGolden("gift-modules", name)
    }

    private func configuration(_ wiring: GiftWiring) -> GiftModelConfiguration {
        var configuration = GiftModelConfiguration()
        configuration.wiring = wiring
        configuration.vocabulary = wiring == .parity ? .parity : .extended
        configuration.relationshipEmbedding = wiring == .connected
        return configuration
    }

    /// Connected with the relationship and the larger vocabulary.
    @Test(arguments: GiftGolden.devices, GiftWiring.allCases)
    func userProfiling(_ target: TestDevice, _ wiring: GiftWiring) throws {
        let module = UserProfiling(configuration(wiring))
        let name = wiring == .parity ? "user_profiling" : "user_profiling_relationship"
        let bench = try GiftBench(file(name), module, at: "user_profiling", on: target.device)
        let profile = try module(
            GiftProfileTensors(bench.file, on: bench.device).features, bench.context)
        try bench.check([("user", profile.code)])
    }

    @Test(arguments: GiftGolden.devices, GiftWiring.allCases)
    func categoryMatching(_ target: TestDevice, _ wiring: GiftWiring) throws {
        let module = CategoryMatching(configuration(wiring))
        let bench = try GiftBench(
            file("category_matching.\(wiring)"), module, at: "category_matching",
            on: target.device)
        let logits = try module(bench.variable("user"), bench.context)
        // The file has probabilities in parity.
        let scores = wiring == .parity ? try logits.sigmoid() : logits
        try bench.check([("categories", scores)])
    }

    @Test(arguments: GiftGolden.devices, GiftWiring.allCases)
    func toolSelection(_ target: TestDevice, _ wiring: GiftWiring) throws {
        let module = ToolSelection(configuration(wiring))
        let bench = try GiftBench(
            file("tool_selection.\(wiring)"), module, at: "tool_selection", on: target.device)
        let (logits, search) = try module(bench.variable("user"), bench.context)
        #expect((search == nil) == (wiring == .parity))
        guard let search else { return try bench.check([("tools", logits.softmax())]) }
        try bench.check([("tools", logits), ("tool_token", search)])
    }

    @Test(arguments: GiftGolden.devices, GiftWiring.allCases)
    func crossModalFusion(_ target: TestDevice, _ wiring: GiftWiring) throws {
        let module = CrossModalFusion(dropout: 0.3)
        let bench = try GiftBench(
            file("cross_modal_fusion.\(wiring)"), module, at: "cross_modal_fusion",
            on: target.device)
        let (user, gifts) = (try bench.variable("user"), try bench.variable("gifts"))
        let isParity = wiring == .parity
        let slots = try module(
            user, state: isParity ? nil : bench.variable("state"), gifts: gifts,
            search: isParity ? nil : bench.variable("tool_token"), bench.context)
        try bench.check([("actions", slots)])
    }

    @Test(arguments: GiftGolden.devices)
    func rewardsInParity(_ target: TestDevice) throws {
        let module = RewardPrediction()
        let bench = try GiftBench(
            file("reward_prediction.parity"), module, at: "reward_prediction", on: target.device)
        let rewards = try module.parity(
            bench.variable("user"), gifts: bench.variable("gifts"), noise: bench.input("noise"),
            bench.context)
        try bench.check([("rewards", rewards)])
    }

    @Test(arguments: GiftGolden.devices)
    func rewardsConnected(_ target: TestDevice) throws {
        let module = RewardPrediction()
        let bench = try GiftBench(
            file("reward_prediction.connected"), module, at: "reward_prediction",
            on: target.device)
        let profile = ProfileCode(
            code: try bench.variable("user"), hobbies: try bench.variable("hobbies"),
            occasion: try bench.variable("occasion"), age: try bench.variable("age"),
            budget: try bench.variable("budget"))
        let rewards = try module.connected(
            profile, GiftProfileTensors(bench.file, on: bench.device),
            gifts: bench.variable("gifts"),
            GiftCatalogueTensors(bench.file, on: bench.device), bench.context)
        try bench.check([("rewards", rewards)])
    }

    @Test(
        arguments: GiftGolden.devices,
        [
            "gift_feature_encoder", "policy_head", "value_head", "reward_head", "gift_scorer",
            "user_encoder", "gift_encoder",
        ])
    func layersOfOneInput(_ target: TestDevice, _ name: String) throws {
        let layer: any UnaryLayer =
            switch name {
            case "gift_feature_encoder": GiftFeatureEncoder(dropout: 0.2)
            case "policy_head": Perceptron(512, 256, GiftModel.actionSlots, dropout: 0.1)
            case "value_head": Perceptron(512, 256, 1, dropout: 0.1)
            case "reward_head": Perceptron(512, 128, 1)
            case "gift_scorer": Perceptron(1024, 512, 1)
            case "user_encoder": Perceptron(26, 512, 512)
            default: Perceptron(20, 512, 512)
            }
        let bench = try GiftBench(file(name), layer, at: name, on: target.device)
        try bench.check([("y", layer(bench.variable("x"), bench.context))])
    }

    /// A layer on every pair of two rows equals the layer on their concatenation.
    @Test(arguments: GiftGolden.devices)
    func pairsAreConcatenations(_ target: TestDevice) throws {
        let layer = Perceptron(12, 9, 4)
        let arena = try ParameterArena(layer, device: target.device, seed: 3)
        func values(_ count: Int, _ name: String) -> [Float] {
            GiftParameters.values(name, [count])
        }
        let left = try Tensor(values(15, "left"), shape: [3, 5], on: target.device)
        let right = try Tensor(values(14, "right"), shape: [2, 7], on: target.device)
        func gradients(_ body: (ForwardContext) throws -> Tensor) throws -> [[Float]] {
            try arena.zeroGradients()
            let context = ForwardContext.training(seed: 0, pass: 0)
            let y = try body(context)
            #expect(y.shape == [3, 2, 4])
            try context.backward(from: y.squared().sum())
            return try [y.values()] + arena.entries.map { try $0.parameter.gradient.values() }
        }
        let divided = try gradients { try layer.pairs(left, right, $0) }
        let joined = try gradients { context in
            try layer(
                Tensor.concatenate(
                    [
                        left.insertingAxis(1).expanded(to: [3, 2, 5]),
                        right.insertingAxis(0).expanded(to: [3, 2, 7]),
                    ], axis: 2), context)
        }
        for (found, expected) in zip(divided, joined) {
            let difference = mismatch(found, expected, .gradient(of: expected))
            #expect(difference == nil, "\(difference ?? "")")
        }
    }
}
