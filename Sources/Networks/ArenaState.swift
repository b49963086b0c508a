import TandemTensors

/// What an arena and its parameters know in common: whether it is still theirs, and where gradients came.
final class ArenaState: GradientObserver {
    /// The model, for messages.
    weak var model: (any Module)?
    /// The name of a parameter or buffer that an arena made later took over.
    private(set) var lost: String?
    /// What the gradients have been through since they were last set to zero.
    var reach: GradientReach
    /// Whether averaged weights stand in the place of the trained ones.
    var holdsAverage = false
    /// Whether an evaluation pass read a parameter since the last step.
    private var wasEvaluated = false
    /// Whether a gradient ever reached a parameter.
    private var wasReached = false

    init(_ model: any Module, count: Int) {
        self.model = model
        reach = GradientReach(capacity: count)
    }

    /// Another arena gave the parameter or buffer `name` memory of its own.
    func lose(_ name: String) {
        if lost == nil { lost = name }
    }

    func gradientReached(_ number: Int) {
        reach.parameters.insert(number)
        wasReached = true
    }

    func notePass(isRecorded: Bool) {
        if !isRecorded { wasEvaluated = true }
    }

    /// Throws when the model no longer works with this arena's memory.
    func requireCurrent(_ operation: String) throws {
        if let lost { throw NetworkError.replacedArena(operation: operation, parameter: lost) }
    }

    /// Throws when a step of the optimiser `name` cannot train the model as it stands.
    func requireTrainable(_ name: String) throws {
        try requireCurrent(name)
        guard !holdsAverage else {
            throw NetworkError.invalidArgument(
                where: name,
                detail: "the model holds averaged weights; call swap() of the WeightAverage again "
                    + "before the next step")
        }
        guard !wasEvaluated || !reach.parameters.isEmpty || (wasReached && !reach.startsAnew) else {
            throw NetworkError.notTraining(operation: "\(name).step")
        }
        wasEvaluated = false
    }
}
