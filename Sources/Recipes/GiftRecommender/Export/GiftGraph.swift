import TandemInterchange

/// A trained connected model with its catalogue as a graph for ONNX Runtime and others.
///
/// Inputs, for every profile: `hobbies` `[B, H]`, `preferences` `[B, P]`, `occasion` `[B, 10]`, `relationship` `[B, 11]`,
/// `age`, `budget`, `raw_budget` `[B, 1]`, `state` `[B, 26]`, `tokens` `[B, 50]` (64-bit whole numbers) and
/// `token_weights` `[B, 50]`; see `GiftInputs`. Outputs: `category_logits` `[B, 13]`, `tool_logits` `[B, 5]`, `rewards`
/// `[B, G]`, `ranking` `[B, G]` (logits). What does not depend on the profile is computed before and stands in the file
/// as constants.
struct GiftGraph {
    typealias Value = ONNXGraphBuilder.Value

    /// What the gifts are to the model, without a profile.
    struct Gifts {
        /// Codes `[G, 256]` and the codes of the others of a category `[G, 256]`.
        let codes, others: [Float]
        /// Codes of the descriptions `[G, 512]`.
        let descriptions: [Float]
        /// Prices `[G]`, ratings `[G]`, ages `[G, 2]`.
        let prices, ratings, ages: [Float]

        /// Number of gifts.
        var count: Int { prices.count }
    }

    private let configuration: GiftModelConfiguration
    let values: [String: [Float]]
    let shapes: [String: [Int]]
    private let gifts: Gifts
    var builder = ONNXGraphBuilder("gift_recommender")
    var known: [String: Value] = [:]

