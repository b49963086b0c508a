import TandemBasics

/// The header of a `.npy` file: what the bytes after it mean.
///
/// Format: 6 magic bytes, 2 version bytes, the header's length (2 bytes in version 1.0, 4 in 2.0
/// and 3.0, little-endian), then a Python dictionary with the keys `descr`, `fortran_order` and
/// `shape`. Source: NumPy, "numpy.lib.format".
struct NPYHeader: Equatable {
    let elementType: ElementType
    /// Whether the bytes of every element are in the opposite order of this host's.
    let isByteSwapped: Bool
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the data starts.
    let dataOffset: Int

    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// No header of plain numbers comes near this; records may, and they are not supported.
    static let lengthLimit = 1 << 20

    /// Reads and checks the header at the start of `source`.
    static func read(from source: some ByteSource) throws(DatasetError) -> NPYHeader {
        let prefix = try source.bytes(at: 0, count: min(source.count, 12))
        let place = try wrapping(npy(source)) { () throws(NPYProblem) in
            try textPlace(prefix: prefix, available: source.count)
        }
        let text = try source.bytes(at: place.lowerBound, count: place.count)
        return try wrapping(npy(source)) { () throws(NPYProblem) in
            var parser = NPYHeaderParser(text)
            let fields = try parser.parse()
            let (elementType, swapped) = try Self.elementType(descr: fields.descr)
            return NPYHeader(
                elementType: elementType, isByteSwapped: swapped,
                isFortranOrder: fields.fortranOrder, shape: fields.shape,
                dataOffset: place.upperBound)
        }
    }

    private static func npy(_ source: some ByteSource) -> (NPYProblem) -> DatasetError {
        { .npy(file: source.name, $0) }
    }

    private static func textPlace(
        prefix: [UInt8], available: Int
    ) throws(NPYProblem) -> Range<Int> {
        guard prefix.starts(with: magic) else {
            if prefix.count < 6, magic.starts(with: prefix) {
                throw .truncatedHeader(expected: 10, found: available)
            }
            throw .wrongMagic(found: Array(prefix.prefix(6)))
        }
        guard prefix.count >= 10 else {
            throw .truncatedHeader(expected: 10, found: available)
        }
        let width: Int
        switch (prefix[6], prefix[7]) {
        case (1, 0): width = 2
        case (2, 0), (3, 0): width = 4
        default: throw .unsupportedVersion(major: prefix[6], minor: prefix[7])
        }
        let start = 8 + width
        guard prefix.count >= start else {
            throw .truncatedHeader(expected: start, found: available)
        }
        let length = Int(prefix.littleEndian(at: 8, width: width))
        if length > lengthLimit { throw .headerTooLong(length: length, limit: lengthLimit) }
        if start + length > available {
            throw .truncatedHeader(expected: start + length, found: available)
        }
        return start..<start + length
    }

    /// The element type that a `descr` such as `<f4` names, and whether its bytes are swapped.
    private static func elementType(
        descr: String
    ) throws(NPYProblem) -> (ElementType, swapped: Bool) {
        guard let order = descr.first, "<>|=".contains(order),
            let type = typesByCode[String(descr.dropFirst())],
            order != "|" || type.byteWidth == 1
        else { throw .unsupportedType("'\(descr)'") }
        return (type, swapped: order == ">" && type.byteWidth > 1)
    }

    private static let typesByCode: [String: ElementType] = [
        "f2": .float16, "f4": .float32, "f8": .float64,
        "i1": .int8, "i2": .int16, "i4": .int32, "i8": .int64,
        "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "b1": .bool,
    ]

    /// The bytes of the header of an array, padded so that the data starts at a multiple of 64.
    static func encode(shape: [Int], elementType: ElementType) throws(NPYProblem) -> [UInt8] {
        guard let code = typesByCode.first(where: { $0.value == elementType })?.key else {
            throw .notRepresentable(elementType)
        }
        let order = elementType.byteWidth == 1 ? "|" : "<"
        let dimensions = shape.map { "\($0)" }.joined(separator: ", ")
        let tuple = shape.count == 1 ? "(\(dimensions),)" : "(\(dimensions))"
        var text = Array(
            "{'descr': '\(order)\(code)', 'fortran_order': False, 'shape': \(tuple), }".utf8)
        let isLong = text.count > 65_000
        let start = isLong ? 12 : 10
        let padding = (64 - (start + text.count + 1) % 64) % 64
        text += [UInt8](repeating: UInt8(ascii: " "), count: padding)
        text.append(UInt8(ascii: "\n"))
        var header = magic + [isLong ? 2 : 1, 0]
        header.append(littleEndian: text.count, width: isLong ? 4 : 2)
        return header + text
    }
}

