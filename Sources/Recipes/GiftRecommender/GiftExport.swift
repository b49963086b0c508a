import Glibc
import TandemInterchange

/// A trained connected model with its catalogue as a graph for ONNX Runtime and others.
///
/// Inputs, for every profile: `hobbies` `[B, H]`, `preferences` `[B, P]`, `occasion` `[B, 10]`, `relationship` `[B, 11]`,
/// `age`, `budget`, `raw_budget` `[B, 1]`, `state` `[B, 26]`, `tokens` `[B, 50]` (64-bit whole numbers) and
/// `token_weights` `[B, 50]`; see `GiftInputs`. Outputs: `category_logits` `[B, 13]`, `tool_logits` `[B, 5]`, `rewards`
/// `[B, G]`, `ranking` `[B, G]` (logits). What does not depend on the profile is computed before and stands in the file
/// as constants.
struct GiftGraph {
    private typealias Value = ONNXGraphBuilder.Value

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
    private let values: [String: [Float]]
    private let shapes: [String: [Int]]
    private let gifts: Gifts
    private var builder = ONNXGraphBuilder("gift_recommender")
    private var known: [String: Value] = [:]

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

    // MARK: Parts of the model

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

    // MARK: Layers

    private mutating func perceptron(_ x: Value, _ name: String) -> Value {
        linear(node("Relu", linear(x, name + ".first")), name + ".second")
    }

    private mutating func perceptronOfPairs(
        _ left: Value, _ right: Value, _ name: String, width: Int
    ) -> Value {
        linear(node("Relu", pairs(left, right, name + ".first", width: width)), name + ".second")
    }

    /// `Linear.pairs`: the first `width` columns of the weight belong to `left`.
    private mutating func pairs(_ left: Value, _ right: Value, _ name: String, width: Int) -> Value
    {
        let weight = transposed(name + ".weight")
        let inputs = shapes[name + ".weight"]?[1] ?? 0
        let fromLeft = node("MatMul", [left, slice(weight, axis: 0, 0, width)])
        let fromRight = node("MatMul", [right, slice(weight, axis: 0, width, inputs)])
        let biased = add(fromLeft, constant(name + ".bias"))
        return add(insert(biased, axis: 1), insert(fromRight, axis: 0))
    }

    private mutating func linear(_ x: Value, _ name: String) -> Value {
        let result = node("MatMul", [x, transposed(name + ".weight")])
        return values[name + ".bias"] == nil ? result : add(result, constant(name + ".bias"))
    }

    private mutating func attention(
        _ queries: Value, _ keys: Value, _ name: String, heads: Int, turns: Bool = false
    ) -> Value {
        let width = shapes[name + ".out_proj.weight"]?[0] ?? 0
        let weight = transposed(name + ".in_proj_weight")
        let projected = (0..<3).map { block in
            let rows = slice(weight, axis: 1, block * width, (block + 1) * width)
            var x = node("MatMul", [block == 0 ? queries : keys, rows])
            if values[name + ".in_proj_bias"] != nil {
                let bias = constant(name + ".in_proj_bias")
                x = add(x, slice(bias, axis: 0, block * width, (block + 1) * width))
            }
            x = node("Reshape", [x, builder.integers([0, 0, heads, width / heads])])
            if turns, block < 2 { x = turned(x, width / heads) }
            return builder.node("Transpose", [x], [("perm", .integers([0, 2, 1, 3]))])
        }
        let scale = constant(
            "scale_\(width / heads)", [], [1 / Float(width / heads).squareRoot()])
        let columns = builder.node(
            "Transpose", [projected[1]], [("perm", .integers([0, 1, 3, 2]))])
        let scores = node("Mul", [node("MatMul", [projected[0], columns]), scale])
        let shares = builder.node("Softmax", [scores], [("axis", .integer(3))])
        let mixed = builder.node(
            "Transpose", [node("MatMul", [shares, projected[2]])],
            [("perm", .integers([0, 2, 1, 3]))])
        let joined = node("Reshape", [mixed, builder.integers([0, 0, width])])
        return linear(joined, name + ".out_proj")
    }

