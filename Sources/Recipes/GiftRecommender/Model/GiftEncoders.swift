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

/// From words and numbers of a profile to its code `[B, 256]`.
final class UserProfiling: Module {
    let hobbyEmbeddings: Embedding
    let preferenceEmbeddings: Embedding
    let occasionEmbeddings: Embedding
    let relationshipEmbeddings: Embedding?
    private let ageEncoder = Perceptron(1, 16, 16)
    private let budgetEncoder = Perceptron(1, 16, 16)
    private let encoder: Perceptron
    private let norm = LayerNorm(256)

    init(_ configuration: GiftModelConfiguration) {
        let vocabulary = GiftVocabulary(configuration.vocabulary)
        hobbyEmbeddings = Embedding(vocabulary.hobbies.count, 64)
        preferenceEmbeddings = Embedding(vocabulary.preferences.count, 32)
        occasionEmbeddings = Embedding(GiftVocabulary.occasions.count, 32)
        relationshipEmbeddings =
            configuration.relationshipEmbedding
            ? Embedding(GiftVocabulary.relationships.count, 32) : nil
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

    func callAsFunction(_ batch: GiftProfileTensors, _ context: ForwardContext) throws
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
    let categoryEmbeddings = Embedding(GiftVocabulary.categories.count, 128)
    private let input = Linear(384, 128)
    private let layers = [Linear(128, 128), Linear(128, 128)]
    private let attention = MultiHeadAttention(128, heads: 8)
    private let scorer: Perceptron
    private let dropout: Dropout
    private let isConnected: Bool

    init(_ configuration: GiftModelConfiguration) {
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
