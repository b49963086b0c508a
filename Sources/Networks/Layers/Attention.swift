import TandemDevices
public import TandemTensors
import Glibc

/// Which keys a query may attend to.
public enum AttentionMask {
    /// All.
    case none
    /// Those at its own step and before; queries and keys have the same number of steps.
    case causal
    /// Numbers added to the scores: `[Tq, Tk]`, or anything that broadcasts to `[B, heads, Tq, Tk]`.
    case additive(Tensor)
    /// 1 where a query may attend to a key and 0 where it may not; shapes as for `additive`.
    ///
    /// A query without any key attends to all alike, where PyTorch gives NaN.
    case allowed(Tensor)
}

/// Attention of several heads, PyTorch's `nn.MultiheadAttention` with `batch_first`: `[B, Tq, E]` to `[B, Tq, E]`.
///
/// Each head compares queries and keys of `E / heads` features: `softmax(q k^T / sqrt(E / heads) + mask) v`. In training the
/// probabilities pass through dropout. (Vaswani et al. 2017.)
public final class MultiHeadAttention: Module {
    /// Rows for queries, keys and values, `in_proj_weight [3E, E]`, Xavier-uniform at first.
    public let inputWeight: Parameter
    /// `in_proj_bias [3E]`, zeros at first, or `nil`.
    public let inputBias: Parameter?
    /// `out_proj`, from the joined heads to the result.
    public let output: Linear
    /// Rotations of queries and keys by their positions, if any.
    public let positions: RotaryPositions?
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    private let features: Int
    private let heads: Int
    private let dropout: Dropout

    /// Attention over `features` features, a multiple of the number of `heads`.
    ///
    /// `positions` are made for heads of `features / heads` features; PyTorch's layer has none. `initializer` replaces
    /// PyTorch's default for all weights.
    public init(
        _ features: Int, heads: Int, dropout: Float = 0, bias: Bool = true,
        positions: RotaryPositions? = nil, initializer: Initializer? = nil
    ) {
        var settings = LayerSettings()
        let size = settings.size(features, "features")
        let number = settings.size(heads, "heads")
        settings.dropout(dropout)
        settings.require(
            size % number == 0, "features is \(features), expected a multiple of \(heads) heads")
        problems = settings.problems
        self.features = size
        self.heads = number
        self.dropout = Dropout(dropout)
        self.positions = positions
        inputWeight = Parameter([3 * size, size], initializer ?? .xavierUniform())
        inputBias = bias ? Parameter([3 * size], .constant(0)) : nil
        output = Linear(
            size, size, bias: bias, initializer: initializer, biasInitializer: .constant(0))
    }

    /// `in_proj_weight` and, when there is one, `in_proj_bias`.
    public var parameters: [(name: String, parameter: Parameter)] {
        [("in_proj_weight", inputWeight)] + (inputBias.map { [("in_proj_bias", $0)] } ?? [])
    }

    /// `out_proj`, and the positions, which have no parameters.
    public var submodules: [(name: String, module: any Module)] {
        [("out_proj", output)] + (positions.map { [("positions", $0)] } ?? [])
    }

    /// Attention of the queries `[B, Tq, E]` to keys and values `[B, Tk, E]`.
    ///
    /// Without `keys` the queries attend to themselves; without `values` the keys are the values too. With positions the
    /// queries stand at `firstPosition` and the steps after it, the keys at 0 and after unless they are the queries.
    public func callAsFunction(
        _ queries: Tensor, keys: Tensor? = nil, values: Tensor? = nil, mask: AttentionMask = .none,
        firstPosition: Int = 0, _ context: ForwardContext
    ) throws -> Tensor {
        try check(queries, keys, values)
        let keyInputs = keys ?? queries
        var q = try project(queries, block: 0, context)
        var k = try project(keyInputs, block: 1, context)
        let v = try project(values ?? keyInputs, block: 2, context)
        if let positions {
            q = try turn(q, positions, first: firstPosition, context)
            k = try turn(k, positions, first: keys == nil ? firstPosition : 0, context)
        }
        let attended = try attend(q, k, v, mask, context)
        return try output(attended, context)
    }

