import TandemConfiguration

/// A variant with its complete configuration.
public struct SweepVariant<System: SweptExperiment>: Codable, Sendable {
    /// Name, also of the model file.
    public var name: String
    /// What is different, for people.
    public var description: String
    /// What is trained; repeats differ from it in the seed alone.
    public var configuration: System.Configuration
    /// Whether this is the variant that the others are compared with.
    public var isBaseline: Bool
    /// The settings that differ from the baseline, as `key.path=value`.
    let changes: [String]
}

extension SweepVariant: Equatable where System.Configuration: Equatable {}

/// The variants of a sweep in order.
public struct SweepPlan<System: SweptExperiment>: Sendable {
    /// What will be trained.
    public let variants: [SweepVariant<System>]
    /// What was left out or is otherwise worth saying.
    public let notes: [String]

    private let configuration: SweepConfiguration<System>

    /// The plan of `configuration`; throws when a variant's change makes no valid experiment.
    public init(_ configuration: SweepConfiguration<System>) throws {
        self.configuration = configuration
        let listed = try configuration.variants.map { variant in
            try Self.variant(
                variant.name, variant.description,
                variant.set.map { [$0] } ?? [], configuration)
        }
        var chosen = configuration.grid ? try Self.grid(listed, configuration) : listed
        var notes: [String] = []
        if !configuration.only.isEmpty, !configuration.grid {
            chosen = chosen.filter { configuration.only.contains($0.name) }
        }
        if let most = configuration.maximumVariants, most < chosen.count {
            let left = chosen.dropFirst(most).map(\.name)
            notes.append(
                "the first \(most) of \(chosen.count) variants; left out: "
                    + left.prefix(12).joined(separator: ", ")
                    + (left.count > 12 ? " and \(left.count - 12) more" : ""))
            chosen = Array(chosen.prefix(most))
        }
        variants = chosen
        self.notes = notes
    }

    private static func variant(
        _ name: String, _ description: String, _ changes: [String],
        _ configuration: SweepConfiguration<System>
    ) throws -> SweepVariant<System> {
        let resolved = try System.Configuration.parse(
            Array(configuration.base.resolvedJSON.utf8), source: "variant '\(name)'",
            overrides: changes.map { try ConfigurationOverride($0) })
        return SweepVariant<System>(
            name: name, description: description, configuration: resolved,
            isBaseline: resolved.differences(to: configuration.base).isEmpty, changes: changes)
    }

    /// The settings that variants change, in order, each with the variants that change it.
    private static func axes(_ variants: [SweepVariant<System>]) -> [(
        path: [String], [SweepVariant<System>]
    )] {
        var axes: [(path: [String], [SweepVariant<System>])] = []
        for variant in variants {
            guard let path = try? variant.changes.first.map({ try ConfigurationOverride($0).path })
            else { continue }
            if let place = axes.firstIndex(where: { $0.path == path }) {
                axes[place].1.append(variant)
            } else {
                axes.append((path, [variant]))
            }
        }
        return axes
    }

    /// Every combination of the values of all settings, the baseline's first.
    private static func grid(
        _ listed: [SweepVariant<System>], _ configuration: SweepConfiguration<System>
    ) throws
        -> [SweepVariant<System>]
    {
        var combinations: [[SweepVariant<System>]] = [[]]
        for axis in axes(listed) {
            combinations = combinations.flatMap { start in
                [start] + axis.1.map { start + [$0] }
            }
        }
        return try combinations.enumerated().map { index, parts in
            let number = String(index + 1)
            let padding = String(repeating: "0", count: max(0, 3 - number.count))
            return try variant(
                "grid_\(padding)\(number)",
                parts.isEmpty
                    ? "Baseline" : parts.map(\.description).joined(separator: ", "),
                parts.flatMap(\.changes), configuration)
        }
    }

    /// The variant that takes, for every setting, the value with the lowest validation loss; ties go to the one listed first.
    ///
    /// `losses` are the validation losses of the finished variants by name; settings whose variants all failed keep the
    /// baseline's value. Returns `nil` when no variant finished.
    func combined(_ losses: [String: Double]) throws -> SweepVariant<System>? {
        guard !losses.isEmpty else { return nil }
        let baseline = variants.first { $0.isBaseline }.flatMap { losses[$0.name] } ?? .infinity
        var changes: [String] = []
        var parts: [String] = []
        for axis in Self.axes(variants) {
            var best = baseline
            var winner: SweepVariant<System>?
            for variant in axis.1 {
                guard let loss = losses[variant.name], loss < best else { continue }
                best = loss
                winner = variant
            }
            guard let winner else { continue }
            changes += winner.changes
            parts.append(winner.description)
        }
        return try Self.variant(
            configuration.combinedName,
            "Combined: " + (parts.isEmpty ? "baseline values" : parts.joined(separator: ", ")),
            changes, configuration)
    }
}
