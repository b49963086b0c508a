import TandemBasics

/// A value for one setting, given beside the file: `optimizer.learningRate=3e-4`.
public struct ConfigurationOverride: Equatable, Sendable {
    /// The keys that lead to the setting; elements of arrays by their index.
    public let path: [String]
    /// The value as it was written.
    public let text: String

    /// Reads `key.path=value`.
    ///
    /// - Throws: ``ConfigurationError/malformedOverride(_:)`` if there is no `=` or an empty key.
    public init(_ argument: String) throws(ConfigurationError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, !keys.contains(where: \.isEmpty) else {
            throw .malformedOverride(argument)
        }
        path = keys.map(String.init)
        text = String(parts[1])
    }

    /// The text as JSON if it is JSON, else as a string.
    var value: JSONValue {
        (try? JSONValue.parse(Array(text.utf8))) ?? .string(text)
    }
}

extension JSONValue {
    /// Replaces the value that the override names; sections on the way are made if absent.
    ///
    /// An absent array is taken from `defaults` before one of its elements is replaced.
    mutating func apply(
        _ override: ConfigurationOverride, at path: ArraySlice<String>? = nil, defaults: JSONValue?
    ) throws(ConfigurationProblem) {
        let path = path ?? override.path[...]
        guard let key = path.first else {
            self = override.value
            return
        }
        func refusal(_ reason: String) -> ConfigurationProblem {
            ConfigurationProblem(
                path: override.path, kind: .refused(reason: reason), isOverride: true)
        }
        let rest = path.dropFirst()
        switch self {
        case .object(var members):
            var member = self[key] ?? Self.start(defaults?[key])
            try member.apply(override, at: rest, defaults: defaults?[key])
            members.removeAll { $0.name == key }
            self = .object(members + [JSONMember(key, member)])
        case .array(var elements):
            guard let index = Int(key), elements.indices.contains(index) else {
                throw refusal(
                    "the list has no element '\(key)'; it has \(elements.count), counted from 0")
            }
            try elements[index].apply(override, at: rest, defaults: nil)
            self = .array(elements)
        case .null:
            self = .object([])
            try apply(override, at: path, defaults: defaults)
        default:
            throw refusal("'\(key)' cannot be set inside \(summary), which is not a section")
        }
    }

    private static func start(_ defaults: JSONValue?) -> JSONValue {
        if case .array = defaults, let defaults { defaults } else { .null }
    }
}

extension ConfigurationProblem: Error {}
