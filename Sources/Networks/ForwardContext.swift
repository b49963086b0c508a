public import TandemBasics
public import TandemDevices
public import TandemTensors

/// One forward pass through a model: whether it trains, the tape it is recorded on, and its random streams.
public final class ForwardContext {
    /// The tape of a training pass, `nil` in evaluation.
    public let tape: Tape?
    /// Whether dropout is active.
    public let isTraining: Bool

    private let seed: UInt64
    private let pass: Int
    private var dropoutCalls = 0
    /// The variables handed out, each with its parameter, which thereby outlives its identifier here.
    private var variables: [ObjectIdentifier: (parameter: Parameter, variable: Tensor)] = [:]

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

    /// The parameter's values; in a recorded pass a variable whose gradient is added to the parameter's.
    public func tensor(_ parameter: Parameter) throws -> Tensor {
        guard let tape else { return try parameter.value }
        if let known = variables[ObjectIdentifier(parameter)] { return known.variable }
        let variable = try tape.variable(
            try parameter.value, addingGradientTo: try parameter.gradient)
        variables[ObjectIdentifier(parameter)] = (parameter, variable)
        return variable
    }

    /// The stream for the next dropout call of this pass.
    public func nextDropoutStream() -> RandomStream {
        dropoutCalls += 1
        return RandomStreams.dropout(seed: seed, pass: pass, call: dropoutCalls - 1)
    }
}
