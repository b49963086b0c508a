import TandemBasics

/// The keys and values of a section; remembers which keys the decoded type asks for.
struct SectionContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let decoder: ConfigurationDecoder
    let given: [String: JSONValue]?
    let fallback: [String: JSONValue]

    var codingPath: [any CodingKey] { decoder.codingPath }

    /// The keys that the file gives; the defaults' keys if the file does not give the section.
    var allKeys: [Key] {
        (given ?? fallback).keys.sorted().compactMap(Key.init(stringValue:))
    }

    private func node(_ key: some CodingKey) -> ConfigurationNode {
        let name = key.stringValue
        decoder.findings.expect(name, in: decoder.node.path)
        return ConfigurationNode(
            path: decoder.node.path + [name], value: given?[name], fallback: fallback[name])
    }

    func contains(_ key: Key) -> Bool { node(key).effective != nil }

    func decodeNil(forKey key: Key) -> Bool { node(key).effective ?? .null == .null }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        try decoder.decode(type, at: node(key))
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try nestedDecoder(key).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try nestedDecoder(key).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder { nestedDecoder(ConfigurationKey("super")) }

    func superDecoder(forKey key: Key) throws -> any Decoder { nestedDecoder(key) }

    private func nestedDecoder(_ key: some CodingKey) -> ConfigurationDecoder {
        ConfigurationDecoder(node: node(key), findings: decoder.findings)
    }
}

/// The elements of a list, in order.
struct ListContainer: UnkeyedDecodingContainer {
    let decoder: ConfigurationDecoder
    let elements: [JSONValue]
    var currentIndex = 0

    var codingPath: [any CodingKey] { decoder.codingPath }
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex >= elements.count }

    private mutating func next() -> ConfigurationNode {
        defer { currentIndex += 1 }
        return ConfigurationNode(
            path: decoder.node.path + [String(currentIndex)],
            value: isAtEnd ? nil : elements[currentIndex])
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, elements[currentIndex] == .null else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try decoder.decode(type, at: next())
    }

    mutating func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        try nestedDecoder().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try nestedDecoder().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder { nestedDecoder() }

    private mutating func nestedDecoder() -> ConfigurationDecoder {
        ConfigurationDecoder(node: next(), findings: decoder.findings)
    }
}

/// One plain value.
struct ValueContainer: SingleValueDecodingContainer {
    let decoder: ConfigurationDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.node.effective ?? .null == .null }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let plain = type as? any PlainConfigurationValue.Type else {
            return try decoder.decode(type, at: decoder.node)
        }
        guard let value = try plainValue(plain) as? Value else {
            throw ConfigurationFindings.Stopped()
        }
        return value
    }

    /// The file's value if it fits the type, else, after a report, the default.
    private func plainValue<Plain: PlainConfigurationValue>(
        _ type: Plain.Type
    ) throws -> Plain {
        let node = decoder.node
        if let value = node.value {
            if let plain = decoder.findings.overrideText(of: node.path) as? Plain ?? Plain(value) {
                return plain
            }
            decoder.findings.report(
                node.path, .wrongType(expected: Plain.expectation, found: value.summary))
        }
        if let plain = node.fallback.flatMap(Plain.init) { return plain }
        throw node.value == nil
            ? decoder.findings.stop(node.path, .missing) : ConfigurationFindings.Stopped()
    }
}
