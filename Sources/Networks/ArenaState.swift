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

/// Parameters of an arena by their numbers, one bit each; changing one allocates nothing.
package struct ParameterSet: Sendable, Hashable {
    /// Number of parameters of the arena.
    package let capacity: Int
    private var words: [UInt64]

    init(capacity: Int) {
        self.capacity = capacity
        words = [UInt64](repeating: 0, count: (capacity + 63) / 64)
    }

    package func contains(_ number: Int) -> Bool { words[number >> 6] >> (number & 63) & 1 == 1 }

    package var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    package var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    package var isComplete: Bool { count == capacity }

    mutating func insert(_ number: Int) { words[number >> 6] |= 1 << (number & 63) }

    mutating func removeAll() {
        for place in words.indices { words[place] = 0 }
    }

    mutating func formUnion(_ other: ParameterSet) {
        for place in words.indices { words[place] |= other.words[place] }
    }
}

/// What a piece of training did to the gradients of an arena, as far as the host knows.
package struct GradientReach: Sendable, Hashable {
    /// Whether it set all gradients to zero before anything reached a parameter.
    package internal(set) var startsAnew = false
    /// The parameters that a gradient reached since.
    package internal(set) var parameters: ParameterSet

    init(capacity: Int) { parameters = ParameterSet(capacity: capacity) }

    mutating func startAnew() {
        startsAnew = true
        parameters.removeAll()
    }

    /// Lets `other` follow.
    mutating func append(_ other: GradientReach) {
        if other.startsAnew { startAnew() }
        parameters.formUnion(other.parameters)
    }
}
