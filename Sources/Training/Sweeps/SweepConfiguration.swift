public import TandemConfiguration

/// A sweep: a baseline experiment, and variants that each change one setting of it.
public struct SweepConfiguration<System: SweptExperiment>: Configuration {
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
    /// Folds that every variant is trained on, each the test part once; 0 keeps the one split of the data.
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

    /// The values used where a file says nothing.
    public static var defaults: Self { Self() }

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !name.isEmpty && !name.contains("/"), "name", name,
            mustBe: "a word without a slash; it names the folder")
        checks.require(
            recipe == SweepNames.recipe(of: System.self), "recipe", "'\(recipe)'",
            mustBe: "'\(SweepNames.recipe(of: System.self))'")
        checks.section("base", base)
        checks.require(
            !modelName.isEmpty && !modelName.contains("/"), "modelName", modelName,
            mustBe: "a word without a slash; it begins the names of files")
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
public struct SweepVariantConfiguration<System: SweptExperiment>: Configuration, Equatable {
    /// Name, also of the model file.
    public var name = ""
    /// What is different, for people.
    public var description = ""
    /// The change as `key.path=value`, as on the command line; without it the variant is the baseline.
    public var set: String?

    /// The values used where a file says nothing.
    public static var defaults: Self { Self() }

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !name.isEmpty && !name.contains("/"), "name", "'\(name)'",
            mustBe: "a word without a slash; it names the model file")
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
public struct PublishedBaseline: Configuration, Equatable {
    /// The version that they belong to.
    public var version = ""
    /// Loss on the test rows.
    public var testLoss = 0.0
    /// Loss on the validation rows.
    public var validationLoss = 0.0

    /// The values used where a file says nothing.
    public static let defaults = PublishedBaseline()

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
    private static let ending = "-sweep"

    /// The value of the key `recipe` in files of sweeps over `system`.
    public static func recipe(of system: any Experiment.Type) -> String {
        system.recipeName + ending
    }
}
