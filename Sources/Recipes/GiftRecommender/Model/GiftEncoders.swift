import TandemNetworks
import TandemTensors

/// What is read of the profiles of a batch.
struct ProfileCode {
    /// The profile `[B, 256]`.
    let code: Tensor
    /// The mean of the hobbies' embeddings `[B, 64]`.
    let hobbies: Tensor
    /// The occasion's embedding `[B, 32]`.
    let occasion: Tensor
    /// The age `[B, 16]`.
    let age: Tensor
    /// The budget `[B, 16]`.
    let budget: Tensor
}

/// The first values of an encoder of budgets that tells the tiers of budgets apart.
///
/// For every border t between tiers a number of the result is a step of height 3 around 0 over the width w around t: the
/// difference of two rectifiers, `relu((x - t) / w + 1/2) - relu((x - t) / w - 1/2)`. The hidden units that are left bend at
/// equal distances and take part as training finds use for them.
private enum BudgetTiers {
    static let borders: [Float] = [50, 150, 250]
    static let width: Float = 10
    static let height: Float = 3

    /// The encoder in the unit of the connected wiring, `[B, 1]` to `[B, 16]`.
    static var encoder: Perceptron {
        let units = 16
        let slope = GiftWiring.connected.budgetUnit / width
        var (slopes, offsets) = ([Float](), [Float]())
        var weights = [Float](repeating: 0, count: units * units)
        var biases = [Float](repeating: 0, count: units)
        for (place, border) in borders.enumerated() {
            slopes += [slope, slope]
            offsets += [-border / width + 0.5, -border / width - 0.5]
            weights[place * units + 2 * place] = height
            weights[place * units + 2 * place + 1] = -height
            biases[place] = -height / 2
        }
        let left = units - slopes.count
        slopes += [Float](repeating: 1, count: left)
        offsets += (0..<left).map { -Float($0) / Float(left) }
        return Perceptron(
            first: Linear(
                1, units, initializer: .values(slopes), biasInitializer: .values(offsets)),
            second: Linear(
                units, units, initializer: .values(weights), biasInitializer: .values(biases)))
    }
}

/// From words and numbers of a profile to its code `[B, 256]`.
final class UserProfiling: Module {
    let hobbyEmbeddings: Embedding
    let preferenceEmbeddings: Embedding
    let occasionEmbeddings: Embedding
    let relationshipEmbeddings: Embedding?
    private let ageEncoder = Perceptron(1, 16, 16)
    private let budgetEncoder: Perceptron
    private let encoder: Perceptron
    private let norm = LayerNorm(256)

    init(_ configuration: GiftModelConfiguration) {
        let vocabulary = GiftVocabulary(configuration.vocabulary)
        let words = Initializer.normal(deviation: Float(configuration.wordDeviation))
        hobbyEmbeddings = Embedding(vocabulary.hobbies.count, 64)
        preferenceEmbeddings = Embedding(vocabulary.preferences.count, 32, initializer: words)
        occasionEmbeddings = Embedding(GiftVocabulary.occasions.count, 32, initializer: words)
        relationshipEmbeddings =
            configuration.relationshipEmbedding
            ? Embedding(GiftVocabulary.relationships.count, 32, initializer: words) : nil
        budgetEncoder = configuration.tieredBudget ? BudgetTiers.encoder : Perceptron(1, 16, 16)
        encoder = Perceptron(
            configuration.relationshipEmbedding ? 192 : 160, 256, 256,
            dropout: Float(configuration.profileDropout))
    }

    var submodules: [(name: String, module: any Module)] {
        [
            ("hobby_embeddings", hobbyEmbeddings), ("preference_embeddings", preferenceEmbeddings),
            ("occasion_embeddings", occasionEmbeddings),
        ] + (relationshipEmbeddings.map { [("relationship_embeddings", $0)] } ?? []) + [
            ("age_encoder", ageEncoder), ("budget_encoder", budgetEncoder), ("encoder", encoder),
            ("norm", norm),
        ]
    }

