import TandemDevices

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
        let runs = Self.merge(places)
        segmentGroups = runs.map(\.group)
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
