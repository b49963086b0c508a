public import TandemConfiguration

/// The network that makes a raw step of a context.
///
/// The key `kind` chooses the network and the values of everything that a file leaves out.
public struct SequenceModelConfiguration: ConfigurationVariants, Equatable {
    /// The kinds of network.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Residual GRU blocks with post-norm.
        case baselineGRU = "baseline-gru"
        /// GRU layers that read a memory of slots before and after the context.
        case memoryGRU = "memory-gru"
        /// A GRU over the chunks of the context, and one over their summaries.
        case hierarchicalGRU = "hierarchical-gru"
        /// LSTM layers.
        case lstm
        /// Causal decoder layers with attention.
        case transformer
        /// The mean of the context and a mixture of its vectors, with a perceptron's correction; it predicts the vector itself.
        case attentionMixture = "attention-mixture"
    }

    /// What fills the slots of a memory.
    public enum Memory: String, Codable, Sendable, CaseIterable {
        /// The published memory: every training batch moves all slots towards its mean output, outside the gradient.
        case original
        /// Slots are parameters, read with a learned sharpness.
        case learned
    }

    /// Which network.
    public var kind = Kind.baselineGRU
    /// Hidden units, H.
    public var hidden = 256
    /// Number of layers or blocks, L; of the hierarchical model those of each of its two GRUs.
    public var layers = 2
    /// Dropout: on the outputs between layers or of blocks, and behind the functions of what follows them.
    public var dropout = 0.1
    /// Memory GRU: slots of the memory, M.
    public var slots = 512
    /// Memory GRU: what fills the slots.
    public var memory = Memory.learned
    /// Hierarchical GRU: chunks that the context is cut into, a divisor of its length; 0 takes the largest one up to its root.
    public var chunks = 0
    /// Transformer: heads of the attention, a divisor of `hidden`.
    public var heads = 8
    /// Attention mixture: features in which keys and query are compared.
    public var keyFeatures = 256

    /// The values used where a file says nothing, not even a kind.
    public static let defaults = SequenceModelConfiguration()

    /// Every value at the default of `kind`.
    public init(_ kind: Kind = .baselineGRU) {
        self.kind = kind
        switch kind {
        case .baselineGRU, .memoryGRU, .hierarchicalGRU: break
        case .lstm: dropout = 0.2
        case .transformer: layers = 4
        case .attentionMixture: (hidden, dropout) = (512, 0)
        }
    }

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(hidden, "hidden", atMost: 1_000_000)
        checks.count(layers, "layers", atMost: 1000)
        checks.count(slots, "slots", atMost: 10_000_000)
        checks.count(keyFeatures, "keyFeatures", atMost: 1_000_000)
        checks.count(heads, "heads", atMost: 1_000_000)
        checks.require(
            (0..<1).contains(dropout), "dropout", dropout, mustBe: "at least 0 and below 1")
        checks.require(chunks >= 0, "chunks", chunks, mustBe: "0 or more")
        checks.require(
            kind != .transformer || heads < 1 || hidden % heads == 0, "heads", heads,
            mustBe: "a divisor of hidden, \(hidden)")
        checks.require(
            kind != .transformer || hidden % 2 == 0, "hidden", hidden,
            mustBe: "even, for the positions of a transformer")
        checks.require(
            kind != .attentionMixture || hidden > 1, "hidden", hidden, mustBe: "at least 2")
    }

    // MARK: Kinds

    /// The kinds of network.
    public static var kinds: [String] { Kind.allCases.map(\.rawValue) }

    /// The values of a kind.
    public static func defaults(ofKind kind: String) -> SequenceModelConfiguration {
        SequenceModelConfiguration(Kind(rawValue: kind) ?? .baselineGRU)
    }
}

extension SequenceModelConfiguration {
    /// The network for contexts of `contextLength` vectors of `features` elements; with `startsAtZero` its raw step is zero
    /// until training moves it.
    func makeNetwork(features: Int, contextLength: Int, startsAtZero: Bool) -> any StepNetwork {
        switch kind {
        case .baselineGRU: BaselineGRU(features: features, self, startsAtZero: startsAtZero)
        case .memoryGRU: MemoryGRU(features: features, self, startsAtZero: startsAtZero)
        case .hierarchicalGRU:
            HierarchicalGRU(
                features: features, contextLength: contextLength, self, startsAtZero: startsAtZero)
        case .lstm: ContextLSTM(features: features, self, startsAtZero: startsAtZero)
        case .transformer:
            ContextTransformer(
                features: features, contextLength: contextLength, self, startsAtZero: startsAtZero)
        case .attentionMixture:
            AttentionMixture(features: features, self, startsAtZero: startsAtZero)
        }
    }

    /// Names of parameters that weight decay must leave alone: it would empty a memory and dull its reading.
    var undecayed: [String] {
        kind == .memoryGRU && memory == .learned ? ["memory.slots", "memory.sharpness"] : []
    }

    /// What does not fit contexts of `contextLength` vectors, as the value of `chunks` and what it must be; `nil` when all does.
    func contextProblem(contextLength: Int) -> String? {
        guard kind == .hierarchicalGRU, contextLength > 0 else { return nil }
        return ChunkCut.problem(chunks: chunks, contextLength: contextLength)
    }
}
