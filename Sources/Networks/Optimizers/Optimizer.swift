public import TandemDevices

/// A rule that changes the parameters of an arena along their gradients.
public protocol Optimizer: AnyObject {
    /// Number of steps taken; part of the state that a checkpoint keeps.
    var stepCount: Int { get set }

    /// Steps of the parameters that did not take part in all `stepCount` steps, by name; part of a checkpoint's state.
    ///
    /// Set it after `stepCount`, which lets every parameter have taken part in all of them.
    var parameterSteps: [String: Int] { get set }

    /// The buffers that a checkpoint keeps, by name, each as long as the arena.
    var state: [(name: String, slice: BufferSlice)] { get }

    /// One step: learning rates of all groups are multiplied by `factor`, gradients by the device scalar `gradientScale`.
    ///
    /// Throws `NetworkError.replacedArena` when a later arena has taken over the model, and `NetworkError.notTraining` when
    /// the forward pass before it was one of evaluation.
    func step(factor: Double, gradientScale: BufferSlice?) throws
}

extension Optimizer {
    /// Every parameter takes part in every step.
    public var parameterSteps: [String: Int] {
        get { [:] }
        set {}
    }
}

/// Which parameters of an arena take part in a step, and how many steps each has taken part in.
struct StepParticipation {
    private let arena: ParameterArena
    private var counts: [Int]
    /// Whether all parameters have taken the same number of steps.
    private var isUniform = true

    /// Parameters that have taken no step.
    init(_ arena: ParameterArena) {
        self.arena = arena
        counts = [Int](repeating: 0, count: arena.entries.count)
    }

    /// All parameters have taken `count` steps.
    mutating func setAll(_ count: Int) {
        for number in counts.indices { counts[number] = count }
        isUniform = true
    }

    /// The steps of the parameters that have not taken `total`, by name.
    subscript(differingFrom total: Int) -> [String: Int] {
        get {
            var result: [String: Int] = [:]
            for (entry, count) in zip(arena.entries, counts) where count != total {
                result[entry.name] = count
            }
            return result
        }
        set {
            setAll(total)
            for (number, entry) in arena.entries.enumerated() {
                if let count = newValue[entry.name] { counts[number] = count }
            }
            isUniform = counts.allSatisfy { $0 == total }
        }
    }

    /// Counts a step of the parameters that a gradient reached and returns them, gathered by their number of steps.
    ///
    /// `nil` says that all parameters take part and have taken the same number: the step is one operation.
    mutating func advance() -> [(step: Int, numbers: [Int])]? {
        let reached = arena.reachedParameters
        guard !(isUniform && reached.isComplete) else {
            for number in counts.indices { counts[number] += 1 }
            return nil
        }
        var gathered: [Int: [Int]] = [:]
        for number in counts.indices where reached.contains(number) {
            counts[number] += 1
            gathered[counts[number], default: []].append(number)
        }
        isUniform = counts.allSatisfy { $0 == counts[0] }
        return gathered.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
