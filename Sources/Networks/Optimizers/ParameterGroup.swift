import TandemBasics
import TandemDevices

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup: Sendable, Hashable {
    /// Full name of the module or parameter that the group holds; the first group that fits counts.
    ///
    /// Empty fits all; `blocks.0` fits `blocks.0.gru.weight_ih_l0`, `blocks` does not fit `blocks2.bias`.
    public var path: String
    /// What reports call the group: its path unless it was given a name, `all` without both.
    public var name: String
    /// Step size before the schedule's factor.
    public var learningRate: Double
    /// Decay factor of the weights.
    public var weightDecay: Double
    /// Full names of the parameters at the path that the group holds; all of them when `nil`.
    package var members: Set<String>?

    /// The parameters of the module (or the parameter) at `path`.
    public init(
        path: String = "", name: String? = nil, learningRate: Double, weightDecay: Double = 0
    ) {
        self.path = path
        self.name = name ?? (path.isEmpty ? "all" : path)
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }

    /// Whether the parameter called `name` belongs to the group, if no earlier one holds it.
    package func holds(_ name: String) -> Bool {
        (path.isEmpty || name == path || name.hasPrefix(path + "."))
            && members?.contains(name) ?? true
    }

    /// The number of the group that each parameter of `arena` belongs to: the first that holds it.
    ///
    /// Throws when a parameter fits none, a group gets none, two groups have one name, or a rate is negative or not finite.
    static func assign(_ arena: ParameterArena, to groups: [ParameterGroup]) throws -> [Int] {
        var names = Set<String>()
        for group in groups {
            guard names.insert(group.name).inserted else {
                throw invalid("two groups are called '\(group.name)'; give one another name")
            }
            for (name, value) in [
                ("learning rate", group.learningRate), ("weight decay", group.weightDecay),
            ] where !value.isFinite || value < 0 {
                throw invalid(
                    "the \(name) \(value) of the group '\(group.name)' is not a finite number of "
                        + "at least 0")
            }
        }
        let assigned = try arena.entries.map { entry in
            guard let group = groups.firstIndex(where: { $0.holds(entry.name) }) else {
                throw invalid(
                    "parameter '\(entry.name)' is in no group; end the list with a group of path ''"
                )
            }
            return group
        }
        for (index, group) in groups.enumerated() where !assigned.contains(index) {
            throw invalid(reason(group, arena))
        }
        return assigned
    }

    /// Why a group is empty.
    private static func reason(_ group: ParameterGroup, _ arena: ParameterArena) -> String {
        if arena.entries.contains(where: { group.holds($0.name) }) {
            return "no parameter is left for the group '\(group.name)': earlier groups took all of "
                + "'\(group.path)'; put the narrower path first"
        }
        var paths: [String] = []
        var known = Set<String>()
        for entry in arena.entries {
            let parts = entry.name.split(separator: ".")
            for length in 1...max(1, parts.count) {
                let path = parts.prefix(length).joined(separator: ".")
                if known.insert(path).inserted { paths.append(path) }
            }
        }
        return "no parameter is left for the group '\(group.name)': no module or parameter has the "
            + "path '\(group.path)'." + NearestName.question(for: group.path, among: paths)
    }

    private static func invalid(_ detail: String) -> NetworkError {
        .invalidArgument(where: "optimiser", detail: detail)
    }
}

/// The segments of an arena that belong to parameter groups, neighbours of one group merged.
struct GroupSegments {
    /// The segments with the learning rates of the last call of `setFactor`, at first those of the groups.
    private(set) var segments: [ParameterSegment]

    private let groups: [ParameterGroup]
    /// The group of every segment.
    private let segmentGroups: [Int]
    /// Group and place of every parameter, with the padding that follows it.
    private let places: [(group: Int, start: Int, count: Int)]

    /// Assigns every parameter to the first group whose path fits; throws what `ParameterGroup.assign` does.
    init(_ arena: ParameterArena, _ groups: [ParameterGroup]) throws {
        self.groups = groups
        let assigned = try ParameterGroup.assign(arena, to: groups)
        places = arena.entries.enumerated().map { position, entry in
            let isLast = position + 1 == arena.entries.count
            let end = isLast ? arena.values.count : arena.entries[position + 1].start
            return (assigned[position], entry.start, end - entry.start)
        }
        segmentGroups = Self.merge(places).map(\.group)
        segments = []
        segments = segments(of: Array(places.indices), factor: 1)
    }

    /// Sets every learning rate to `factor` times its group's, in place.
    mutating func setFactor(_ factor: Double) {
        for index in segments.indices {
            segments[index].learningRate = Float(
                groups[segmentGroups[index]].learningRate * factor)
        }
    }

    /// The segments of the parameters with the given numbers, in ascending order, at `factor` times their groups' rates.
    func segments(of numbers: [Int], factor: Double) -> [ParameterSegment] {
        Self.merge(numbers.map { places[$0] }).map { run in
            ParameterSegment(
                start: run.start, count: run.count,
                learningRate: Float(groups[run.group].learningRate * factor),
                weightDecay: Float(groups[run.group].weightDecay))
        }
    }

    /// The places of the parameters of group `group`, neighbours merged.
    func ranges(of group: Int) -> [(start: Int, count: Int)] {
        Self.merge(places.filter { $0.group == group }).map { ($0.start, $0.count) }
    }

    private static func merge(_ places: [(group: Int, start: Int, count: Int)])
        -> [(group: Int, start: Int, count: Int)]
    {
        var runs: [(group: Int, start: Int, count: Int)] = []
        for place in places {
            if let last = runs.last, last.group == place.group,
                last.start + last.count == place.start
            {
                runs[runs.count - 1].count += place.count
            } else {
                runs.append(place)
            }
        }
        return runs
    }
}
