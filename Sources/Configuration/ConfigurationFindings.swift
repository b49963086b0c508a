import TandemBasics

/// What the decoder learns on its way: problems, the keys it saw and the keys it was asked for.
final class ConfigurationFindings {
    /// Thrown when a value cannot be made; the reason is already among the problems.
    struct Stopped: Error {}

    private var problems: [ConfigurationProblem] = []
    private let overrides: [[String]: String]
    private var givenKeys: [[String]: Set<String>] = [:]
    private var expectedKeys: [[String]: Set<String>] = [:]

    init(overrides: [ConfigurationOverride]) {
        self.overrides = Dictionary(overrides.map { ($0.path, $0.text) }) { _, last in last }
    }

    func report(_ path: [String], _ kind: ConfigurationProblem.Kind) {
        report(ConfigurationProblem(path: path, kind: kind))
    }

    func report(_ problem: ConfigurationProblem) {
        // A type may open the same section twice, once for the kind and once for the rest.
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Reports the problem and returns the error to throw.
    func stop(_ path: [String], _ kind: ConfigurationProblem.Kind) -> Stopped {
        report(path, kind)
        return Stopped()
    }

    /// Notes the keys that the file has in a section.
    func visit(_ path: [String], keys: some Sequence<String>) {
        givenKeys[path, default: []].formUnion(keys)
    }

    /// Notes that the decoded type asked for a key.
    func expect(_ key: String, in path: [String]) {
        expectedKeys[path, default: []].insert(key)
    }

    /// The text of the override that set exactly this value: `name=12` may mean the text "12".
    func overrideText(of path: [String]) -> String? {
        guard let text = overrides[path] else { return nil }
        return switch try? JSONValue.parse(Array(text.utf8)) {
        case .integer, .unsigned, .number: text
        default: nil
        }
    }

    /// The node with the defaults that the type itself supplies.
    func resolved(_ node: ConfigurationNode, as type: any Decodable.Type) -> ConfigurationNode {
        var node = node
        if let variants = type as? any ConfigurationVariants.Type {
            resolve(&node, variants: variants)
        } else if node.fallback == nil, let section = type as? any Configuration.Type {
            node.fallback = section.defaults.encoded
        }
        return node
    }

    private func resolve(_ node: inout ConfigurationNode, variants: any ConfigurationVariants.Type)
    {
        if node.fallback == nil { node.fallback = variants.defaults.encoded }
        let key = variants.discriminator
        guard let kind = node.value?[key], kind != node.fallback?[key] else { return }
        if case .string(let name) = kind, variants.kinds.contains(name) {
            node.fallback = variants.defaults(ofKind: name).encoded
            return
        }
        report(
            node.path + [key],
            kind.stringValue.map { .unknownChoice(found: $0, choices: variants.kinds) }
                ?? .wrongType(expected: String.expectation, found: kind.summary))
        node.value = nil
    }

    /// All problems, among them one for each key that no type asked for.
    func allProblems() -> [ConfigurationProblem] {
        var all = problems
        for (path, keys) in givenKeys.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let known = expectedKeys[path, default: []].sorted()
            for key in keys.subtracting(known).sorted() {
                let suggestion = suggestion(for: key, in: path, known: known)
                let kind = ConfigurationProblem.Kind.unknownKey(
                    suggestion: suggestion, known: known)
                all.append(ConfigurationProblem(path: path + [key], kind: kind))
            }
        }
        return marked(all)
    }

    /// The problems with those marked that an override caused.
    func marked(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        problems.map { problem in
            var marked = problem
            marked.isOverride =
                problem.isOverride
                || overrides.keys.contains {
                    problem.path.starts(with: $0) || $0.starts(with: problem.path)
                }
            return marked
        }
    }

    /// The nearest key of this section, or a key of exactly this name in another section.
    private func suggestion(for key: String, in path: [String], known: [String]) -> String? {
        if let nearest = NearestName.suggestion(for: key, among: known) {
            return (path + [nearest]).joined(separator: ".")
        }
        return expectedKeys.filter { $0.value.contains(key) }
            .map { ($0.key + [key]).joined(separator: ".") }
            .min()
    }
}
