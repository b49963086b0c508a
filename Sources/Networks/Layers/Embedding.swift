public import TandemTensors

/// A table of vectors looked up by number, PyTorch's `nn.Embedding`.
public final class Embedding: Module {
    /// `weight [V, C]`, standard normal at first.
    public let weight: Parameter

    /// What is wrong with the sizes, if anything.
    public let problems: [String]

    /// A table of `count` vectors of `features` elements.
    public init(_ count: Int, _ features: Int, initializer: Initializer = .normal(deviation: 1)) {
        var settings = LayerSettings()
        let shape = [settings.size(count, "count"), settings.size(features, "features")]
        weight = Parameter(Shape(shape), initializer)
        problems = settings.problems
    }

    /// `weight`.
    public var parameters: [(name: String, parameter: Parameter)] { [("weight", weight)] }

    /// The vectors of `indices [..]`: `[.., C]`; throws when an index is outside the table.
    public func callAsFunction(_ indices: IndexTensor, _ context: ForwardContext) throws -> Tensor {
        try context.tensor(weight).gather(indices)
    }
}
