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
        let prefix = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: 0, count: min(source.count, 12))
        }
        let place = try wrapping(npy(source)) { () throws(NPYProblem) in
            try textPlace(prefix: prefix, available: source.count)
        }
        let text = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: place.lowerBound, count: place.count)
        }
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
        let start: Int
        var length = Int(prefix[8]) | Int(prefix[9]) << 8
        switch (prefix[6], prefix[7]) {
        case (1, 0): start = 10
        case (2, 0), (3, 0):
            start = 12
            guard prefix.count == 12 else {
                throw .truncatedHeader(expected: 12, found: available)
            }
            length |= Int(prefix[10]) << 16 | Int(prefix[11]) << 24
        default: throw .unsupportedVersion(major: prefix[6], minor: prefix[7])
        }
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
        for byte in 0..<(isLong ? 4 : 2) {
            header.append(UInt8(truncatingIfNeeded: text.count >> (8 * byte)))
        }
        return header + text
    }
}