/// Reads the dictionary of a `.npy` header: a small, closed part of Python's literal syntax.
///
/// Accepted: exactly the keys `descr` (a string), `fortran_order` (`True` or `False`) and `shape`
/// (a tuple of integers, with Python 2's `L` suffix allowed), each once and in any order.
struct NPYHeaderParser {
    struct Fields: Equatable {
        let descr: String
        let fortranOrder: Bool
        let shape: [Int]
    }

    private static let rankLimit = 64
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func parse() throws(NPYProblem) -> Fields {
        var descr: String?
        var fortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil: descr = try typeDescription()
            case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            case "descr", "fortran_order", "shape": throw malformed("key '\(key)' occurs twice")
            default: throw malformed("unknown key '\(key)'")
            }
            if !accept(",") {
                try expect("}")
                break
            }
        }
        skipSpaces()
        if position != text.count { throw malformed("text after the dictionary") }
        guard let descr else { throw malformed("no key 'descr'") }
        guard let fortranOrder else { throw malformed("no key 'fortran_order'") }
        guard let shape else { throw malformed("no key 'shape'") }
        return Fields(descr: descr, fortranOrder: fortranOrder, shape: shape)
    }

    /// A record type is written as a list; it is refused by its own error, not as bad syntax.
    private mutating func typeDescription() throws(NPYProblem) -> String {
        skipSpaces()
        if position < text.count, text[position] == UInt8(ascii: "[") {
            throw .unsupportedType(String(decoding: text[position...].prefix(60), as: UTF8.self))
        }
        return try string()
    }

    private mutating func string() throws(NPYProblem) -> String {
        skipSpaces()
        guard position < text.count,
            text[position] == UInt8(ascii: "'")
                || text[position] == UInt8(ascii: "\"")
        else { throw malformed("a string expected at offset \(position)") }
        let quote = text[position]
        let start = position + 1
        guard let end = text[start...].firstIndex(of: quote) else {
            throw malformed("a string without end at offset \(position)")
        }
        position = end + 1
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(NPYProblem) -> Bool {
        if accept("True") { return true }
        if accept("False") { return false }
        throw malformed("True or False expected at offset \(position)")
    }

    private mutating func tuple() throws(NPYProblem) -> [Int] {
        var values: [Int] = []
        try expect("(")
        while !accept(")") {
            if values.count == Self.rankLimit {
                throw malformed("more than \(Self.rankLimit) dimensions")
            }
            values.append(try integer())
            if !accept(",") {
                if values.count == 1 { throw malformed("the shape is not a tuple") }
                try expect(")")
                break
            }
        }
        return values
    }

    private mutating func integer() throws(NPYProblem) -> Int {
        skipSpaces()
        let start = position
        if position < text.count, text[position] == UInt8(ascii: "-") { position += 1 }
        while position < text.count, isDigit(text[position]) { position += 1 }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        guard let value = Int(digits) else {
            throw malformed("an integer of at most 63 bits expected at offset \(start)")
        }
        _ = accept("L")
        return value
    }

    private mutating func accept(_ token: StaticString) -> Bool {
        skipSpaces()
        let length = token.utf8CodeUnitCount
        guard text.count - position >= length else { return false }
        for offset in 0..<length
        where text[position + offset] != token.utf8Start[offset] {
            return false
        }
        position += length
        return true
    }

    private mutating func expect(_ token: StaticString) throws(NPYProblem) {
        if !accept(token) { throw malformed("'\(token)' expected at offset \(position)") }
    }

    private mutating func skipSpaces() {
        while position < text.count,
            text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n")
                || text[position] == UInt8(ascii: "\t")
        {
            position += 1
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func malformed(_ reason: String) -> NPYProblem {
        let shown = text.prefix(200).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }
        return .malformedHeader(reason: reason, header: String(decoding: shown, as: UTF8.self))
    }
}
