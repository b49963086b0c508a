/// Reads and writes several named arrays as a `.npz` file: a ZIP archive of `.npy` members.
public enum NPZFile {
    /// How the members of an archive are kept.
    public enum Compression: Sendable {
        /// As they are, like `numpy.savez`.
        case stored
        /// Packed by zlib, like `numpy.savez_compressed`.
        case deflated
    }

    /// The default limit for the unpacked size of one array: 16 GiB.
    public static let defaultSizeLimit = 1 << 34

    /// Reads every array of the archive at `path`; the names lack the suffix `.npy`.
    ///
    /// - Parameters:
    ///   - path: the archive.
    ///   - sizeLimit: the most bytes that one array may unpack to.
    /// - Returns: the arrays in the archive's order.
    /// - Throws: `zip` for a damaged or hostile container, `npy` for a damaged member. Checksums
    ///   are verified; nothing larger than the limit is allocated.
    public static func read(
        _ path: String, sizeLimit: Int = defaultSizeLimit
    ) throws(DatasetError) -> NamedArrays {
        let file = try wrapping(DatasetError.file) { () throws(FileError) in try InputFile(path) }
        return try read(from: file, sizeLimit: sizeLimit)
    }

    static func read(
        from source: any ByteSource, sizeLimit: Int = defaultSizeLimit
    ) throws(DatasetError) -> NamedArrays {
        let archive = try ZIPArchive(source)
        var arrays = NamedArrays()
        for member in archive.members {
            guard member.name.hasSuffix(".npy"), member.name.utf8.count > 4 else {
                throw .zip(file: source.name, .notAnArray(member: member.name))
            }
            let bytes = try archive.read(member, limit: sizeLimit)
            let memory = MemorySource(name: "\(source.name)/\(member.name)", bytes: bytes)
            let array = try NPYFile.read(from: memory)
            try wrapping({ .array(file: source.name, $0) }) { () throws(HostArrayError) in
                try arrays.append(array, named: String(member.name.dropLast(4)))
            }
        }
        return arrays
    }

    /// Writes `arrays` to `path` in their order, atomically; equal arrays give equal files.
    public static func write(
        _ arrays: NamedArrays, to path: String, compression: Compression = .stored
    ) throws(DatasetError) {
        try write(arrays, to: path, compression: compression, alwaysZIP64: false)
    }

    static func write(
        _ arrays: NamedArrays, to path: String, compression: Compression, alwaysZIP64: Bool
    ) throws(DatasetError) {
        var members: [ZIPWriter.Member] = []
        for name in arrays.names {
            guard let array = arrays[name] else { continue }
            members.append(try member(name, array, path: path, compression: compression))
        }
        try wrapping(DatasetError.file) { () throws(FileError) in
            try AtomicFile.write(to: path) { output throws(FileError) in
                var writer = ZIPWriter(output, alwaysZIP64: alwaysZIP64)
                for member in members { try writer.append(member) }
                try writer.finish()
            }
        }
    }

    private static func member(
        _ name: String, _ array: HostArray, path: String, compression: Compression
    ) throws(DatasetError) -> ZIPWriter.Member {
        guard !name.isEmpty, name.utf8.count < 0xFF00 else {
            throw .zip(file: path, .invalidName(Array(name.utf8.prefix(100))))
        }
        let header = try wrapping({ .npy(file: "\(path)/\(name).npy", $0) }) {
            () throws(NPYProblem) in
            try NPYHeader.encode(shape: array.shape, elementType: array.elementType)
        }
        let checksum = Deflate.checksum([header, array.bytes])
        let size = header.count + array.bytes.count
        guard compression == .deflated else {
            return ZIPWriter.Member(
                name: name + ".npy", method: ZIPArchive.storedMethod, checksum: checksum,
                size: size, parts: [header, array.bytes])
        }
        let packed = try wrapping({ .zip(file: path, $0) }) { () throws(ZIPProblem) in
            try Deflate.deflate(header + array.bytes)
        }
        return ZIPWriter.Member(
            name: name + ".npy", method: ZIPArchive.deflatedMethod, checksum: checksum,
            size: size, parts: [packed])
    }
}
