import TandemNetworks
import TandemTensors

/// The expected reward of every gift for every profile, `[B, G]` in (0, 1): seven small networks and their fusion.
final class RewardPrediction: Module {
    /// Category, budget, hobbies, occasion, age, quality and diversity with the widths of their inputs.
    private let components = [256, 17, 320, 288, 18, 1, 512].map { Perceptron($0, 64, 1) }
    private let fusion = [Linear(7, 3), Linear(3, 1), Linear(1, 1)]

    var submodules: [(name: String, module: any Module)] {
        components.enumerated().map { ("components.\($0.offset)", $0.element) }
            + fusion.enumerated().map { ("fusion.\($0.offset)", $0.element) }
    }

    /// Every component from its own inputs; leaky ReLU, because plain ones die in so narrow a fusion.
    func connected(
        _ profile: ProfileCode, _ batch: GiftProfileTensors, gifts: Tensor,
        _ catalogue: GiftCatalogueTensors, _ context: ForwardContext
    ) throws -> Tensor {
        let (users, count) = (batch.count, catalogue.count)
        let ratio = try catalogue.prices.insertingAxis(0) / batch.rawBudget
        let price = try ratio.clamped(to: ...2).insertingAxis(2)
        let budget = try profile.budget.insertingAxis(1).expanded(to: [users, count, 16])
        let others = try catalogue.othersOfCategory.matmul(gifts)
        let values = [
            try components[0](profile.code.insertingAxis(1) * gifts.insertingAxis(0), context),
            try components[1](Tensor.concatenate([budget, price], axis: 2), context),
            try components[2].pairs(profile.hobbies, gifts, context),
            try components[3].pairs(profile.occasion, gifts, context),
            try components[4].pairs(profile.age, catalogue.ages, context),
            try components[5](catalogue.ratings, context).repeated(users),
            try components[6](Tensor.concatenate([gifts, others], axis: 1), context)
                .repeated(users),
        ]
        var x = try Tensor.concatenate(values, axis: 2).sigmoid()
        for layer in fusion.dropLast() { x = try layer(x, context).leakyReLU() }
        return try fusion[2](x, context).sigmoid().removingAxis(2)
    }

    /// As published: the category from the gift alone, the budget from the first 16 numbers of the profile, five components
    /// of random numbers `noise` `[B, G, 5]` (without them one half each), and plain ReLU.
    func parity(_ profile: Tensor, gifts: Tensor, noise: Tensor?, _ context: ForwardContext) throws
        -> Tensor
    {
        let (users, count) = (profile.shape.dimensions[0], gifts.shape.dimensions[0])
        let constant = try Tensor(repeating: 0.5, shape: [users, 1], on: profile.device)
        let budget = try Tensor.concatenate([profile.slice(axis: 1, 0..<16), constant], axis: 1)
        let category = try components[0](gifts, context).sigmoid().repeated(users)
        let affordable = try components[1](budget, context).sigmoid().insertingAxis(1)
            .expanded(to: [users, count, 1])
        let noise =
            try noise ?? Tensor(repeating: 0.5, shape: [users, count, 5], on: profile.device)
        var x = try Tensor.concatenate([category, affordable, noise], axis: 2)
        for layer in fusion.dropLast() { x = try layer(x, context).relu() }
        return try fusion[2](x, context).sigmoid().removingAxis(2)
    }
}

/// From a profile, the gifts and the tools to a score of every action slot, `[B, 50]`.
final class CrossModalFusion: Module {
    private let attention = (0..<4).map { _ in MultiHeadAttention(512, heads: 8) }
    private let userProjection = Linear(256, 512)
    private let giftProjection = Linear(256, 512)
    private let toolProjection = Linear(128, 512)
    private let recommendationHead: Perceptron

    init(dropout: Float) {
        recommendationHead = Perceptron(512, 256, GiftModel.actionSlots, dropout: dropout)
    }

    var submodules: [(name: String, module: any Module)] {
        attention.enumerated().map { ("attention.\($0.offset)", $0.element) } + [
            ("user_projection", userProjection), ("gift_projection", giftProjection),
            ("tool_projection", toolProjection), ("recommendation_head", recommendationHead),
        ]
    }

    /// The profile `[B, 256]` with the core's state `[B, 512]` asks the gifts `[G, 256]` and the search `[B, 128]`.
    ///
    /// Without search and state, as published: no residual connections, and the gifts alone are asked.
    func callAsFunction(
        _ profile: Tensor, state: Tensor?, gifts: Tensor, search: Tensor?,
        _ context: ForwardContext
    ) throws -> Tensor {
        let users = profile.shape.dimensions[0]
        var query = try userProjection(profile, context)
        if let state { query = try query + state }
        query = try query.insertingAxis(1)
        var keys = try giftProjection(gifts, context).repeated(users)
        if let search {
            let tool = try toolProjection(search, context).insertingAxis(1)
            keys = try Tensor.concatenate([keys, tool], axis: 1)
        }
        for layer in attention {
            let answer = try layer(query, keys: keys, context)
            query = search == nil ? answer : try query + answer
        }
        return try recommendationHead(query.removingAxis(1), context)
    }
}
