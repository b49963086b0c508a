import TandemBasics

/// The header of a safetensors file: which arrays lie where, and text about the file.
///
/// Format: 8 bytes with the header's length (little-endian), a JSON object that maps every name to
/// `{"dtype", "shape", "data_offsets": [begin, end]}` and `__metadata__` to strings, then the data
/// without holes. Source: the format's description in the `safetensors` project.
struct SafetensorsHeader: Equatable {
    struct Entry: Equatable {
        let name: String
        let elementType: ElementType
        let shape: [Int]
        /// Where the bytes lie, counted from the start of the data.
        let place: Range<Int>
    }

    /// In the order of their data.
    var entries: [Entry] = []
    /// In the order of the file.
    var metadata: [(name: String, text: String)] = []

    static let metadataName = "__metadata__"
    static let lengthLimit = 100_000_000

    static func == (left: SafetensorsHeader, right: SafetensorsHeader) -> Bool {
        left.entries == right.entries
            && left.metadata.elementsEqual(right.metadata, by: { $0 == $1 })
    }

    /// Checks a header's text against the real size of the data after it.
    init(_ text: [UInt8], dataSize: Int) throws(SafetensorsProblem) {
        guard text.first == UInt8(ascii: "{") else { throw .headerStart(found: text.first) }
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(text, depthLimit: 8)
        } catch { throw .header(error) }
        guard case .object(let members) = value else { throw .headerStart(found: text.first) }
        for member in members {
            if member.name == Self.metadataName {
                metadata = try Self.metadata(member.value)
            } else {
                entries.append(try Self.entry(member, dataSize: dataSize))
            }
        }
        entries.sort {
            ($0.place.lowerBound, $0.place.upperBound) < ($1.place.lowerBound, $1.place.upperBound)
        }
        try checkContiguous(dataSize: dataSize)
    }

    private func checkContiguous(dataSize: Int) throws(SafetensorsProblem) {
        var end = 0
        var previous = ""
        for entry in entries {
            let begin = entry.place.lowerBound
            if begin < end {
                throw .overlap(first: previous, second: entry.name, offset: begin)
            }
            if begin > end { throw .hole(offset: end, length: begin - end) }
            end = entry.place.upperBound
            previous = entry.name
        }
        if end != dataSize { throw .hole(offset: end, length: dataSize - end) }
    }

    private static func metadata(
        _ value: JSONValue
    ) throws(SafetensorsProblem) -> [(name: String, text: String)] {
        guard case .object(let members) = value else {
            throw .malformedEntry(name: metadataName, reason: "not an object")
        }
        var metadata: [(name: String, text: String)] = []
        for member in members {
            guard case .string(let text) = member.value else {
                throw .malformedEntry(
                    name: metadataName, reason: "the value of \"\(member.name)\" is not a string")
            }
            metadata.append((member.name, text))
        }
        return metadata
    }

    private static func entry(
        _ member: JSONMember, dataSize: Int
    ) throws(SafetensorsProblem) -> Entry {
        let name = member.name
        guard case .object(let fields) = member.value else {
            throw .malformedEntry(name: name, reason: "not an object")
        }
        let known = ["dtype", "shape", "data_offsets"]
        if let unknown = fields.first(where: { !known.contains($0.name) }) {
            throw .malformedEntry(name: name, reason: "unknown field \"\(unknown.name)\"")
        }
        guard case .string(let type)? = member.value["dtype"] else {
            throw .malformedEntry(name: name, reason: "\"dtype\" is not a string")
        }
        guard let elementType = typesByCode[type] else {
            throw .unsupportedType(name: name, type: type)
        }
        let shape = try integers("shape", in: member)
        let offsets = try integers("data_offsets", in: member)
        guard offsets.count == 2 else {
            throw .malformedEntry(name: name, reason: "\"data_offsets\" has not two numbers")
        }
        guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataSize else {
            throw .offsets(
                name: name, begin: offsets[0], end: offsets[1], dataSize: dataSize)
        }
        let expected: Int
        do throws(HostArrayError) {
            expected = try HostArray.byteCount(shape: shape, elementType: elementType)
        } catch { throw .badShape(name: name, error) }
        let place = offsets[0]..<offsets[1]
        if place.count != expected {
            throw .size(
                name: name, shape: shape, elementType: elementType, expected: expected,
                found: place.count)
        }
        return Entry(name: name, elementType: elementType, shape: shape, place: place)
    }

    private static func integers(
        _ field: String, in member: JSONMember
    ) throws(SafetensorsProblem) -> [Int] {
        guard case .array(let values)? = member.value[field] else {
            throw .malformedEntry(name: member.name, reason: "\"\(field)\" is not an array")
        }
        var integers: [Int] = []
        for value in values {
            guard case .integer(let integer) = value else {
                throw .malformedEntry(
                    name: member.name, reason: "\"\(field)\" holds something else than integers")
            }
            integers.append(integer)
        }
        return integers
    }

    private static let typesByCode: [String: ElementType] = [
        "F64": .float64, "F32": .float32, "F16": .float16, "BF16": .bfloat16,
        "I64": .int64, "I32": .int32, "I16": .int16, "I8": .int8,
        "U64": .uint64, "U32": .uint32, "U16": .uint16, "U8": .uint8, "BOOL": .bool,
    ]

    private static let codesByType = Dictionary(
        uniqueKeysWithValues: typesByCode.map { ($0.value, $0.key) })

    /// Lays out arrays for writing: the wide elements first, so that every array starts at a
    /// multiple of its element's width; then by name.
    init(
        laying arrays: NamedArrays, metadata: [(name: String, text: String)]
    ) throws(SafetensorsProblem) {
        var known: Set<String> = []
        for (name, _) in metadata where !known.insert(name).inserted {
            throw .malformedEntry(name: Self.metadataName, reason: "\"\(name)\" occurs twice")
        }
        self.metadata = metadata
        var pending: [(name: String, array: HostArray)] = []
        for name in arrays.names {
            if name == Self.metadataName { throw .reservedName(name) }
            if let array = arrays[name] { pending.append((name, array)) }
        }
        pending.sort {
            let (left, right) = ($0.array.elementType.byteWidth, $1.array.elementType.byteWidth)
            return left != right ? left > right : $0.name < $1.name
        }
        var end = 0
        for (name, array) in pending {
            let place = end..<end + array.bytes.count
            entries.append(
                Entry(
                    name: name, elementType: array.elementType, shape: array.shape, place: place))
            end = place.upperBound
        }
    }

    /// The length field and the JSON text, padded with spaces so that the data starts at a
    /// multiple of 8.
    func encode() throws(SafetensorsProblem) -> [UInt8] {
        var members: [JSONMember] = []
        if !metadata.isEmpty {
            let texts = metadata.map { JSONMember($0.name, .string($0.text)) }
            members.append(JSONMember(Self.metadataName, .object(texts)))
        }
        for entry in entries {
            let fields = [
                JSONMember("dtype", .string(Self.codesByType[entry.elementType] ?? "")),
                JSONMember("shape", .array(entry.shape.map { .integer($0) })),
                JSONMember(
                    "data_offsets",
                    .array([.integer(entry.place.lowerBound), .integer(entry.place.upperBound)])),
            ]
            members.append(JSONMember(entry.name, .object(fields)))
        }
        var text: [UInt8]
        do throws(JSONProblem) {
            text = Array(try JSONValue.object(members).text().utf8)
        } catch { throw .header(error) }
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        guard text.count <= Self.lengthLimit else {
            throw .headerLength(claimed: UInt64(text.count), limit: Self.lengthLimit)
        }
        var bytes: [UInt8] = []
        bytes.append64(text.count)
        return bytes + text
    }
}
