public import TandemConfiguration
import TandemTraining

/// A sweep: one table, a baseline, and variants that each change one setting of it.
public struct SweepConfiguration: Configuration, Equatable {
    /// The kind of file; always `tabular-sweep`.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
        /// Variants of one experiment with a table.
        case tabularSweep = "tabular-sweep"
    }

    /// Which kind of file.
    public var recipe = Recipe.tabularSweep
    /// Name of the sweep, used for its folder.
    public var name = "sweep"
    /// The experiment that the variants change.
    public var base = TabularConfiguration.defaults
    /// The variants in order; the first one without a change is the baseline.
    public var variants: [SweepVariantConfiguration] = []
    /// Beginning of the names of the model files: `<modelName>_<variant>.onnx`.
    public var modelName = "model"
    /// Name of the variant that `combine` adds.
    public var combinedName = "combined"
    /// Losses to compare with when the baseline is not part of the sweep.
    public var publishedBaseline: PublishedBaseline?
    /// Seeds that every variant is trained with; figures are their means.
    public var repeats = 1
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
    public static let defaults = SweepConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !name.isEmpty && !name.contains("/"), "name", name,
            mustBe: "a word without a slash; it names the folder")
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

/// One variant of a sweep.
public struct SweepVariantConfiguration: Configuration, Equatable {
    /// Name, also of the model file.
    public var name = ""
    /// What is different, for people.
    public var description = ""
    /// The change as `key.path=value`, as on the command line; without it the variant is the baseline.
    public var set: String?

    /// The values used where a file says nothing.
    public static let defaults = SweepVariantConfiguration()

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
            Self.changeable.contains { change.path.starts(with: $0) }, "set", "'\(set)'",
            mustBe: "a change of "
                + Self.changeable.map { $0.joined(separator: ".") }.joined(separator: ", ")
                + "; the data are prepared once for all variants")
    }

    /// What a variant can change: all that the prepared data do not depend on.
    private static let changeable = [
        ["model", "hidden"], ["model", "dropout"], ["training"], ["seed"],
    ]
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
