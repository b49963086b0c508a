public import TandemDevices
public import TandemNetworks
public import TandemTensors

/// What makes an answer's vector of a question's.
public protocol DialogueCore: Module {
    /// Puts what the core needs besides its parameters on `device`, so that recorded steps need not.
    func prepare(on device: any Device) throws
    /// Gives initial values that depend on others, once an arena holds the core.
    func initialize() throws
    /// Predictions `[B, D]`, of any length, for vectors x `[B, D]` of unit length.
    func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor
}

extension DialogueCore {
    /// Nothing is needed.
    public func prepare(on device: any Device) throws {}
    /// No value depends on others.
    public func initialize() throws {}
}

/// Questions to answers as vectors: one core, or several whose predictions are averaged.
///
/// Every core begins as a copy of the question, so that all that is gained over the question itself was learned.
public final class DialogueModel: Module {
    /// The cores.
    public let members: [any DialogueCore]
    private let configuration: DialogueModelConfiguration
    private let features: Int

    /// A model for vectors of `features` coordinates.
    public init(features: Int, _ configuration: DialogueModelConfiguration) {
        self.features = features
        self.configuration = configuration
        // A block of impossible size is not made at all; the arena says what is wrong with it.
        let isPossible = Self.problems(features: features, configuration).isEmpty
        members = (0..<configuration.members).map { _ in
            isPossible ? Self.core(features: features, configuration) : ScaledCopy()
        }
    }

    private static func core(
        features: Int, _ configuration: DialogueModelConfiguration
    ) -> any DialogueCore {
        switch configuration.preset {
        case .mlp: ResidualPerceptron(features: features, hidden: configuration.hidden)
        case .conv3d: ConvolutionCore(configuration)
        case .scaledCopy: ScaledCopy()
        default: LatticeCore(features: features, configuration)
        }
    }

    /// The core's own modules, or `members.0` and so on where there are several cores.
    public var submodules: [(name: String, module: any Module)] {
        members.count == 1
            ? members[0].submodules : members.enumerated().map { ("members.\($0)", $1) }
    }

    /// The core's own parameters, where there is one.
    public var parameters: [(name: String, parameter: Parameter)] {
        members.count == 1 ? members[0].parameters : []
    }

    /// The core's own buffers, where there is one.
    public var buffers: [(name: String, buffer: Buffer)] {
        members.count == 1 ? members[0].buffers : []
    }

    /// A block of cells that the vectors do not fill.
    public var problems: [String] { Self.problems(features: features, configuration) }

    /// What is wrong with a model for vectors of `features` coordinates; empty when nothing is.
    static func problems(features: Int, _ configuration: DialogueModelConfiguration) -> [String] {
        let (preset, cells) = (configuration.preset, configuration.cells)
        guard preset != .mlp, preset != .scaledCopy else { return [] }
        let width = cells.reduce(configuration.cellWidth, *)
        guard width != features else { return [] }
        let sizes = cells.map { "\($0)" }.joined(separator: " x ")
        return [
            "model.cells \(sizes) with model.cellWidth \(configuration.cellWidth) take \(width) "
                + "coordinates, but the vectors have \(features); choose cells whose product "
                + "times the width is \(features)"
        ]
    }

    /// Puts what the cores need besides their parameters on `device`, so that recorded steps need not.
    public func prepare(on device: any Device) throws {
        for member in members { try member.prepare(on: device) }
    }

    /// Gives initial values that depend on others, once an arena holds the model and before training.
    public func initialize() throws {
        for member in members { try member.initialize() }
    }

    /// The predictions of every core, each `[B, D]`, of any length.
    public func predictions(_ x: Tensor, _ pass: ForwardContext) throws -> [Tensor] {
        try members.map { try $0(x, pass) }
    }

    /// Predictions of unit length `[B, D]` for questions x `[B, D]`: the mean of the cores' predictions of unit length.
    public func callAsFunction(_ x: Tensor, _ pass: ForwardContext) throws -> Tensor {
        let each = try predictions(x, pass).map { try $0.l2Normalized(epsilon: 1e-8) }
        guard each.count > 1 else { return each[0] }
        return try each.dropFirst().reduce(each[0]) { try $0 + $1 }.l2Normalized(epsilon: 1e-8)
    }
}
