import TandemBasics

/// Named arrays with text about them, as a safetensors file holds them.
public struct SafetensorsFile: Sendable {
    /// The arrays; after reading, in the order of their data.
    public var arrays: NamedArrays
    /// Text about the file (`__metadata__`), in order; names must differ.
    public var metadata: [(name: String, text: String)]

    /// Makes the contents of a file.
    public init(arrays: NamedArrays, metadata: [(name: String, text: String)] = []) {
        self.arrays = arrays
        self.metadata = metadata
    }

    /// The text of the given name in the metadata, or nil.
    public func metadata(named name: String) -> String? {
        metadata.first { $0.name == name }?.text
    }

    /// Reads the file at `path` and checks it completely before any array is allocated.
    ///
    /// The header must be at most 100 MB, start with `{`, name nothing twice; the arrays must cover the data
    /// without hole or overlap, and every size must be that of its shape and type. Throws `file` or `safetensors`
    /// with the array's name and the values.
    public static func read(_ path: String) throws(DatasetError) -> SafetensorsFile {
        let file = try wrapping(DatasetError.file) { () throws(FileError) in try InputFile(path) }
        return try read(from: file)
    }

    /// Reads the file at `path` and checks that its arrays are those needed.
    ///
    /// Throws `mismatches` with all differences at once; else as ``read(_:)``.
    public static func read(
        _ path: String, requiring requirements: [ArrayRequirement],
        matching: ArrayMatching = .strict
    ) throws(DatasetError) -> SafetensorsFile {
        let file = try read(path)
        try file.arrays.require(requirements, matching: matching, file: path)
        return file
    }

    /// Writes the arrays and the metadata to `path`, atomically; equal contents give equal files.
    public func write(to path: String) throws(DatasetError) {
        let (header, encoded) = try wrapping({ .safetensors(file: path, $0) }) {
            () throws(SafetensorsProblem) in
            let header = try SafetensorsHeader(laying: arrays, metadata: metadata)
            return (header, try header.encode())
        }
        try wrapping(DatasetError.file) { () throws(FileError) in
            try AtomicFile.write(to: path) { writer throws(FileError) in
                try writer.write(encoded)
                for entry in header.entries {
                    try writer.write(arrays[entry.name]?.bytes ?? [])
                }
            }
        }
    }

    static func read(from source: some ByteSource) throws(DatasetError) -> SafetensorsFile {
        let (header, dataOffset) = try readHeader(from: source)
        var arrays = NamedArrays()
        for entry in header.entries {
            let bytes = try source.bytes(
                at: dataOffset + entry.place.lowerBound, count: entry.place.count)
            try wrapping({ .array(file: source.name, $0) }) { () throws(HostArrayError) in
                let array = try HostArray(
                    shape: entry.shape, elementType: entry.elementType, bytes: bytes)
                try arrays.append(array, named: entry.name)
            }
        }
        return SafetensorsFile(arrays: arrays, metadata: header.metadata)
    }

    private static func readHeader(
        from source: some ByteSource
    ) throws(DatasetError) -> (SafetensorsHeader, dataOffset: Int) {
        guard source.count >= 8 else {
            throw .safetensors(file: source.name, .tooShort(size: source.count))
        }
        let claimed = try source.bytes(at: 0, count: 8).littleEndian(at: 0, width: 8)
        let limit = min(source.count - 8, SafetensorsHeader.lengthLimit)
        guard claimed <= UInt64(limit) else {
            throw .safetensors(file: source.name, .headerLength(claimed: claimed, limit: limit))
        }
        let length = Int(claimed)
        let text = try source.bytes(at: 8, count: length)
        let header = try wrapping({ .safetensors(file: source.name, $0) }) {
            () throws(SafetensorsProblem) in
            try SafetensorsHeader(text, dataSize: source.count - 8 - length)
        }
        return (header, 8 + length)
    }
}
