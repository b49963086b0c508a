/// An activation applied to the result of a matmul before it is stored.
public enum MatmulActivation: Int32, Sendable, CaseIterable {
    /// The result itself.
    case identity = 0
    /// `max(x, 0)`
    case relu = 1
    /// `1 / (1 + e^-x)`
    case sigmoid = 2
    /// Hyperbolic tangent.
    case tanh = 3
    /// Exact GELU.
    case gelu = 4

    /// The element-wise operation that computes the same function, or `nil` for the identity.
    public var unaryOperation: UnaryOperation? {
        switch self {
        case .identity: nil
        case .relu: .relu
        case .sigmoid: .sigmoid
        case .tanh: .tanh
        case .gelu: .gelu
        }
    }
}

/// Sizes and options of a matrix product `[M, K] x [K, N] -> [M, N]`.
public struct MatmulParameters: Sendable, Equatable {
    /// Rows of the result.
    public var m: Int
    /// Columns of the result.
    public var n: Int
    /// Inner dimension; 0 gives `beta * C` plus the epilogue.
    public var k: Int
    /// The left operand is stored as `[K, M]`.
    public var transposeLeft: Bool
    /// The right operand is stored as `[N, K]`.
    public var transposeRight: Bool
    /// Number of independent products; operands and result hold `batch` matrices one after the other.
    public var batch: Int
    /// Factor of the product.
    public var alpha: Float
    /// Factor of the old contents of the result; with 0 they are never read (they may be NaN).
    public var beta: Float
    /// Applied last.
    public var activation: MatmulActivation

    /// A product of the given sizes; by default one plain product that overwrites its result.
    public init(
        m: Int, n: Int, k: Int, transposeLeft: Bool = false, transposeRight: Bool = false,
        batch: Int = 1, alpha: Float = 1, beta: Float = 0, activation: MatmulActivation = .identity
    ) {
        self.m = m
        self.n = n
        self.k = k
        self.transposeLeft = transposeLeft
        self.transposeRight = transposeRight
        self.batch = batch
        self.alpha = alpha
        self.beta = beta
        self.activation = activation
    }
}

extension DeviceOperation {
    /// The operands of `Device.matmul`.
    public struct Matmul: OperationPayload {
        package var left, right: BufferSlice
        package var bias: BufferSlice?
        package var output: BufferSlice
        package var parameters: MatmulParameters

        package var floatingPointOperations: Int {
            2 * parameters.batch * parameters.m * parameters.n * parameters.k
        }

        package func run(on device: some Device) throws(DeviceError) { try device.run(self) }

        package mutating func check(_ operands: Operands) throws(DeviceError) {
            let p = parameters
            try operands.take(&left, "left", try operands.elements(p.batch, p.m, p.k))
            try operands.take(&right, "right", try operands.elements(p.batch, p.k, p.n))
            try operands.take(&bias, "bias", p.n)
            try operands.take(&output, "output", try operands.elements(p.batch, p.m, p.n))
        }
    }
}

/// Matrix products.
///
/// Primitive: every device implements it.
extension Device {
    /// `output = activation(alpha * op(left) op(right) + beta * output + bias)`.
    ///
    /// left `[batch, M, K]` (`[batch, K, M]` if transposed), right `[batch, K, N]` (`[batch, N, K]` if transposed),
    /// bias `[N]` shared by all rows and batches, output `[batch, M, N]`. The output overlaps no input.
    public func matmul(
        left: BufferSlice, right: BufferSlice, bias: BufferSlice?, output: BufferSlice,
        _ parameters: MatmulParameters
    ) throws(DeviceError) {
        try issue(
            DeviceOperation.Matmul(
                left: left, right: right, bias: bias, output: output, parameters: parameters))
    }
}
