public import TandemDevices

/// A rule that changes the parameters of an arena along their gradients.
public protocol Optimizer: AnyObject {
    /// Number of steps taken; part of the state that a checkpoint keeps.
    var stepCount: Int { get set }

    /// The buffers that a checkpoint keeps, by name, each as long as the arena.
    var state: [(name: String, slice: BufferSlice)] { get }

    /// One step: learning rates of all groups are multiplied by `factor`, gradients by the device scalar `gradientScale`.
    func step(factor: Double, gradientScale: BufferSlice?) throws
}

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup: Sendable, Hashable {
    /// Full name of the module or parameter that the group holds; the first group that fits counts.
    ///
    /// Empty fits all; `blocks.0` fits `blocks.0.gru.weight_ih_l0`, `blocks` does not fit `blocks2.bias`.
    public var path: String
    /// Step size before the schedule's factor.
    public var learningRate: Double
    /// Decay factor of the weights.
    public var weightDecay: Double

    /// The parameters of the module (or the parameter) at `path`.
    public init(path: String = "", learningRate: Double, weightDecay: Double = 0) {
        self.path = path
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    func holds(_ name: String) -> Bool {
        path.isEmpty || name == path || name.hasPrefix(path + ".")
    }
}

/// The segments of an arena that belong to parameter groups, neighbours of one group merged.
struct GroupSegments {
    /// The segments with the learning rates of the last call of `setFactor`, at first those of the groups.
    private(set) var segments: [ParameterSegment]

    private let learningRates: [Double]

    /// Assigns every parameter to the first group whose path fits.
    ///
    /// Throws when a parameter fits none, a group gets none, or a rate is negative or not finite.
    init(_ arena: ParameterArena, _ groups: [ParameterGroup]) throws {
        for group in groups {
            for (name, value) in [
                ("learning rate", group.learningRate), ("weight decay", group.weightDecay),
            ] where !value.isFinite || value < 0 {
                throw NetworkError.invalidArgument(
                    where: "optimiser",
                    detail: "the \(name) \(value) of the group '\(group.path)' is not a "
                        + "finite number of at least 0")
            }
        }
        var runs: [(start: Int, count: Int, group: Int)] = []
        for (position, entry) in arena.entries.enumerated() {
            guard let group = groups.firstIndex(where: { $0.holds(entry.name) }) else {
                throw NetworkError.invalidArgument(
                    where: "optimiser",
                    detail: "parameter '\(entry.name)' is in no group; "
                        + "end the list with a group of path ''")
            }
            let isLast = position + 1 == arena.entries.count
            let end = isLast ? arena.values.count : arena.entries[position + 1].start
            if let last = runs.last, last.group == group {
                runs[runs.count - 1].count = end - last.start
            } else {
                runs.append((entry.start, end - entry.start, group))
            }
        }
        for (index, group) in groups.enumerated() where !runs.contains(where: { $0.group == index })
        {
            throw NetworkError.invalidArgument(
                where: "optimiser",
                detail:
                    "no parameter is left for the group '\(group.path)': nothing has this "
                    + "path, or earlier groups took them all")
        }
        learningRates = runs.map { groups[$0.group].learningRate }
        segments = runs.map { run in
            ParameterSegment(
                start: run.start, count: run.count,
                learningRate: Float(groups[run.group].learningRate),
                weightDecay: Float(groups[run.group].weightDecay))
        }
    }

    /// Sets every learning rate to `factor` times its group's, in place.
    mutating func setFactor(_ factor: Double) {
        for index in segments.indices {
            segments[index].learningRate = Float(learningRates[index] * factor)
        }
    }
}