    private func check(_ queries: Tensor, _ keys: Tensor?, _ values: Tensor?) throws {
        let sizes = queries.shape.dimensions
        let others = [keys, values].compactMap { $0?.shape.dimensions }
        let fits = ([sizes] + others).allSatisfy {
            $0.count == 3 && $0[2] == features && $0[0] == sizes[0]
        }
        guard fits,
            (keys ?? queries).shape.dimensions[1] == (values ?? keys ?? queries).shape.dimensions[1]
        else {
            throw TensorError.shapeMismatch(
                operation: "MultiHeadAttention",
                shapes: [queries.shape] + [keys, values].compactMap { $0?.shape },
                advice: "expected queries [B, Tq, \(features)] and keys and values "
                    + "[B, Tk, \(features)] of the same steps")
        }
    }

    /// x `[B, T, E]` through one of the three row blocks of the input weight.
    ///
    /// Three products instead of one: their results and the blocks of the weight lie where they are needed, so that nothing
    /// is copied in either direction.
    private func project(_ x: Tensor, block: Int, _ context: ForwardContext) throws -> Tensor {
        let rows = block * features..<(block + 1) * features
        return try x.linear(
            weight: context.tensor(inputWeight).slice(axis: 0, rows),
            bias: inputBias.map { try context.tensor($0).slice(axis: 0, rows) })
    }

    private func turn(
        _ x: Tensor, _ positions: RotaryPositions, first: Int, _ context: ForwardContext
    ) throws -> Tensor {
        try positions(split(x), first: first, context).reshaped(x.shape)
    }

    /// The features by heads: `[B, T, heads, E / heads]`.
    private func split(_ x: Tensor) throws -> Tensor {
        let sizes = x.shape.dimensions
        return try x.reshaped([sizes[0], sizes[1], heads, features / heads])
    }

    /// Attention of all heads, `[B, Tq, E]`: one operation of the device, unless the probabilities pass through dropout.
    private func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: AttentionMask, _ context: ForwardContext
    ) throws -> Tensor {
        var isCausal = false
        var numbers: Tensor?
        switch mask {
        case .none: break
        case .causal:
            guard q.shape == k.shape else {
                throw TensorError.shapeMismatch(
                    operation: "MultiHeadAttention", shapes: [q.shape, k.shape],
                    advice: "a causal mask needs as many keys as queries")
            }
            isCausal = true
        case .additive(let mask): numbers = mask
        case .allowed(let flags):
            numbers = try flags.detached.affine(scale: 1e30, offset: -1e30)
        }
        let drops = context.isTraining && dropout.probability > 0
        guard drops || numbers?.isRecorded == true else {
            return try q.attention(
                key: k, value: v, heads: heads, mask: numbers, isCausal: isCausal)
        }
        if isCausal { numbers = try causalMask(q.shape.dimensions[1], on: q) }
        let scale = 1 / Float(features / heads).squareRoot()
        var scores = try (split(q) * scale).transposed(1, 2)
            .matmul(split(k).transposed(1, 2), transposeRight: true)
        if let numbers { scores = try scores + numbers }
        let probabilities = try dropout(scores.softmax(), context)
        return try probabilities.matmul(split(v).transposed(1, 2)).transposed(1, 2)
            .reshaped(q.shape)
    }

    /// A mask `[T, T]` that takes later keys out, made anew on the device, so that every step issues the same operations.
    private func causalMask(_ steps: Int, on x: Tensor) throws -> Tensor {
        let device = x.device
        guard steps > 1 else { return try Tensor(repeating: 0, shape: [steps, steps], on: device) }
        // In rows of T + 1 elements the diagonal is the first column, and what a row hides are the elements behind it whose
        // row and column add up to less than T.
        let line = try device.allocate(2 * steps).slice
        try device.fill(line.part(from: 0, count: steps), value: -1e30)
        try device.fill(line.part(from: steps, count: steps), value: 0)
        let rows = try device.allocate(steps * (steps + 1)).slice
        try device.copyStrided(
            input: line, output: rows, StridedShape([steps, steps + 1], strides: [[1, 1]]))
        try device.copy(
            Region(line, start: steps, rowStride: 1), to: Region(rows, rowStride: steps + 1),
            rows: steps, columns: 1, accumulate: false)
        return try Tensor(
            shape: [steps, steps], slice: rows.part(from: 0, count: steps * steps))
    }
}

