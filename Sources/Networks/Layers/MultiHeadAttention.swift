import TandemDevices
public import TandemTensors

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
    private var causalMasks: [Tensor] = []

    /// Attention over `features` features, a multiple of the number of `heads`.
    ///
    /// `positions` are made for heads of `features / heads` features; PyTorch's layer has none.
    public init(
        _ features: Int, heads: Int, dropout: Float = 0, bias: Bool = true,
        positions: RotaryPositions? = nil
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
        inputWeight = Parameter([3 * size, size], .xavierUniform())
        inputBias = bias ? Parameter([3 * size], .constant(0)) : nil
        output = Linear(size, size, bias: bias, biasInitializer: .constant(0))
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
        var (q, k, v): (Tensor, Tensor, Tensor)
        if keys == nil, values == nil {
            let all = try project(queries, blocks: 0..<3, context)
            (q, k, v) = (all[0], all[1], all[2])
        } else {
            let keys = keys ?? queries
            q = try project(queries, blocks: 0..<1, context)[0]
            if let values {
                k = try project(keys, blocks: 1..<2, context)[0]
                v = try project(values, blocks: 2..<3, context)[0]
            } else {
                let both = try project(keys, blocks: 1..<3, context)
                (k, v) = (both[0], both[1])
            }
        }
        if let positions {
            q = try positions(q, first: firstPosition, context)
            k = try positions(k, first: keys == nil ? firstPosition : 0, context)
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

    /// x `[B, T, E]` through some of the three row blocks of the input weight, each `[B, T, heads, E / heads]`.
    private func project(_ x: Tensor, blocks: Range<Int>, _ context: ForwardContext) throws
        -> [Tensor]
    {
        let rows = blocks.lowerBound * features..<blocks.upperBound * features
        let isWhole = blocks.count == 3
        func part(_ parameter: Parameter) throws -> Tensor {
            let whole = try context.tensor(parameter)
            return isWhole ? whole : try whole.slice(axis: 0, rows)
        }
        let sizes = x.shape.dimensions
        let projected = try x.linear(
            weight: part(inputWeight), bias: inputBias.map { try part($0) })
        // The blocks to the front, where slices are free.
        let split = try projected.reshaped([sizes[0] * sizes[1], blocks.count, features])
            .transposed(0, 1)
        return try (0..<blocks.count).map { block in
            try split.slice(axis: 0, block..<block + 1)
                .reshaped([sizes[0], sizes[1], heads, features / heads])
        }
    }

    /// Attention of all heads `[B, T, heads, D]`, joined to `[B, Tq, E]`.
    private func attend(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: AttentionMask, _ context: ForwardContext
    ) throws -> Tensor {
        let (queries, keys) = (q.shape.dimensions, k.shape.dimensions)
        let scale = 1 / Float(features / heads).squareRoot()
        var scores = try (q * scale).transposed(1, 2)
            .matmul(k.transposed(1, 2), transposeRight: true)
        switch mask {
        case .none: break
        case .causal:
            scores = try scores + causalMask(queries[1], keys[1], on: q)
        case .additive(let numbers):
            scores = try scores + numbers
        case .allowed(let flags):
            scores = try scores + flags.detached.affine(scale: 1e30, offset: -1e30)
        }
        let probabilities = try dropout(scores.softmax(), context)
        return try probabilities.matmul(v.transposed(1, 2)).transposed(1, 2)
            .reshaped([queries[0], queries[1], features])
    }

    /// A mask `[T, T]` that takes later keys out, made on the device, so that a recorded step may need it first.
    private func causalMask(_ queries: Int, _ keys: Int, on x: Tensor) throws -> Tensor {
        guard queries == keys else {
            throw NetworkError.invalidArgument(
                where: "MultiHeadAttention",
                detail: "a causal mask needs as many keys as queries, not \(keys) for \(queries)")
        }
        if let known = causalMasks.first(where: {
            $0.shape == [queries, keys] && $0.device === x.device
        }) {
            return known
        }
        let mask = try Tensor(repeating: 0, shape: [queries, keys], on: x.device)
        for row in 0..<max(0, queries - 1) {
            let later = try mask.slice.part(
                from: row * keys + row + 1, count: keys - row - 1)
            try x.device.fill(later, value: -1e30)
        }
        if causalMasks.count >= 8 { causalMasks.removeFirst() }
        causalMasks.append(mask)
        return mask
    }
}
