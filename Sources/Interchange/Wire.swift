/// A message of protobuf's wire format.
protocol WireMessage {
    init(from reader: WireReader) throws(ONNXProblem)
    func write(to writer: inout WireWriter)
}

/// Reads the fields of one message in protobuf's wire format.
///
/// Nothing is allocated for a length that a file merely claims: lengths are checked against the
/// bytes that are there. Format: "Encoding" in the documentation of Protocol Buffers; the
/// deprecated groups are refused.
struct WireReader {
    /// One field of a message.
    struct Field {
        let number: Int
        let value: Value
        /// Where the field lies in the file, with its key.
        let place: Range<Int>
    }

    enum Value {
        case varint(UInt64)
        case fixed64
        case fixed32(UInt32)
        case bytes(Range<Int>)
    }

    private let bytes: [UInt8]
    private let end: Int
    private var offset: Int

    /// A reader of a whole file.
    init(_ bytes: [UInt8]) {
        self.init(bytes, 0..<bytes.count)
    }

    private init(_ bytes: [UInt8], _ place: Range<Int>) {
        self.bytes = bytes
        offset = place.lowerBound
        end = place.upperBound
    }

    /// The next field, or nil at the end of the message.
    mutating func next() throws(ONNXProblem) -> Field? {
        guard offset < end else { return nil }
        let start = offset
        let key = try varint()
        guard let number = Int(exactly: key >> 3), (1..<1 << 29).contains(number) else {
            throw .damaged(offset: start, reason: "no field has the key \(key)")
        }
        let value: Value
        switch key & 7 {
        case 0: value = .varint(try varint())
        case 1:
            _ = try take(8)
            value = .fixed64
        case 2:
            let length = try varint()
            guard length <= UInt64(end - offset) else {
                throw .damaged(
                    offset: start,
                    reason: "a field of \(length) bytes where \(end - offset) are left")
            }
            value = .bytes(try take(Int(length)))
        case 5: value = .fixed32(fixed32(at: try take(4).lowerBound))
        default: throw .damaged(offset: start, reason: "unknown wire type \(key & 7)")
        }
        return Field(number: number, value: value, place: start..<offset)
    }

    /// The bytes of a field with its key, as they stand in the file.
    func raw(_ field: Field) -> ArraySlice<UInt8> { bytes[field.place] }

    /// The integer of a field.
    func integer(_ field: Field) throws(ONNXProblem) -> Int64 {
        guard case .varint(let value) = field.value else { throw wrongType(field, "an integer") }
        return Int64(bitPattern: value)
    }

    /// The number of a field.
    func float(_ field: Field) throws(ONNXProblem) -> Float {
        guard case .fixed32(let value) = field.value else { throw wrongType(field, "a number") }
        return Float(bitPattern: value)
    }

    /// The bytes of a field without its key.
    func bytes(_ field: Field) throws(ONNXProblem) -> ArraySlice<UInt8> {
        guard case .bytes(let place) = field.value else { throw wrongType(field, "bytes") }
        return bytes[place]
    }

    /// The text of a field.
    func text(_ field: Field) throws(ONNXProblem) -> String {
        guard let text = String(validating: try bytes(field), as: UTF8.self) else {
            throw .damaged(
                offset: field.place.lowerBound, reason: "a text that is not valid UTF-8")
        }
        return text
    }

    /// A reader of the message that a field holds.
    func message(_ field: Field) throws(ONNXProblem) -> WireReader {
        guard case .bytes(let place) = field.value else { throw wrongType(field, "a message") }
        return WireReader(bytes, place)
    }

    /// Appends the message of a repeated field.
    func append<Message: WireMessage>(
        _ field: Field, to messages: inout [Message]
    ) throws(ONNXProblem) {
        messages.append(try Message(from: try message(field)))
    }

    /// Appends the integers of a repeated field: one, or several packed together.
    func append(_ field: Field, to integers: inout [Int64]) throws(ONNXProblem) {
        guard case .bytes = field.value else { return integers.append(try integer(field)) }
        var packed = try message(field)
        while packed.offset < packed.end {
            integers.append(Int64(bitPattern: try packed.varint()))
        }
    }

    /// Appends the numbers of a repeated field: one, or several packed together.
    func append(_ field: Field, to floats: inout [Float]) throws(ONNXProblem) {
        guard case .bytes = field.value else { return floats.append(try float(field)) }
        var packed = try message(field)
        while packed.offset < packed.end {
            floats.append(Float(bitPattern: fixed32(at: try packed.take(4).lowerBound)))
        }
    }

    private mutating func varint() throws(ONNXProblem) -> UInt64 {
        let start = offset
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard offset < end else { break }
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .damaged(offset: start, reason: "an integer without end")
    }

    private mutating func take(_ count: Int) throws(ONNXProblem) -> Range<Int> {
        guard count <= end - offset else {
            throw .damaged(
                offset: offset, reason: "\(count) bytes are needed where \(end - offset) are left")
        }
        offset += count
        return offset - count..<offset
    }

    private func fixed32(at place: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }

    private func wrongType(_ field: Field, _ expected: String) -> ONNXProblem {
        .damaged(
            offset: field.place.lowerBound, reason: "field \(field.number) is not \(expected)")
    }
}

/// Writes the fields of one message in protobuf's wire format.
struct WireWriter {
    /// What has been written.
    private(set) var bytes: [UInt8] = []

    /// Appends an integer.
    mutating func integer(_ number: Int, _ value: Int64) {
        key(number, wireType: 0)
        varint(UInt64(bitPattern: value))
    }

    /// Appends a number.
    mutating func float(_ number: Int, _ value: Float) {
        key(number, wireType: 5)
        append(value.bitPattern)
    }

    /// Appends bytes.
    mutating func bytes(_ number: Int, _ value: some Collection<UInt8>) {
        key(number, wireType: 2)
        varint(UInt64(value.count))
        bytes += value
    }

    /// Appends a text; an empty one is left out, because that is how an absent one reads.
    mutating func text(_ number: Int, _ value: String) {
        if !value.isEmpty { bytes(number, value.utf8) }
    }

    /// Appends a message.
    mutating func message(_ number: Int, _ body: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        body(&inner)
        bytes(number, inner.bytes)
    }

    /// Appends messages.
    mutating func messages(_ number: Int, _ messages: [some WireMessage]) {
        for inner in messages { message(number) { inner.write(to: &$0) } }
    }

    /// Appends the little-endian bytes of numbers as one field.
    mutating func elements(_ number: Int, _ values: [Float]) {
        key(number, wireType: 2)
        varint(UInt64(4 * values.count))
        bytes.reserveCapacity(bytes.count + 4 * values.count)
        for value in values { append(value.bitPattern) }
    }

    /// Appends the little-endian bytes of integers as one field.
    mutating func elements(_ number: Int, _ values: [Int64]) {
        key(number, wireType: 2)
        varint(UInt64(8 * values.count))
        for value in values { append(UInt64(bitPattern: value)) }
    }

    /// Appends fields that were read and not understood.
    mutating func raw(_ fields: [UInt8]) {
        bytes += fields
    }

    private mutating func key(_ number: Int, wireType: UInt64) {
        varint(UInt64(number) << 3 | wireType)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
