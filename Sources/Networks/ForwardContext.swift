public import TandemBasics
public import TandemTensors

/// One forward pass through a model: whether it trains, the tape it is recorded on, and its random streams.
public final class ForwardContext {
    /// The tape of a training pass, `nil` in evaluation.
    package let tape: Tape?
    /// Whether dropout is active.
    public let isTraining: Bool

    let seed: UInt64
    let pass: Int
    var dropoutCalls = 0
    /// The variables handed out, each with its parameter, which thereby outlives its identifier here.
    private var variables: [ObjectIdentifier: (parameter: Parameter, variable: Tensor)] = [:]
    /// The buffers handed out, as they were then.
    private var buffers: [(buffer: Buffer, version: Int)] = []
    /// The arena of the first parameter.
    private var arena: ArenaState?
    /// What waits for the end of the backward pass.
    private var pending: [() throws -> Void] = []
    /// The pass that this one repeats a part of, which has the work done in its place.
    weak var repeated: ForwardContext?

    /// A pass without gradients and without dropout.
    public static func evaluation() -> ForwardContext {
        ForwardContext(tape: nil, isTraining: false, seed: 0, pass: 0)
    }

    /// Recorded pass number `pass` of a run: dropout masks are a pure function of `seed`, `pass` and the call's number.
    public static func training(seed: UInt64, pass: Int) -> ForwardContext {
        ForwardContext(tape: Tape(), isTraining: true, seed: seed, pass: pass)
    }

    /// A pass with any combination of recording and dropout.
    public init(tape: Tape?, isTraining: Bool, seed: UInt64, pass: Int) {
        self.tape = tape
        self.isTraining = isTraining
        self.seed = seed
        self.pass = pass
    }

    /// Whether gradients can be asked of this pass.
    public var isRecorded: Bool { tape != nil }

    /// The parameter's values; in a recorded pass a variable whose gradient is added to the parameter's.
    ///
    /// Throws when no arena holds the parameter, and in a recorded pass when its arena was replaced by a later one.
    public func tensor(_ parameter: Parameter) throws -> Tensor {
        if let known = variables[ObjectIdentifier(parameter)] { return known.variable }
        guard let memory = parameter.memory else {
            throw unbound(parameter.shape, parameter)
        }
        if arena == nil { arena = memory.arena }
        memory.arena.notePass(isRecorded: tape != nil)
        guard let tape else { return memory.value }
        try memory.arena.requireCurrent("training")
        let variable = try tape.variable(
            memory.value, addingGradientTo: memory.gradient, observer: memory.arena,
            number: memory.number)
        variables[ObjectIdentifier(parameter)] = (parameter, variable)
        return variable
    }

    /// The buffer's values, a constant for the backward pass.
    public func tensor(_ buffer: Buffer) throws -> Tensor {
        guard let memory = buffer.memory else {
            throw unbound(buffer.shape, buffer)
        }
        if tape != nil { buffers.append((buffer, buffer.version)) }
        return memory.value
    }

    /// In a recorded pass a variable whose gradient is kept, otherwise `value` itself.
    public func variable(_ value: Tensor) -> Tensor { tape?.variable(value) ?? value }

    /// The gradient that reached a variable of this pass in `backward`, or `nil` when none did.
    public func gradient(of variable: Tensor) throws -> Tensor? {
        try recorded("gradient").gradient(of: variable)
    }

    /// Adds the gradients of `scale * loss` to those of all parameters that the loss was computed from.
    ///
    /// Throws `NetworkError.notTraining` in an evaluation pass, and when a buffer that the pass read was replaced since; see
    /// `Tape.backward` for the rest.
    public func backward(from loss: Tensor, scale: Float = 1) throws {
        try recorded("backward").backward(from: loss, scale: scale)
        try finish()
    }

    /// Adds the gradients of the sum of `losses`, each times its scale; see `backward(from:scale:)`.
    public func backward(from losses: [Tensor], scales: [Float]) throws {
        try recorded("backward").backward(from: losses, scales: scales)
        try finish()
    }

