public import TandemBasics

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
            let place = [entry.place.lowerBound, entry.place.upperBound]
            let fields: JSONValue = [
                "dtype": .string(Self.codesByType[entry.elementType] ?? ""),
                "shape": .array(entry.shape.map { .integer($0) }),
                "data_offsets": .array(place.map { .integer($0) }),
            ]
            members.append(JSONMember(entry.name, fields))
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
        bytes.append(littleEndian: text.count, width: 8)
        return bytes + text
    }
}

/// What is wrong with a safetensors file.
public enum SafetensorsProblem: Error, Equatable, Sendable {
    /// The file is shorter than the 8 bytes of the header's length.
    case tooShort(size: Int)
    /// The header is longer than the file or than the limit of the format.
    case headerLength(claimed: UInt64, limit: Int)
    /// The header does not start with `{`.
    case headerStart(found: UInt8?)
    /// The header is not valid JSON, or a name occurs twice.
    case header(JSONProblem)
    /// A member of the header does not have the form that the format asks for.
    case malformedEntry(name: String, reason: String)
    /// The element type has no equal here.
    case unsupportedType(name: String, type: String)
    /// The shape of an array is impossible.
    case badShape(name: String, HostArrayError)
    /// An array lies outside the data, or its end is before its start.
    case offsets(name: String, begin: Int, end: Int, dataSize: Int)
    /// Shape and type need another number of bytes than the offsets give.
    case size(name: String, shape: [Int], elementType: ElementType, expected: Int, found: Int)
    /// An array starts before the end of the array before it.
    case overlap(first: String, second: String, offset: Int)
    /// Bytes of the data belong to no array.
    case hole(offset: Int, length: Int)
    /// A name that the format keeps for itself.
    case reservedName(String)
}

extension SafetensorsProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .tooShort(let size):
            "not a safetensors file: \(size) bytes, at least 8 are needed"
        case .headerLength(let claimed, let limit):
            "not a safetensors file, or a truncated one: the header claims \(claimed) bytes, "
                + "at most \(limit) are possible"
        case .headerStart(let found):
            "not a safetensors file: the header starts with \(found.map { "byte \($0)" } ?? "nothing")"
                + ", not with {"
        case .header(let problem): "safetensors header: \(problem)"
        case .malformedEntry(let name, let reason): "safetensors header, \"\(name)\": \(reason)"
        case .unsupportedType(let name, let type):
            "\"\(name)\" has elements of type \(type), which is not supported; convert it"
        case .badShape(let name, let problem): "\"\(name)\": \(problem)"
        case .offsets(let name, let begin, let end, let dataSize):
            "\"\(name)\" lies at \(begin)..<\(end), outside the \(dataSize) bytes of data: the file "
                + "is truncated or its header is wrong"
        case .size(let name, let shape, let elementType, let expected, let found):
            "\"\(name)\": shape \(shape) of \(elementType) needs \(expected) bytes, the offsets give "
                + "\(found)"
        case .overlap(let first, let second, let offset):
            "\"\(second)\" starts at \(offset), inside \"\(first)\""
        case .hole(let offset, let length):
            "\(length) bytes at offset \(offset) of the data belong to no array"
        case .reservedName(let name): "an array cannot be named \"\(name)\""
        }
    }
}