    /// Rotary positions in halves over `[B, T, heads, D]`.
    private mutating func turned(_ x: Value, _ features: Int) -> Value {
        let (half, steps) = (features / 2, GiftModel.positions)
        func table(_ function: (Double) -> Double) -> [Float] {
            (0..<steps).flatMap { step in
                (0..<features).map { feature in
                    let exponent = -Double(feature % half) / Double(half)
                    return Float(function(Double(step) * pow(10_000, exponent)))
                }
            }
        }
        let cosines = constant("cosines", [steps, 1, features], table(cos))
        let sines = constant("sines", [steps, 1, features], table(sin))
        let negated = node("Neg", slice(x, axis: 3, half, features))
        let partners = concatenate([negated, slice(x, axis: 3, 0, half)], axis: 3)
        return add(node("Mul", [x, cosines]), node("Mul", [partners, sines]))
    }

    private mutating func layerNorm(_ x: Value, _ name: String) -> Value {
        builder.node(
            "LayerNormalization", [x, constant(name + ".weight"), constant(name + ".bias")],
            [("axis", .integer(-1)), ("epsilon", .float(1e-5))])
    }

    private mutating func rootNorm(_ x: Value) -> Value {
        let squares = builder.node(
            "ReduceMean", [node("Mul", [x, x]), builder.integers([-1])],
            [("keepdims", .integer(1))])
        let root = node("Sqrt", add(squares, constant("epsilon", [], [1e-5])))
        return node("Div", [x, root])
    }

    // MARK: Nodes

    private mutating func node(_ operation: String, _ operands: [Value]) -> Value {
        builder.node(operation, operands)
    }

    private mutating func node(_ operation: String, _ operand: Value) -> Value {
        builder.node(operation, [operand])
    }

    private mutating func add(_ left: Value, _ right: Value) -> Value {
        builder.node("Add", [left, right])
    }

    private mutating func product(_ x: Value, _ name: String) -> Value {
        let table = constant(name)
        return builder.node("MatMul", [x, table])
    }

    private mutating func insert(_ x: Value, axis: Int) -> Value {
        builder.node("Unsqueeze", [x, builder.integers([axis])])
    }

    private mutating func squeeze(_ x: Value, axis: Int) -> Value {
        builder.node("Squeeze", [x, builder.integers([axis])])
    }

    private mutating func concatenate(_ parts: [Value], axis: Int) -> Value {
        builder.node("Concat", parts, [("axis", .integer(axis))])
    }

    private mutating func slice(_ x: Value, axis: Int, _ start: Int, _ end: Int) -> Value {
        builder.node(
            "Slice",
            [
                x, builder.integers([start]), builder.integers([end]), builder.integers([axis]),
            ])
    }

    /// A constant that is stated once: further mentions of the name mean the first.
    private mutating func constant(_ name: String, _ shape: [Int], _ numbers: [Float]) -> Value {
        if let value = known[name] { return value }
        let value = builder.constant(name, shape: shape, numbers)
        known[name] = value
        return value
    }

    /// A parameter or buffer of the model under its own name.
    private mutating func constant(_ name: String) -> Value {
        constant(name, shapes[name] ?? [], values[name] ?? [])
    }

    /// A weight `[O, I]` as `[I, O]`, as a product from the right takes it.
    private mutating func transposed(_ name: String) -> Value {
        let numbers = values[name] ?? []
        let shape = shapes[name] ?? [0, 0]
        let (rows, columns) = (shape[0], shape[1])
        if let value = known[name] { return value }
        var result = [Float](repeating: 0, count: numbers.count)
        for row in 0..<rows {
            for column in 0..<columns {
                result[column * rows + row] = numbers[row * columns + column]
            }
        }
        return constant(name, [columns, rows], result)
    }
}
