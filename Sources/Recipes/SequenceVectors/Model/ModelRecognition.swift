extension SequenceModelConfiguration.Kind {
    /// A parameter or buffer that networks of this kind have, and no others.
    private var mark: String {
        switch self {
        case .baselineGRU: "blocks.0.gru.weight_ih_l0"
        case .memoryGRU: "memory.slots"
        case .hierarchicalGRU: "local.weight_ih_l0"
        case .lstm: "lstm.weight_ih_l0"
        case .transformer: "layers.0.self_attn.in_proj_weight"
        case .attentionMixture: "key.weight"
        }
    }

    /// The kind of network that an array of these names belongs to; `nil` when no network has them.
    init?(arrays names: some Collection<String>) {
        let found = Self.allCases.first { kind in names.contains(kind.mark) }
        guard let found else { return nil }
        self = found
    }
}
