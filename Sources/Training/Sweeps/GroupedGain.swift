import TandemBasics

/// What a model gains over a reference on the same test examples, added up by groups of examples that belong together.
///
/// Windows of one document succeed and fail together: by chance such a group is drawn as a whole, so it counts as one.
public struct GroupedGain: Codable, Sendable, Equatable {
    /// What is gained over what, for example `hit@5 over moving average 0.6`.
    public var name: String
    /// The number of every group, which is the same in all folds and repetitions.
    public var groups: [Int]
    /// Examples of every group.
    public var counts: [Int]
    /// The sum of the gains over the examples of every group.
    public var sums: [Double]

    /// Gains by groups, of which there are as many numbers as counts and sums.
    public init(name: String, groups: [Int], counts: [Int], sums: [Double]) {
        self.name = name
        self.groups = groups
        self.counts = counts
        self.sums = sums
    }
}

/// The mean gain over all examples of all groups, with what it would be with other groups.
public struct GainEstimate: Codable, Sendable, Equatable {
    /// What is gained over what.
    public let name: String
    /// The mean over all examples.
    public let mean: Double
    /// The interval in which 95 percent of the means lie for as many groups drawn from these with replacement (percentile
    /// bootstrap, Efron 1979), groups keeping all their examples; `nil` for a single group.
    public let interval: ClosedRange<Double>?
    /// Number of groups.
    public let groups: Int

    /// How often groups are drawn.
    static let resamples = 10_000

    /// The estimate from the gains of folds and repetitions, which are added up group by group; `nil` when there are none.
    public init?(_ gains: [GroupedGain]) {
        guard let name = gains.first?.name else { return nil }
        var totals: [Int: (count: Double, sum: Double)] = [:]
        for gain in gains {
            for (place, group) in gain.groups.enumerated() {
                totals[group, default: (0, 0)].count += Double(gain.counts[place])
                totals[group, default: (0, 0)].sum += gain.sums[place]
            }
        }
        // In the order of the groups, so that the sums have the same bits in every process.
        let values = totals.sorted { $0.key < $1.key }.map(\.value)
        let count = values.reduce(0) { $0 + $1.count }
        guard count > 0 else { return nil }
        self.name = name
        groups = values.count
        mean = values.reduce(0) { $0 + $1.sum } / count
        interval = groups < 2 ? nil : Self.interval(values)
    }

    private static func interval(_ values: [(count: Double, sum: Double)]) -> ClosedRange<Double> {
        var random = Philox(RandomStream(seed: 0, identifier: 0x424F_4F54 << 32))
        let means = (0..<resamples).map { _ in
            var drawn = (count: 0.0, sum: 0.0)
            for _ in values {
                let value = values[Int(random.nextInteger(below: UInt32(values.count)))]
                drawn.count += value.count
                drawn.sum += value.sum
            }
            return drawn.count > 0 ? drawn.sum / drawn.count : 0
        }.sorted()
        let tail = resamples / 40
        return means[tail]...means[resamples - 1 - tail]
    }
}
