public import TandemTensors
public import TandemDevices

/// A module that makes one tensor of one tensor, so that it can stand in a `Sequential`.
public protocol UnaryLayer: Module {
    /// Applies the layer.
    func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor
}

/// Layers applied one after the other, PyTorch's `nn.Sequential`; the parameters are called `0.weight`, `1.weight`, ...
public final class Sequential: UnaryLayer {
    /// The layers in their order.
    public let layers: [any UnaryLayer]

    /// Layers applied in the order given.
    public init(_ layers: [any UnaryLayer]) {
        self.layers = layers
    }

    /// Layers applied in the order given.
    public convenience init(_ layers: any UnaryLayer...) {
        self.init(layers)
    }

    /// The layers by number.
    public var submodules: [(name: String, module: any Module)] {
        layers.enumerated().map { ("\($0.offset)", $0.element) }
    }

    /// Applies all layers to x.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try layers.reduce(x) { try $1($0, context) }
    }
}

/// A linear layer `activation(x W^T + b)`, PyTorch's `nn.Linear`: x `[.., I]` to `[.., O]`.
public final class Linear: UnaryLayer {
    /// `weight [O, I]`, uniform within `1 / sqrt(I)` at first.
    public let weight: Parameter
    /// `bias [O]`, uniform within `1 / sqrt(I)` at first, or `nil`.
    public let bias: Parameter?
    /// Applied to the result inside the product.
    public let activation: MatmulActivation

    /// What is wrong with the sizes, if anything.
    public let problems: [String]

    /// A layer from `inputs` to `outputs` features.
    ///
    /// `initializer` replaces PyTorch's default for weight and bias; one that needs a matrix (`orthogonal`, say) that for the
    /// weight alone; `biasInitializer` that for the bias.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true,
        activation: MatmulActivation = .identity, initializer: Initializer? = nil,
        biasInitializer: Initializer? = nil
    ) {
        var settings = LayerSettings()
        let inputs = settings.size(inputs, "inputs")
        let outputs = settings.size(outputs, "outputs")
        problems = settings.problems
        let initial = initializer ?? .inverseSquareRoot(of: inputs)
        let biasInitial =
            biasInitializer ?? (initial.needsMatrix ? .inverseSquareRoot(of: inputs) : initial)
        weight = Parameter([outputs, inputs], initial)
        self.bias = bias ? Parameter([outputs], biasInitial) : nil
        self.activation = activation
    }

    /// `weight` and, when there is one, `bias`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight)] + (bias.map { [("bias", $0)] } ?? [])
    }

    /// Applies the layer to x `[.., I]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.linear(
            weight: context.tensor(weight), bias: bias.map { try context.tensor($0) },
            activation: activation)
    }
}

/// The gated feed-forward part of a transformer block: `w2(silu(w1 x) * w3 x)`, all three without bias.
///
/// Names are those of Llama's own code; Hugging Face calls `w1` `gate_proj`, `w3` `up_proj` and `w2` `down_proj`.
/// (Shazeer 2020.)
public final class SwiGLU: UnaryLayer {
    /// The gate, `weight [hidden, features]`.
    public let w1: Linear
    /// The way back, `weight [features, hidden]`.
    public let w2: Linear
    /// What the gate lets through, `weight [hidden, features]`.
    public let w3: Linear

    /// From `features` to `hidden` features and back; Llama takes two thirds of four times the features.
    ///
    /// `initializer` replaces PyTorch's default for `w1` and `w3`, `outputInitializer` that for `w2`.
    public init(
        _ features: Int, hidden: Int, initializer: Initializer? = nil,
        outputInitializer: Initializer? = nil
    ) {
        w1 = Linear(features, hidden, bias: false, initializer: initializer)
        w2 = Linear(hidden, features, bias: false, initializer: outputInitializer)
        w3 = Linear(features, hidden, bias: false, initializer: initializer)
    }

    /// `w1`, `w2` and `w3`.
    public var submodules: [(name: String, module: any Module)] {
        [("w1", w1), ("w2", w2), ("w3", w3)]
    }

    /// Applies the layer to x `[.., features]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try w2(w1(x, context).silu() * w3(x, context), context)
    }
}

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

/// A function of every element as a layer, PyTorch's `nn.GELU`, `nn.Tanh` and the like.
public final class Activation: UnaryLayer {
    /// The function.
    public let operation: UnaryOperation

    /// A layer that applies `operation`.
    public init(_ operation: UnaryOperation) {
        self.operation = operation
    }

    /// Applies the function to every element of x.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.unary(operation)
    }
}

/// Zeroes elements at random in training and scales the others by `1 / (1 - probability)`; the identity in evaluation.
public final class Dropout: UnaryLayer {
    /// Probability of zeroing an element, in `[0, 1)`.
    public let probability: Float

