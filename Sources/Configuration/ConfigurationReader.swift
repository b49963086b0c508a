import TandemBasics
import FoundationEssentials

extension Configuration {
    /// Reads a JSON file that names what differs from the defaults; overrides take the place of its values, in order.
    ///
    /// Throws ``ConfigurationError``, with all problems at once.
    public static func read(
        _ path: String, overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> Self {
        let text: [UInt8]
        do throws(FileError) {
            text = try WholeFile.read(path)
        } catch {
            throw .unreadable(error)
        }
        return try parse(text, source: path, overrides: overrides)
    }

    /// Reads a configuration from JSON text, which messages call `source`; overrides take the place of its values, in order.
    ///
    /// Throws ``ConfigurationError``, with all problems at once.
    public static func parse(
        _ text: [UInt8], source: String, overrides: [ConfigurationOverride] = []
    ) throws(ConfigurationError) -> Self {
        var value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(text)
        } catch {
            let line = text.prefix(error.offset).count { $0 == UInt8(ascii: "\n") } + 1
            throw .malformed(file: source, line: line, error)
        }
        let defaults = defaults.encoded
        let findings = ConfigurationFindings(overrides: overrides)
        for override in overrides {
            do throws(ConfigurationProblem) {
                try value.apply(override, defaults: defaults)
            } catch {
                findings.report(error)
            }
        }
        let node = ConfigurationNode(path: [], value: value, fallback: defaults)
        let decoder = ConfigurationDecoder(node: node, findings: findings)
        let configuration = try? decoder.decode(Self.self, at: node)
        var checks = ConfigurationChecks()
        configuration?.validate(&checks)
        let problems = findings.allProblems() + findings.marked(checks.problems)
        guard let configuration, problems.isEmpty else {
            throw .problems(file: source, problems)
        }
        return configuration
    }

    /// The configuration with every default written out: JSON, sorted keys, ending with a newline.
    ///
    /// Absent optional settings are left out unless their defaults are present; then they are `null`. Reading the text
    /// back gives an equal configuration.
    public var resolvedJSON: String {
        do {
            return try encoded.text(isIndented: true) + "\n"
        } catch {
            fatalError("\(Self.self) cannot be written as JSON: \(error)")
        }
    }

    var encoded: JSONValue {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try JSONValue.parse(Array(encoder.encode(self)))
        } catch {
            fatalError("\(Self.self) cannot be written as JSON: \(error)")
        }
    }
}

extension JSONProblem {
    /// The byte that the problem is at; 0 for problems of writing.
    fileprivate var offset: Int {
        switch self {
        case .unexpectedEnd(let offset), .unexpectedByte(let offset, _, _),
            .invalidNumber(let offset, _), .invalidEscape(let offset), .invalidUTF8(let offset),
            .duplicateName(_, let offset), .tooDeep(let offset, _), .trailingBytes(let offset):
            offset
        case .nonFiniteNumber:
            0
        }
    }
}

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
