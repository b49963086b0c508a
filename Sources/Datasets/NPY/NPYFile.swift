import TandemBasics

/// Reads and writes single arrays as `.npy` files.
///
/// Read: formats 1.0, 2.0 and 3.0; f2, f4, f8, signed and unsigned integers of 1 to 8 bytes, bool;
/// either byte order; C and Fortran order (the result is always C order). Nothing is allocated
/// before the header's claims have been checked against the file's real size.
public enum NPYFile {
    /// Reads the array in the file at `path`.
    public static func read(_ path: String) throws(DatasetError) -> HostArray {
        let file = try wrapping(DatasetError.file) { () throws(FileError) in try InputFile(path) }
        return try read(from: file)
    }

    /// Writes `array` to `path` in format 1.0, C order, little-endian; atomically.
    public static func write(_ array: HostArray, to path: String) throws(DatasetError) {
        let header = try wrapping({ .npy(file: path, $0) }) { () throws(NPYProblem) in
            try NPYHeader.encode(shape: array.shape, elementType: array.elementType)
        }
        try wrapping(DatasetError.file) { () throws(FileError) in
            try AtomicFile.write(to: path) { writer throws(FileError) in
                try writer.write(header)
                try writer.write(array.bytes)
            }
        }
    }

    static func read(from source: some ByteSource) throws(DatasetError) -> HostArray {
        let header = try NPYHeader.read(from: source)
        let problem: (NPYProblem) -> DatasetError = { .npy(file: source.name, $0) }
        let needed = try wrapping({ problem(.badShape($0)) }) { () throws(HostArrayError) in
            try HostArray.byteCount(shape: header.shape, elementType: header.elementType)
        }
        let found = source.count - header.dataOffset
        if found < needed {
            throw problem(
                .truncatedData(
                    shape: header.shape, elementType: header.elementType, expected: needed,
                    found: found))
        }
        if found > needed { throw problem(.trailingBytes(count: found - needed)) }
        var bytes = try source.bytes(at: header.dataOffset, count: needed)
        let width = header.elementType.byteWidth
        if header.isByteSwapped { swapBytes(&bytes, width: width) }
        if header.isFortranOrder && header.shape.count > 1 {
            bytes = rowMajor(columnMajor: bytes, shape: header.shape, width: width)
        }
        if header.elementType == .bool, let index = bytes.firstIndex(where: { $0 > 1 }) {
            throw problem(.invalidBoolean(index: index, value: bytes[index]))
        }
        return try wrapping({ problem(.badShape($0)) }) { () throws(HostArrayError) in
            try HostArray(shape: header.shape, elementType: header.elementType, bytes: bytes)
        }
    }

    private static func swapBytes(_ bytes: inout [UInt8], width: Int) {
        bytes.withUnsafeMutableBytes { raw in
            switch width {
            case 2: swapElements(raw, as: UInt16.self)
            case 4: swapElements(raw, as: UInt32.self)
            case 8: swapElements(raw, as: UInt64.self)
            default: break
            }
        }
    }

    @inline(__always)
    private static func swapElements<Word: FixedWidthInteger & BitwiseCopyable>(
        _ raw: UnsafeMutableRawBufferPointer, as type: Word.Type
    ) {
        for offset in stride(from: 0, to: raw.count, by: MemoryLayout<Word>.size) {
            let word = raw.loadUnaligned(fromByteOffset: offset, as: Word.self)
            raw.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
        }
    }

    /// Walks the result in row-major order and picks every element from its column-major place.
    private static func rowMajor(columnMajor: [UInt8], shape: [Int], width: Int) -> [UInt8] {
        var strides = [Int](repeating: width, count: shape.count)
        for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
        var index = [Int](repeating: 0, count: shape.count)
        var source = 0
        return [UInt8](unsafeUninitializedCapacity: columnMajor.count) { buffer, initialized in
            initialized = columnMajor.count
            var target = 0
            while target < columnMajor.count {
                for byte in 0..<width {
                    buffer.initializeElement(at: target + byte, to: columnMajor[source + byte])
                }
                target += width
                for axis in shape.indices.reversed() {
                    index[axis] += 1
                    source += strides[axis]
                    if index[axis] < shape[axis] { break }
                    source -= strides[axis] * shape[axis]
                    index[axis] = 0
                }
            }
        }
    }
}

/// What is wrong with a `.npy` file.
public enum NPYProblem: Error, Equatable, Sendable {
    /// The file does not start with `\x93NUMPY`.
    case wrongMagic(found: [UInt8])
    /// The format version is none of 1.0, 2.0, 3.0.
    case unsupportedVersion(major: UInt8, minor: UInt8)
    /// The file ends inside its header.
    case truncatedHeader(expected: Int, found: Int)
    /// The header says that it is longer than any real header.
    case headerTooLong(length: Int, limit: Int)
    /// The header is not the dictionary that the format asks for.
    case malformedHeader(reason: String, header: String)
    /// The element type is not a plain number: objects, strings, records, complex numbers.
    case unsupportedType(String)
    /// The shape is impossible.
    case badShape(HostArrayError)
    /// The file holds fewer bytes than shape and type need.
    case truncatedData(shape: [Int], elementType: ElementType, expected: Int, found: Int)
    /// Bytes follow the array.
    case trailingBytes(count: Int)
    /// A Boolean byte is neither 0 nor 1.
    case invalidBoolean(index: Int, value: UInt8)
    /// The format has no name for this element type.
    case notRepresentable(ElementType)
}

extension NPYProblem: CustomStringConvertible {
    /// What is wrong, with the values, and what to do.
    public var description: String {
        switch self {
        case .wrongMagic(let found):
            "not a .npy file: it starts with the bytes \(found), not \\x93NUMPY"
        case .unsupportedVersion(let major, let minor):
            ".npy format version \(major).\(minor) is not supported; save it as 1.0, 2.0 or 3.0"
        case .truncatedHeader(let expected, let found):
            "the header needs \(expected) bytes, the file has \(found): it is truncated"
        case .headerTooLong(let length, let limit):
            "the header claims \(length) bytes, more than the limit of \(limit)"
        case .malformedHeader(let reason, let header):
            "malformed header: \(reason), in \"\(header)\""
        case .unsupportedType(let descr):
            "element type \(descr) is not supported; save the array as f2, f4, f8, an integer "
                + "type or bool"
        case .badShape(let problem): problem.description
        case .truncatedData(let shape, let elementType, let expected, let found):
            "shape \(shape) of \(elementType) needs \(expected) bytes of data, the file has "
                + "\(found): it is truncated or its header is wrong"
        case .trailingBytes(let count):
            "\(count) bytes follow the array; a .npy file must end with its data"
        case .invalidBoolean(let index, let value):
            "element \(index) of a bool array is the byte \(value), neither 0 nor 1"
        case .notRepresentable(let type):
            "\(type) has no name in the .npy format; convert the array first"
        }
    }
}