    /// What is wrong with the probability, if anything.
    public let problems: [String]

    /// Dropout with the given probability.
    public init(_ probability: Float) {
        var settings = LayerSettings()
        settings.dropout(probability)
        self.probability = probability
        problems = settings.problems
    }

    /// Applies the next mask of the pass; throws when the probability is not in `[0, 1)`, in evaluation too.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        if let problem = problems.first {
            throw TensorError.invalidArgument(operation: "Dropout", detail: problem)
        }
        guard context.isTraining, probability != 0 else { return x }
        return try x.dropout(probability: probability, stream: context.nextDropoutStream())
    }
}

/// Layer normalisation over the last axis, PyTorch's `nn.LayerNorm`.
public final class LayerNorm: UnaryLayer {
    /// Scale `weight [C]`, ones at first.
    public let weight: Parameter
    /// Offset `bias [C]`, zeros at first.
    public let bias: Parameter
    /// Added to the variance inside the root.
    public let epsilon: Float

    /// What is wrong with the settings, if anything.
    public let problems: [String]

    /// Normalises rows of `features` elements.
    public init(_ features: Int, epsilon: Float = 1e-5) {
        var settings = LayerSettings()
        let features = settings.size(features, "features")
        settings.epsilon(epsilon)
        problems = settings.problems
        weight = Parameter([features], .constant(1))
        bias = Parameter([features], .constant(0))
        self.epsilon = epsilon
    }

    /// `weight` and `bias`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("weight", weight), ("bias", bias)]
    }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        try x.layerNorm(
            gamma: context.tensor(weight), beta: context.tensor(bias), epsilon: epsilon)
    }
}

/// Normalisation by the root of the mean square over the last axis, PyTorch's `nn.RMSNorm`:
/// `weight * x / sqrt(mean(x^2) + epsilon)`.
///
/// (Zhang and Sennrich 2019.)
public final class RMSNorm: UnaryLayer {
    /// Scale `weight [C]`, ones at first, or `nil`.
    public let weight: Parameter?
    /// Added to the mean square inside the root.
    public let epsilon: Float
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    private let ones: Buffer

    /// Normalises rows of `features` elements.
    ///
    /// The default of `epsilon` is that of Llama; PyTorch's own is the smallest number that changes 1. Without a scale,
    /// PyTorch's `elementwise_affine=False`, it has no parameters.
    public init(_ features: Int, epsilon: Float = 1e-5, isScaled: Bool = true) {
        var settings = LayerSettings()
        let features = settings.size(features, "features")
        settings.epsilon(epsilon)
        problems = settings.problems
        weight = isScaled ? Parameter([features], .constant(1)) : nil
        ones = Buffer([features], .constant(1), isStored: false)
        self.epsilon = epsilon
    }

    /// `weight`, when there is one.
    public var parameters: [(name: String, parameter: Parameter)] {
        weight.map { [("weight", $0)] } ?? []
    }

    /// The ones in place of a scale.
    public var buffers: [(name: String, buffer: Buffer)] {
        weight == nil ? [("ones", ones)] : []
    }

    /// Applies the layer to x `[.., C]`.
    public func callAsFunction(_ x: Tensor, _ context: ForwardContext) throws -> Tensor {
        let gamma = try weight.map { try context.tensor($0) } ?? context.tensor(ones)
        return try x.rmsNorm(gamma: gamma, epsilon: epsilon)
    }
}

/// Checks what a layer is made with: layers are made without `try`, so what is wrong is kept until an arena asks.
struct LayerSettings {
    private(set) var problems: [String] = []

    /// The largest size of an axis: products of two sizes and a small factor stay far from overflowing.
    static let largestSize = 1 << 28

    /// A size of at least `minimum`, or `minimum` in the place of an impossible one.
    mutating func size(_ value: Int, _ name: String, atLeast minimum: Int = 1) -> Int {
        let bound = value < minimum ? "least \(minimum)" : "most \(Self.largestSize)"
        let isPossible = (minimum...Self.largestSize).contains(value)
        require(isPossible, "\(name) is \(value), expected at \(bound)")
        return isPossible ? value : minimum
    }

    /// Takes note of a probability of dropout outside `[0, 1)`.
    mutating func dropout(_ probability: Float) {
        require(
            (0..<1).contains(probability),
            "dropout is \(probability), expected a probability in [0, 1)")
    }

    /// Takes note of a number that is added to something positive and is not above 0.
    mutating func epsilon(_ value: Float) {
        require(
            value.isFinite && value > 0, "epsilon is \(value), expected a finite number above 0")
    }

    mutating func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { problems.append(problem()) }
    }
}
