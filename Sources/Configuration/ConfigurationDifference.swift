import TandemBasics

/// A value in which two configurations differ.
public struct ConfigurationDifference: Equatable, Sendable, CustomStringConvertible {
    /// Key path with dots.
    public let path: String
    /// The first configuration's value as JSON; `absent` when it has none.
    public let old: String
    /// The second configuration's value as JSON; `absent` when it has none.
    public let new: String

    /// Path and both values.
    public var description: String { "\(path) was \(old), is \(new)" }

    /// Whether the value is that of `key` or lies in the section `key`.
    package func lies(in key: String) -> Bool { path == key || path.hasPrefix(key + ".") }
}

extension Configuration {
    /// The values in which `other` differs from this configuration, in alphabetical order of their paths.
    public func differences(to other: Self) -> [ConfigurationDifference] {
        let (old, new) = (encoded.leaves, other.encoded.leaves)
        return Set(old.keys).union(new.keys).sorted()
            .filter { old[$0] != new[$0] }
            .map {
                ConfigurationDifference(
                    path: $0, old: old[$0] ?? "absent", new: new[$0] ?? "absent")
            }
    }
}

extension JSONValue {
    /// All values that are not objects, as JSON text by key path with dots.
    fileprivate var leaves: [String: String] {
        guard case .object(let members) = self else { return ["": (try? text()) ?? ""] }
        var leaves: [String: String] = [:]
        for member in members {
            for (path, text) in member.value.leaves {
                leaves[path.isEmpty ? member.name : "\(member.name).\(path)"] = text
            }
        }
        return leaves
    }
}
