import TandemBasics

/// Decodes a configuration from JSON, filling gaps from defaults and collecting every problem.
///
/// A value of the wrong type is reported and replaced by its default, so that decoding goes on and
/// finds the problems behind it. Only a value that has no default stops the section it belongs to.
struct ConfigurationDecoder: Decoder {
    let node: ConfigurationNode
    let findings: ConfigurationFindings

    var codingPath: [any CodingKey] { node.path.map(ConfigurationKey.init) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(
        keyedBy type: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let members = try contents("a section of keys and values", \.members)
        if let given = members.given {
            findings.visit(node.path, keys: given.keys)
        }
        return KeyedDecodingContainer(
            SectionContainer<Key>(
                decoder: self, given: members.given, fallback: members.fallback ?? [:]))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let elements = try contents("a list", \.elements)
        return ListContainer(decoder: self, elements: elements.given ?? elements.fallback ?? [])
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        ValueContainer(decoder: self)
    }

    /// Decodes a value below or at this node.
    func decode<Value: Decodable>(_ type: Value.Type, at node: ConfigurationNode) throws -> Value {
        let node = findings.resolved(node, as: type)
        guard node.effective != nil else {
            throw findings.stop(node.path, .missing)
        }
        do {
            return try Value(from: ConfigurationDecoder(node: node, findings: findings))
        } catch {
            if !(error is ConfigurationFindings.Stopped) {
                findings.report(node.path, Self.refusal(of: node.value, type: type, error: error))
            }
            guard node.value != nil, node.fallback != nil else {
                throw ConfigurationFindings.Stopped()
            }
            var substitute = node
            substitute.value = nil
            return try Value(from: ConfigurationDecoder(node: substitute, findings: findings))
        }
    }

    /// What the file and the defaults hold here, if it has the wanted form.
    private func contents<Contents>(
        _ expected: String, _ extract: (JSONValue) -> Contents?
    ) throws -> (given: Contents?, fallback: Contents?) {
        let fallback = node.fallback.flatMap(extract)
        guard let value = node.value else { return (nil, fallback) }
        if let contents = extract(value) { return (contents, fallback) }
        findings.report(node.path, .wrongType(expected: expected, found: value.summary))
        guard fallback != nil else { throw ConfigurationFindings.Stopped() }
        return (nil, fallback)
    }

    private static func refusal(
        of value: JSONValue?, type: any Decodable.Type, error: any Error
    ) -> ConfigurationProblem.Kind {
        let choices = choices(of: type)
        if case .string(let text) = value, !choices.isEmpty {
            return .unknownChoice(found: text, choices: choices)
        }
        if case .dataCorrupted(let context) = error as? DecodingError {
            return .refused(reason: context.debugDescription)
        }
        return .refused(reason: "\(error)")
    }

    private static func choices(of type: any Decodable.Type) -> [String] {
        guard let type = type as? any CaseIterable.Type else { return [] }
        return type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }
}

/// A place in the configuration: what the file says there, and what holds if it says nothing.
struct ConfigurationNode {
    var path: [String]
    var value: JSONValue?
    var fallback: JSONValue?

    var effective: JSONValue? { value ?? fallback }
}

/// A key made from a text.
struct ConfigurationKey: CodingKey {
    let stringValue: String

    init(_ text: String) { stringValue = text }

    init?(stringValue: String) { self.init(stringValue) }

    init?(intValue: Int) { nil }

    var intValue: Int? { Int(stringValue) }
}