    func callAsFunction(_ batch: GiftFeatureTensors, _ context: ForwardContext) throws
        -> ProfileCode
    {
        // Shares of a bag of words times the table: the mean of the words' rows.
        func mean(_ shares: Tensor, _ table: Embedding) throws -> Tensor {
            try shares.matmul(context.tensor(table.weight))
        }
        let hobbies = try mean(batch.hobbies, hobbyEmbeddings)
        let occasion = try mean(batch.occasion, occasionEmbeddings)
        let age = try ageEncoder(batch.age, context)
        let budget = try budgetEncoder(batch.budget, context)
        var parts = [
            hobbies, try mean(batch.preferences, preferenceEmbeddings), occasion, age, budget,
        ]
        if let relationshipEmbeddings {
            parts.append(try mean(batch.relationship, relationshipEmbeddings))
        }
        let code = try norm(encoder(Tensor.concatenate(parts, axis: 1), context), context)
        return ProfileCode(
            code: code, hobbies: hobbies, occasion: occasion, age: age, budget: budget)
    }
}

/// From the features `[G, 128]` of gifts to their codes `[G, 256]`.
final class GiftFeatureEncoder: UnaryLayer {
    private let layers: Perceptron
    private let norm = LayerNorm(256)

    init(dropout: Float) { layers = Perceptron(128, 256, 256, dropout: dropout) }

    var submodules: [(name: String, module: any Module)] { [("layers", layers), ("norm", norm)] }

    func callAsFunction(_ features: Tensor, _ context: ForwardContext) throws -> Tensor {
        try norm(layers(features, context), context)
    }
}

/// Scores of the categories for a profile: codes `[B, 256]` to logits `[B, 13]`.
final class CategoryMatching: Module {
    let categoryEmbeddings: Embedding
    private let input = Linear(384, 128)
    private let layers = [Linear(128, 128), Linear(128, 128)]
    private let attention = MultiHeadAttention(128, heads: 8)
    private let scorer: Perceptron
    private let dropout: Dropout
    private let isConnected: Bool

    init(_ configuration: GiftModelConfiguration) {
        categoryEmbeddings = Embedding(
            GiftVocabulary.categories.count, 128,
            initializer: .normal(deviation: Float(configuration.categoryDeviation)))
        scorer = Perceptron(128, 64, 1, dropout: Float(configuration.scorerDropout))
        dropout = Dropout(Float(configuration.matcherDropout))
        isConnected = configuration.wiring == .connected
    }

    var submodules: [(name: String, module: any Module)] {
        [("category_embeddings", categoryEmbeddings), ("input", input)]
            + layers.enumerated().map { ("layers.\($0.offset)", $0.element) }
            + [("attention", attention), ("scorer", scorer)]
    }

    func callAsFunction(_ profile: Tensor, _ context: ForwardContext) throws -> Tensor {
        var z = try input.pairs(profile, context.tensor(categoryEmbeddings.weight), context)
        for layer in layers {
            let next = try dropout(layer(z, context).relu(), context)
            z = isConnected ? try z + next : next
        }
        let attended = try attention(z, context)
        z = isConnected ? try z + attended : attended
        return try scorer(z, context).removingAxis(2)
    }
}

/// The choice of tools for a profile: codes `[B, 256]` to logits `[B, 5]` and a vector for the search `[B, 128]`.
final class ToolSelection: Module {
    private let contextEncoder = Perceptron(256, 128, 128)
    private let attention = MultiHeadAttention(128, heads: 4)
    private let head = Linear(128, GiftVocabulary.tools.count)
    private let parameterGenerator = Perceptron(384, 128, 128)
    private let isConnected: Bool

    init(_ configuration: GiftModelConfiguration) {
        isConnected = configuration.wiring == .connected
    }

    var submodules: [(name: String, module: any Module)] {
        [
            ("context_encoder", contextEncoder), ("attention", attention), ("head", head),
            ("parameter_generator", parameterGenerator),
        ]
    }

    /// The search's vector is made in the connected wiring only.
    func callAsFunction(_ profile: Tensor, _ context: ForwardContext) throws
        -> (logits: Tensor, search: Tensor?)
    {
        let code = try contextEncoder(profile, context)
        let attended = try attention(code.insertingAxis(1), context).removingAxis(1)
        guard isConnected else { return (try head(attended, context), nil) }
        let search = try parameterGenerator(
            Tensor.concatenate([code, profile], axis: 1), context)
        return (try head(code + attended, context), search)
    }
}
