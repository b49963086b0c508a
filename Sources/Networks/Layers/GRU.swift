public import TandemTensors

/// Gated recurrent layers one above the other, PyTorch's `nn.GRU`, time-major: x `[T, B, I]` to `[T, B, H]`.
///
/// The outputs of every layer but the last pass through dropout, an independent mask for every step, row and feature.
public final class GRU: Module {
    private struct Layer {
        let weightIH: Parameter
        let weightHH: Parameter
        let biasIH: Parameter
        let biasHH: Parameter
    }

    private let layers: [Layer]
    private let dropout: Dropout

    /// What is wrong with the sizes, if anything.
    public let problems: [String]

    /// `layers` layers from `input` features to `hidden` units; all values start uniform within `1 / sqrt(H)`.
    public init(input: Int, hidden: Int, layers: Int = 1, dropout: Float = 0) {
        var settings = LayerSettings()
        let input = settings.size(input, "input")
        let hidden = settings.size(hidden, "hidden")
        let layers = settings.size(layers, "layers")
        settings.dropout(dropout)
        problems = settings.problems
        let initial = Initializer.inverseSquareRoot(of: hidden)
        self.layers = (0..<layers).map { index in
            Layer(
                weightIH: Parameter([3 * hidden, index == 0 ? input : hidden], initial),
                weightHH: Parameter([3 * hidden, hidden], initial),
                biasIH: Parameter([3 * hidden], initial), biasHH: Parameter([3 * hidden], initial))
        }
        self.dropout = Dropout(dropout)
    }

    /// `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l1`, ...
    public var parameters: [(name: String, parameter: Parameter)] {
        layers.enumerated().flatMap { index, layer in
            [
                ("weight_ih_l\(index)", layer.weightIH), ("weight_hh_l\(index)", layer.weightHH),
                ("bias_ih_l\(index)", layer.biasIH), ("bias_hh_l\(index)", layer.biasHH),
            ]
        }
    }

    /// Runs all layers over the sequence; `initialStates` holds one `[B, H]` per layer, zeros when `nil`.
    public func callAsFunction(
        _ x: Tensor, initialStates: [Tensor]? = nil, _ context: ForwardContext
    ) throws -> Tensor {
        if let initialStates, initialStates.count != layers.count {
            throw NetworkError.invalidArgument(
                where: "GRU",
                detail: "\(initialStates.count) initial states for \(layers.count) layers")
        }
        var sequence = x
        for (index, layer) in layers.enumerated() {
            if index > 0 { sequence = try dropout(sequence, context) }
            sequence = try sequence.gru(
                weightIH: context.tensor(layer.weightIH), weightHH: context.tensor(layer.weightHH),
                biasIH: context.tensor(layer.biasIH), biasHH: context.tensor(layer.biasHH),
                initialState: initialStates?[index])
        }
        return sequence
    }
}
