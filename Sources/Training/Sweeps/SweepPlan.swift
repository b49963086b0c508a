public import TandemConfiguration

/// A sweep: a baseline experiment, and variants that each change one setting of it.
public struct SweepConfiguration<System: SweptExperiment>: ConfigurationSection {
    /// Which kind of file: the system's name and `-sweep`.
    public var recipe = SweepNames.recipe(of: System.self)
    /// Name of the sweep, used for its folder.
    public var name = "sweep"
    /// The experiment that the variants change.
    public var base = System.Configuration.defaults
    /// The variants in order; the first one without a change is the baseline.
    public var variants: [SweepVariantConfiguration<System>] = []
    /// Beginning of the names of the model files: `<modelName>_<variant>.onnx`.
    public var modelName = "model"
    /// Name of the variant that `combine` adds.
    public var combinedName = "combined"
    /// Losses to compare with when the baseline is not part of the sweep.
    public var publishedBaseline: PublishedBaseline?
    /// Seeds that every variant is trained with; figures are their means.
    public var repeats = 1
    /// Folds that every variant is trained on, each the test part once, drawn anew for every seed; 0 keeps the one split of the data.
    public var folds = 0
    /// After the variants, train one more that takes the best value of every setting.
    public var combine = false
    /// Train every combination of the variants' values instead.
    public var grid = false
    /// Train the first variants only; all without it.
    public var maximumVariants: Int?
    /// Train the variants with these names only; all when empty.
    public var only: [String] = []
    /// Seconds after which a variant is given up, for each of its seeds.
    public var timeout = 3600.0

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.fileName(name, "name", "it names the folder")
        checks.require(
            recipe == SweepNames.recipe(of: System.self), "recipe", "'\(recipe)'",
            mustBe: "'\(SweepNames.recipe(of: System.self))'")
        checks.section("base", base)
        checks.fileName(modelName, "modelName", "it begins the names of files")
        checks.require(!variants.isEmpty, "variants", "[]", mustBe: "a list of variants")
        checks.sections("variants", variants)
        var names = Set([combinedName])
        for (index, variant) in variants.enumerated() {
            checks.require(
                names.insert(variant.name).inserted, "variants.\(index).name", variant.name,
                mustBe: "a name that no other variant has")
        }
        checks.section("publishedBaseline", publishedBaseline)
        checks.count(repeats, "repeats", atMost: 1000)
        checks.require(
            folds == 0 || (2...1000).contains(folds), "folds", folds,
            mustBe: "between 2 and 1000, or 0 for the one split of the data")
        if let maximumVariants { checks.count(maximumVariants, "maximumVariants") }
        for name in only {
            checks.require(
                names.contains(name), "only", "'\(name)'",
                mustBe: "made of names of variants: "
                    + variants.map(\.name).joined(separator: ", "))
        }
        // More seconds than that are beyond what clocks count.
        checks.require(
            timeout > 0 && timeout <= 1e9, "timeout", timeout,
            mustBe: "above 0 seconds and at most 1e9")
        checks.require(
            !(grid && combine), "combine", combine, mustBe: "false when grid is true")
        checks.require(
            !grid || only.isEmpty, "only", only, mustBe: "empty when grid is true")
    }
}

extension SweepConfiguration: Equatable where System.Configuration: Equatable {}

/// One variant of a sweep.
public struct SweepVariantConfiguration<System: SweptExperiment>: ConfigurationSection, Equatable {
    /// Name, also of the model file.
    public var name = ""
    /// What is different, for people.
    public var description = ""
    /// The change as `key.path=value`, as on the command line; without it the variant is the baseline.
    public var set: String?

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.fileName(name, "name", "it names the model file")
        guard let set else { return }
        guard let change = try? ConfigurationOverride(set) else {
            return checks.require(false, "set", "'\(set)'", mustBe: "written as key.path=value")
        }
        checks.require(
            System.changeableInSweep.contains { change.path.starts(with: $0) }, "set", "'\(set)'",
            mustBe: "a change of "
                + System.changeableInSweep.map { $0.joined(separator: ".") }.joined(separator: ", ")
                + "; the data are prepared once for all variants")
    }
}

/// Losses known from elsewhere.
public struct PublishedBaseline: ConfigurationSection, Equatable {
    /// The version that they belong to.
    public var version = ""
    /// Loss on the test rows.
    public var testLoss = 0.0
    /// Loss on the validation rows.
    public var validationLoss = 0.0

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(testLoss > 0, "testLoss", testLoss, mustBe: "above 0")
        checks.require(validationLoss > 0, "validationLoss", validationLoss, mustBe: "above 0")
    }
}

/// The names of the files that describe sweeps.
public enum SweepNames {
    /// The value of the key `recipe` in files of sweeps over `system`.
    public static func recipe(of system: any Experiment.Type) -> String {
        system.recipeName + "-sweep"
    }
}

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
        if !configuration.only.isEmpty, !configuration.grid {
            chosen = chosen.filter { configuration.only.contains($0.name) }
        }
        variants = Array(chosen.prefix(configuration.maximumVariants ?? chosen.count))
        let left = chosen.dropFirst(variants.count).map(\.name)
        notes =
            left.isEmpty
            ? []
            : [
                "the first \(variants.count) of \(chosen.count) variants; left out: "
                    + left.prefix(12).joined(separator: ", ")
                    + (left.count > 12 ? " and \(left.count - 12) more" : "")
            ]
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
            let description = parts.map(\.description).joined(separator: ", ")
            return try variant(
                "grid_\(padding)\(number)", parts.isEmpty ? "Baseline" : description,
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
            let finished = axis.1.compactMap { variant in
                losses[variant.name].map { (variant: variant, loss: $0) }
            }
            guard let best = finished.min(by: { $0.loss < $1.loss }), best.loss < baseline
            else { continue }
            changes += best.variant.changes
            parts.append(best.variant.description)
        }
        return try Self.variant(
            configuration.combinedName,
            "Combined: " + (parts.isEmpty ? "baseline values" : parts.joined(separator: ", ")),
            changes, configuration)
    }
}
