import TandemNetworks
import TandemTensors

/// Two linear layers with ReLU and dropout between them: x `[.., I]` to `[.., O]`.
final class Perceptron: UnaryLayer {
    let first: Linear
    let second: Linear
    private let dropout: Dropout

    init(_ inputs: Int, _ hidden: Int, _ outputs: Int, dropout: Float = 0) {
        first = Linear(inputs, hidden)
        second = Linear(hidden, outputs)
        self.dropout = Dropout(dropout)
    }

    /// The two layers as they are, without dropout.
    init(first: Linear, second: Linear) {
        self.first = first
        self.second = second
        dropout = Dropout(0)
    }

    var submodules: [(name: String, module: any Module)] { [("first", first), ("second", second)] }

    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try rest(first(x, context), context)
    }

    /// The layers on every pair of a row of `left` `[B, I]` and one of `right` `[G, J]`: `[B, G, O]`.
    func pairs(_ left: Tensor, _ right: Tensor, _ context: ForwardContext) throws -> Tensor {
        try rest(first.pairs(left, right, context), context)
    }

    private func rest(_ hidden: Tensor, _ context: ForwardContext) throws -> Tensor {
        try second(dropout(hidden.relu(), context), context)
    }
}

extension Linear {
    /// The layer on `[left ; right]` for every pair of a row of `left` `[B, I]` and one of `right` `[G, J]`: `[B, G, O]`.
    ///
    /// The product is divided between the two, so that it is taken B + G times instead of B G times.
    func pairs(_ left: Tensor, _ right: Tensor, _ context: ForwardContext) throws -> Tensor {
        let weight = try context.tensor(weight)
        let (inputs, split) = (weight.shape.dimensions[1], left.shape.dimensions[1])
        let fromLeft = try left.linear(
            weight: weight.slice(axis: 1, 0..<split), bias: bias.map { try context.tensor($0) })
        let fromRight = try right.linear(weight: weight.slice(axis: 1, split..<inputs), bias: nil)
        return try fromLeft.insertingAxis(1) + fromRight.insertingAxis(0)
    }
}

extension Tensor {
    /// The same rows for each of `count` leading places: `[G, C]` to `[count, G, C]`.
    func repeated(_ count: Int) throws -> Tensor {
        try insertingAxis(0).expanded(to: Shape([count] + shape.dimensions))
    }

    /// `max(x, 0.1 x)`.
    func leakyReLU() throws -> Tensor { try Tensor.maximum(self, self * 0.1) }
}