    init(
        _ configuration: GiftModelConfiguration,
        weights: [(name: String, shape: [Int], values: [Float])], gifts: Gifts
    ) {
        self.configuration = configuration
        values = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.values) })
        shapes = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.shape) })
        self.gifts = gifts
    }

    /// The model; `metadata` is text about it.
    mutating func model(metadata: [(String, String)]) -> ONNXModel {
        let vocabulary = GiftVocabulary(configuration.vocabulary)
        let count = gifts.count
        func input(_ name: String, _ width: Int) -> Value {
            builder.input(name, shape: [nil, width])
        }
        let hobbies = input("hobbies", vocabulary.hobbies.count)
        let preferences = input("preferences", vocabulary.preferences.count)
        let occasion = input("occasion", GiftVocabulary.occasions.count)
        let relationship = input("relationship", GiftVocabulary.relationships.count)
        let (age, budget) = (input("age", 1), input("budget", 1))
        let rawBudget = input("raw_budget", 1)
        let state = input("state", 26)
        let tokens = builder.indices("tokens", shape: [nil, GiftModel.positions])
        let tokenWeights = input("token_weights", GiftModel.positions)

        let part = "user_profiling."
        let likes = product(hobbies, part + "hobby_embeddings.weight")
        let event = product(occasion, part + "occasion_embeddings.weight")
        let ageCode = perceptron(age, part + "age_encoder")
        let budgetCode = perceptron(budget, part + "budget_encoder")
        var profile = [
            likes, product(preferences, part + "preference_embeddings.weight"), event, ageCode,
            budgetCode,
        ]
        if configuration.relationshipEmbedding {
            profile.append(product(relationship, part + "relationship_embeddings.weight"))
        }
        let code = layerNorm(
            perceptron(concatenate(profile, axis: 1), part + "encoder"), part + "norm")
        builder.output(categories(code), as: "category_logits", shape: [nil, 13])
        let (tools, search) = tools(code)
        builder.output(tools, as: "tool_logits", shape: [nil, 5])
        let rewards = rewards(
            code, likes: likes, event: event, age: ageCode, budget: budgetCode,
            rawBudget: rawBudget)
        builder.output(rewards, as: "rewards", shape: [nil, count])
        let mean = self.state(perceptron(state, "user_encoder"), tokens, tokenWeights)
        builder.output(
            ranking(code, search: search, state: mean), as: "ranking", shape: [nil, count])
        return builder.model(metadata: metadata)
    }

    private mutating func categories(_ code: Value) -> Value {
        let part = "category_matching."
        let table = constant(part + "category_embeddings.weight")
        var z = pairs(code, table, part + "input", width: 256)
        for layer in 0..<2 {
            z = add(z, node("Relu", linear(z, part + "layers.\(layer)")))
        }
        z = add(z, attention(z, z, part + "attention", heads: 8))
        return squeeze(perceptron(z, part + "scorer"), axis: 2)
    }

    private mutating func tools(_ code: Value) -> (logits: Value, search: Value) {
        let part = "tool_selection."
        let context = perceptron(code, part + "context_encoder")
        let sequence = insert(context, axis: 1)
        let attended = squeeze(attention(sequence, sequence, part + "attention", heads: 4), axis: 1)
        let search = perceptron(
            concatenate([context, code], axis: 1), part + "parameter_generator")
        return (linear(add(context, attended), part + "head"), search)
    }

    private mutating func rewards(
        _ code: Value, likes: Value, event: Value, age: Value, budget: Value, rawBudget: Value
    ) -> Value {
        let (part, count) = ("reward_prediction.", gifts.count)
        let codes = constant("gifts.codes", [count, 256], gifts.codes)
        let prices = constant("gifts.prices", [1, count], gifts.prices)
        let ages = constant("gifts.ages", [count, 2], gifts.ages)
        let ratings = constant("gifts.ratings", [1, count, 1], gifts.ratings)
        let others = constant("gifts.others", [count, 256], gifts.others)
        let both = insert(concatenate([codes, others], axis: 1), axis: 0)
        let limit = constant("limit", [], [2])
        let ratio = insert(
            node("Min", [node("Div", [prices, rawBudget]), limit]), axis: 2)
        let ones = constant("gifts.ones", [1, count, 1], [Float](repeating: 1, count: count))
        // Products with ones repeat what has one row for each of the gifts.
        let budgets = node("Mul", [insert(budget, axis: 1), ones])
        let users = node("Mul", [insert(rawBudget, axis: 1), constant("zero", [], [0])])
        func repeated(_ value: Value) -> Value { builder.node("Add", [value, users]) }
        let components = [
            perceptron(node("Mul", [insert(code, axis: 1), codes]), part + "components.0"),
            perceptron(concatenate([budgets, ratio], axis: 2), part + "components.1"),
            perceptronOfPairs(likes, codes, part + "components.2", width: 64),
            perceptronOfPairs(event, codes, part + "components.3", width: 32),
            perceptronOfPairs(age, ages, part + "components.4", width: 16),
            repeated(perceptron(ratings, part + "components.5")),
            repeated(perceptron(both, part + "components.6")),
        ]
        var x = node("Sigmoid", concatenate(components, axis: 2))
        for layer in 0..<2 {
            x = builder.node(
                "LeakyRelu", [linear(x, part + "fusion.\(layer)")], [("alpha", .float(0.1))])
        }
        return squeeze(node("Sigmoid", linear(x, part + "fusion.2")), axis: 2)
    }

    private mutating func ranking(_ code: Value, search: Value, state: Value) -> Value {
        let part = "cross_modal_fusion."
        var query = insert(add(linear(code, part + "user_projection"), state), axis: 1)
        let codes = constant("gifts.codes", [gifts.count, 256], gifts.codes)
        let keys = linear(codes, part + "gift_projection")
        let tool = insert(linear(search, part + "tool_projection"), axis: 1)
        let none = node("Mul", [tool, constant("zero", [], [0])])
        let all = concatenate([add(insert(keys, axis: 0), none), tool], axis: 1)
        for layer in 0..<4 {
            query = add(query, attention(query, all, part + "attention.\(layer)", heads: 8))
        }
        let fused = perceptron(squeeze(query, axis: 1), part + "recommendation_head")
        let slots = add(fused, perceptron(state, "policy_head"))
        let descriptions = constant(
            "gifts.descriptions", [gifts.count, 512], gifts.descriptions)
        let scores = squeeze(
            perceptronOfPairs(state, descriptions, "gift_scorer", width: 512), axis: 2)
        return add(slice(slots, axis: 1, 0, gifts.count), scores)
    }

    /// The mean state of the core over the tokens of a profile.
    private mutating func state(_ user: Value, _ tokens: Value, _ weights: Value) -> Value {
        guard configuration.core else { return user }
        let scale = constant("root_of_width", [], [Float(512).squareRoot()])
        let vectors = node("Gather", [constant("core.embed_tokens.weight"), tokens])
        let inputs = add(node("Mul", [vectors, scale]), insert(user, axis: 1))
        let none = node("Mul", [inputs, constant("zero", [], [0])])
        var high = add(none, constant("core.initial_high"))
        var low = add(none, constant("core.initial_low"))
        for _ in 0..<2 * configuration.outerSteps {
            for _ in 0..<3 { low = blocks(add(low, add(high, inputs))) }
            high = blocks(add(high, low))
        }
        return squeeze(node("MatMul", [insert(weights, axis: 1), high]), axis: 1)
    }

    private mutating func blocks(_ state: Value) -> Value {
        (0..<3).reduce(into: state) { x, number in
            let part = "core.blocks.\(number)."
            x = rootNorm(add(x, attention(x, x, part + "attention", heads: 8, turns: true)))
            let gate = linear(x, part + "feed_forward.w1")
            let open = node("Mul", [gate, node("Sigmoid", gate)])
            let inner = node("Mul", [open, linear(x, part + "feed_forward.w3")])
            x = rootNorm(add(x, linear(inner, part + "feed_forward.w2")))
        }
    }
}