    /// Propagates a given gradient of `output`, of the same shape; see `backward(from:scale:)`.
    public func backward(from output: Tensor, gradient: Tensor) throws {
        try recorded("backward").backward(from: output, gradient: gradient)
        try finish()
    }

    /// Keeps `work` for the end of this pass's backward pass: what a module changes of its buffers once no gradient depends
    /// on them any more.
    ///
    /// Only passes that train and are recorded keep it; all others drop it, so that evaluation changes nothing. The work
    /// issues device operations alone, reads values without their tape (`detached`), and is done in the order of the calls.
    public func afterBackward(_ work: @escaping () throws -> Void) {
        if isTraining, tape != nil { pending.append(work) }
    }

    private func finish() throws {
        let work = pending
        pending = []
        if let repeated {
            repeated.pending += work
        } else {
            for part in work { try part() }
        }
    }

    /// The stream for the next dropout call of this pass.
    public func nextDropoutStream() -> RandomStream {
        dropoutCalls += 1
        return RandomStreams.dropout(seed: seed, pass: pass, call: dropoutCalls - 1)
    }

    private func recorded(_ operation: String) throws -> Tape {
        guard let tape else { throw NetworkError.notTraining(operation: operation) }
        for (buffer, version) in buffers where buffer.version != version {
            throw NetworkError.invalidArgument(
                where: operation,
                detail:
                    "a buffer of shape \(buffer.shape) was replaced after the forward pass read "
                    + "it, so its gradients would be wrong; replace it after the backward pass")
        }
        return tape
    }

    /// The error for something without memory; when others of the pass have some, the model forgot to list it.
    private func unbound(_ shape: Shape, _ object: AnyObject) -> NetworkError {
        guard let model = arena?.model else { return .unboundParameter(shape: shape) }
        return .unlistedParameter(
            shape: shape, property: PropertySearch.path(in: model, to: object),
            model: "\(type(of: model))")
    }
}

/// The streams of random numbers of a run, kept apart by the top bits of their identifiers.
public enum RandomStreams {
    /// The stream for the initial values of parameter number `parameter`.
    public static func initialValues(seed: UInt64, parameter: Int) -> RandomStream {
        RandomStream(seed: seed, identifier: 1 << 62 | UInt64(parameter))
    }

    /// The stream of dropout call number `call` (below 2^24) in forward pass number `pass` (below 2^38) of a run.
    public static func dropout(seed: UInt64, pass: Int, call: Int) -> RandomStream {
        PassStream(seed: seed, call: call).stream(pass: pass)
    }
}

/// Finds an object among the stored properties of a model, to name it in an error.
enum PropertySearch {
    /// The path of properties from `root` to an object, or `nil` when no property leads there.
    static func path(in root: Any, to object: AnyObject) -> String? {
        var visited = Set<ObjectIdentifier>()
        return find(root, object, &visited)?.joined(separator: ".")
    }

    private static func find(
        _ value: Any, _ object: AnyObject, _ visited: inout Set<ObjectIdentifier>
    ) -> [String]? {
        if value as AnyObject === object { return [] }
        if let module = value as? any Module {
            guard visited.insert(ObjectIdentifier(module)).inserted else { return nil }
        }
        var mirror: Mirror? = Mirror(reflecting: value)
        while let current = mirror {
            guard isContainer(value, current) else { return nil }
            for (place, child) in current.children.enumerated() {
                guard let rest = find(child.value, object, &visited) else { continue }
                let name = current.displayStyle == .optional ? [] : [child.label ?? "\(place)"]
                return name + rest
            }
            mirror = current.superclassMirror
        }
        return nil
    }

    /// Modules and what they keep modules in; other objects and long arrays of numbers are not looked into.
    private static func isContainer(_ value: Any, _ mirror: Mirror) -> Bool {
        switch mirror.displayStyle {
        case .class: value is any Module
        case .collection: !(value is [Float] || value is [Int])
        case .optional, .tuple, .struct, .dictionary, .enum: true
        default: false
        }
    }
}
