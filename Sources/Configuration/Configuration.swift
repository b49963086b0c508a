/// A section of a configuration: stored properties with a default for each.
///
/// Conform a plain `Codable` struct and state its defaults; nothing else is needed:
///
///     struct OptimizerConfiguration: Configuration {
///         var learningRate: Float = 5e-4
///         var weightDecay: Float = 1e-2
///         static let defaults = OptimizerConfiguration()
///     }
///
/// A file names only what differs from the defaults. The keys that are allowed are those that the
/// type's `init(from:)` asks for, so no list of keys is kept anywhere.
///
/// - Nested sections are properties whose types are `Configuration` too. The defaults that hold
///   are those of the outermost type: it may preset a section differently from the section's own.
/// - A section that is absent by default is an optional property with default nil; if the file
///   names it, its own `defaults` fill what the file leaves out. If a default is not nil,
///   `encode(to:)` must write nil as `null`, because the file would else bring the default back.
/// - Choices are `String` enums that are `CaseIterable`; the message then lists the valid names.
/// - A section whose keys depend on a choice is an enum: see ``ConfigurationVariants``.
/// - Arrays and dictionaries are replaced as a whole; elements that are `Configuration` take what
///   they leave out from their own `defaults`.
public protocol Configuration: Codable, Sendable {
    /// The values used where a file says nothing.
    static var defaults: Self { get }

    /// Reports every impossible value. Nested sections are checked through `checks.section`.
    func validate(_ checks: inout ConfigurationChecks)
}

extension Configuration {
    /// Accepts all values; sections without impossible values need not implement it.
    public func validate(_ checks: inout ConfigurationChecks) {}
}

/// A section whose properties all have a default where they are declared.
public protocol ConfigurationSection: Configuration {
    /// Every value at its default.
    init()
}

extension ConfigurationSection {
    /// Every value at its default.
    public static var defaults: Self { Self() }
}

/// A section that has different keys for each kind of thing it describes.
///
/// The kind is the text of the section's key `kind`. Conform an enum with one case per kind:
///
///     enum ModelConfiguration: ConfigurationVariants {
///         case linear(LinearConfiguration)
///         case gru(GRUConfiguration)
///
///         static let kinds = ["linear", "gru"]
///         static let defaults = ModelConfiguration.linear(.defaults)
///         static func defaults(ofKind kind: String) -> ModelConfiguration {
///             kind == "gru" ? .gru(.defaults) : .linear(.defaults)
///         }
///         private enum CodingKeys: CodingKey { case kind }
///
///         init(from decoder: any Decoder) throws {
///             let keys = try decoder.container(keyedBy: CodingKeys.self)
///             switch try keys.decode(String.self, forKey: .kind) {
///             case "gru": self = .gru(try GRUConfiguration(from: decoder))
///             default: self = .linear(try LinearConfiguration(from: decoder))
///             }
///         }
///         // encode(to:) writes the kind and then the keys of the case to the same encoder.
///     }
///
/// The reader has already refused a kind that is not in `kinds` when `init(from:)` runs. If the
/// file names another kind than the default, all other defaults come from `defaults(ofKind:)`.
public protocol ConfigurationVariants: Configuration {
    /// The key whose text selects the kind; `kind` unless implemented.
    static var discriminator: String { get }

    /// The valid kinds.
    static var kinds: [String] { get }

    /// The defaults of one of the `kinds`; encoded, they must include the discriminator.
    static func defaults(ofKind kind: String) -> Self
}

extension ConfigurationVariants {
    /// The key `kind`.
    public static var discriminator: String { "kind" }
}

/// Collects the impossible values of a configuration, each with its key path.
public struct ConfigurationChecks {
    var path: [String] = []
    var problems: [ConfigurationProblem] = []

    /// Reports the value of `key` (a key of this section, or the path with dots to one of a nested section) unless the
    /// condition holds; the requirement completes "must be": `at least 1`.
    public mutating func require(
        _ condition: Bool, _ key: String, _ value: some Any, mustBe requirement: String
    ) {
        guard !condition else { return }
        problems.append(
            ConfigurationProblem(
                path: path + key.split(separator: ".").map(String.init),
                kind: .impossibleValue(found: "\(value)", requirement: requirement)))
    }

    /// Reports a number of things unless it lies between 1 and two thousand million, so that products of a few of
    /// them cannot overflow before memory or data turn out too small.
    public mutating func count(_ value: Int, _ key: String, atMost limit: Int = 2_000_000_000) {
        require(
            (1...limit).contains(value), key, value,
            mustBe: value < 1 ? "at least 1" : "at most \(limit)")
    }

    /// Reports a number below 0, and one that is not finite.
    public mutating func notNegative(_ value: Double, _ key: String) {
        require(value >= 0 && value.isFinite, key, value, mustBe: "0 or more")
    }

    /// Reports a number below 0.
    public mutating func notNegative(_ value: Int, _ key: String) {
        require(value >= 0, key, value, mustBe: "0 or more")
    }

    /// Reports a text that cannot be, or begin, the name of a file or folder; `use` says what for.
    public mutating func fileName(_ value: String, _ key: String, _ use: String) {
        require(
            !value.isEmpty && !value.contains("/"), key, "'\(value)'",
            mustBe: "a word without a slash; \(use)")
    }

    /// Checks a nested section that stands under `key`.
    public mutating func section(_ key: String, _ configuration: (some Configuration)?) {
        check([key], configuration)
    }

    /// Checks the sections in an array that stands under `key`.
    public mutating func sections(_ key: String, _ configurations: [some Configuration]) {
        for (index, configuration) in configurations.enumerated() {
            check([key, String(index)], configuration)
        }
    }

    private mutating func check(_ keys: [String], _ configuration: (some Configuration)?) {
        var nested = ConfigurationChecks(path: path + keys)
        configuration?.validate(&nested)
        problems += nested.problems
    }
}
