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
        var bytes = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: header.dataOffset, count: needed)
        }
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
