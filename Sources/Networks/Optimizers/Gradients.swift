public import TandemDevices

/// Scales gradients so that their global L2 norm is at most a bound, without waiting for the device.
public final class GradientClipping {
    private let arena: ParameterArena
    private let result: DeviceBuffer
    private let maximumNorm: Float

    /// Clips the gradients of `arena` to `maximumNorm`, which is above 0; infinity only measures the norm.
    public init(_ arena: ParameterArena, maximumNorm: Double) throws {
        guard maximumNorm > 0 else {
            throw NetworkError.invalidArgument(
                where: "clipping", detail: "the largest norm \(maximumNorm) is not above 0")
        }
        self.arena = arena
        self.maximumNorm = Float(maximumNorm)
        result = try arena.device.allocate(2)
        try arena.device.fill(result.slice, value: 0)
    }

    /// Measures the norm now and returns the device scalar `min(1, maximumNorm / (norm + 1e-6))` for the optimiser.
    public func scale() throws -> BufferSlice {
        try arena.device.clipScale(
            arena.gradients, maximumNorm: maximumNorm, output: result.slice)
        return try result.slice.part(from: 1, count: 1)
    }

    /// Waits for the device and returns the norm that the last call of `scale` measured, before clipping.
    ///
    /// A norm that is not finite means that the step must not be taken: its scale is 0 or NaN.
    public func norm() throws -> Float {
        try arena.device.download(result.slice.part(from: 0, count: 1))[0]
    }
}

/// The gradients of one parameter group, as a `GradientMonitor` saw them.
public struct GroupGradients: Sendable, Hashable {
    /// The group's name.
    public var name: String
    /// L2 norm of the group's gradient when it was measured last, before clipping.
    public var norm: Float
    /// Root of the sum of the squared norms of all measurements since `reset`: 0 when every gradient was zero.
    public var totalNorm: Float
    /// Names of the parameters that no gradient reached since `reset`.
    public var unreached: [String]

    /// Whether gradients were measured, and all of them were zero.
    public var isZero: Bool { totalNorm == 0 }
}

/// Watches the gradients of parameter groups: how large they are, and which parameters none reaches.
///
/// Between `reset` and `read`, over an epoch say, call `observe` after the backward passes of every step and `measure`
/// whenever a norm is wanted. `observe` works on the host alone and allocates nothing; `measure` issues one pass over the
/// gradients, without waiting for the device.
public final class GradientMonitor {
    /// Number of measurements since `reset`.
    public private(set) var measurementCount = 0

    private let arena: ParameterArena
    private let groups: [ParameterGroup]
    private let assigned: [Int]
    private let ranges: [[(start: Int, count: Int)]]
    private var reached: ParameterSet
    /// The squared norms of the last measurement, then their sums, by group.
    private let sums: DeviceBuffer

    /// A monitor of the gradients of `arena`; throws when the groups do not fit it.
    public init(_ arena: ParameterArena, groups: [ParameterGroup]) throws {
        self.arena = arena
        self.groups = groups
        assigned = try ParameterGroup.assign(arena, to: groups)
        let segments = try GroupSegments(arena, groups)
        ranges = groups.indices.map { segments.ranges(of: $0) }
        reached = ParameterSet(capacity: arena.entries.count)
        sums = try arena.device.allocate(max(1, 2 * groups.count))
        try reset()
    }

    /// Forgets everything seen so far.
    public func reset() throws {
        measurementCount = 0
        reached.removeAll()
        try arena.device.fill(sums.slice, value: 0)
    }

    /// Takes note of the parameters that the gradients of this step reached.
    public func observe() {
        reached.formUnion(arena.reachedParameters)
    }

    /// Measures the gradients as they are now: before they are set to zero for the next step.
    public func measure() throws {
        observe()
        measurementCount += 1
        let device = arena.device
        let squares = try device.allocate(arena.gradients.count).slice
        try device.unary(.square, input: arena.gradients, output: squares)
        for (group, ranges) in ranges.enumerated() {
            for (place, range) in ranges.enumerated() {
                try device.reduce(
                    .sum, input: squares.part(from: range.start, count: range.count),
                    output: sums.slice.part(from: group, count: 1), outer: 1,
                    count: range.count, inner: 1, scale: 1, accumulate: place > 0)
            }
        }
        try device.axpy(
            alpha: 1, x: sums.slice.part(from: 0, count: groups.count),
            y: sums.slice.part(from: groups.count, count: groups.count))
    }

    /// Waits for the device and returns what was seen of every group since `reset`.
    public func read() throws -> [GroupGradients] {
        let host = try arena.device.download(sums.slice)
        return groups.indices.map { group in
            GroupGradients(
                name: groups[group].name, norm: host[group].squareRoot(),
                totalNorm: host[groups.count + group].squareRoot(),
                unreached: arena.entries.indices.filter {
                    assigned[$0] == group && !reached.contains($0)
                }.map { arena.entries[$0].name })
        }
    }
}
