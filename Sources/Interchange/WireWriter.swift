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