/// Positions as rotations of pairs of features, so that products of queries and keys depend on distances alone.
///
/// Pair `i` of `D` features at position `t` is turned by the angle `t * base^(-2 i / D)`. It has no parameters; its tables are
/// buffers that are not stored. (Su et al. 2021.)
public final class RotaryPositions: Module {
    /// Which features form a pair.
    public enum Convention: Sendable, Hashable {
        /// Feature `i` and feature `i + D / 2`: Hugging Face's `rotate_half`, the usual form of Llama's weights.
        case halves
        /// Neighbours `2 i` and `2 i + 1`: the paper's form, complex numbers in Meta's own Llama code.
        case pairs
    }

    /// Which features form a pair.
    public let convention: Convention
    /// What is wrong with the settings, if anything.
    public let problems: [String]

    private let features: Int
    private let maximumSteps: Int
    /// Cosines and sines `[maximumSteps, D]` in the order of the features, the sine below 0 where a pair's first stands.
    private let cosines: Buffer
    private let sines: Buffer

    /// Tables for positions `0 ..< maximumSteps` of heads of `features` features, an even number.
    public init(
        features: Int, maximumSteps: Int, base: Double = 10_000, convention: Convention = .halves
    ) {
        var settings = LayerSettings()
        let half = settings.size(features, "features", atLeast: 2) / 2
        let steps = settings.size(maximumSteps, "maximumSteps")
        settings.require(features % 2 == 0, "features is \(features), expected an even number")
        settings.require(
            base.isFinite && base > 0, "base is \(base), expected a finite number above 0")
        problems = settings.problems
        self.features = 2 * half
        self.maximumSteps = steps
        self.convention = convention
        let isPossible = settings.problems.isEmpty
        func table(_ value: (_ angle: Double, _ isFirst: Bool) -> Double) -> Buffer {
            guard isPossible else { return Buffer([1]) }
            let values = (0..<steps * 2 * half).map { place in
                let (step, feature) = place.quotientAndRemainder(dividingBy: 2 * half)
                let pair = convention == .halves ? feature % half : feature / 2
                let isFirst = convention == .halves ? feature < half : feature % 2 == 0
                let angle = Double(step) * pow(base, -Double(pair) / Double(half))
                return Float(value(angle, isFirst))
            }
            return Buffer([steps, 2 * half], .values(values), isStored: false)
        }
        cosines = table { angle, _ in cos(angle) }
        sines = table { angle, isFirst in isFirst ? -sin(angle) : sin(angle) }
    }

    /// The tables.
    public var buffers: [(name: String, buffer: Buffer)] {
        [("cosines", cosines), ("sines", sines)]
    }

    /// Turns x `[B, T, heads, D]`, whose steps stand at the positions `first ..< first + T`.
    ///
    /// Throws when the shape does not fit or a position is beyond the tables.
    public func callAsFunction(_ x: Tensor, first: Int = 0, _ context: ForwardContext) throws
        -> Tensor
    {
        let sizes = x.shape.dimensions
        guard sizes.count == 4, sizes[3] == features else {
            throw TensorError.shapeMismatch(
                operation: "RotaryPositions", shapes: [x.shape],
                advice: "expected [B, T, heads, \(features)]")
        }
        guard first >= 0, first <= maximumSteps - sizes[1] else {
            throw NetworkError.invalidArgument(
                where: "RotaryPositions",
                detail: "\(sizes[1]) steps from position \(first) on for tables of \(maximumSteps) "
                    + "positions; make them with a larger maximumSteps")
        }
        func rows(_ buffer: Buffer) throws -> Tensor {
            try context.tensor(buffer).slice(axis: 0, first..<first + sizes[1])
                .reshaped([sizes[1], 1, features])
        }
        let isHalves = convention == .halves
        let pairs = Shape(
            sizes.dropLast() + (isHalves ? [2, features / 2] : [features / 2, 2]))
        let partners = try x.reshaped(pairs).flipped(axis: isHalves ? 3 : 4).reshaped(x.shape)
        return try x * rows(cosines) + partners * rows(sines)
    }
}
