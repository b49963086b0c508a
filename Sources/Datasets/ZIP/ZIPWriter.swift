/// Writes a ZIP archive of which every member is known in full before it is written.
///
/// The time stamps are fixed (1980-01-01), so equal contents give equal files. ZIP64 fields are
/// written where a value needs them, or everywhere when `alwaysZIP64` is set.
struct ZIPWriter {
    /// A member ready to be written: `parts` are its bytes as they stand in the archive.
    struct Member {
        let name: String
        let method: Int
        let checksum: UInt32
        let size: Int
        let parts: [[UInt8]]
    }

    private struct Entry {
        let name: [UInt8]
        let method: Int
        let checksum: UInt32
        let compressedSize: Int
        let size: Int
        let offset: Int
    }

    private let output: AtomicFileWriter
    private let alwaysZIP64: Bool
    private var entries: [Entry] = []
    private var offset = 0

    private static let narrowLimit = 0xFFFF_FFFF
    private static let date1980 = 0x21
    private static let version20 = 20
    private static let version45 = 45
    private static let utf8Names = 0x800

    init(_ output: AtomicFileWriter, alwaysZIP64: Bool = false) {
        self.output = output
        self.alwaysZIP64 = alwaysZIP64
    }

    /// Appends a member.
    mutating func append(_ member: Member) throws(FileError) {
        let entry = Entry(
            name: Array(member.name.utf8), method: member.method, checksum: member.checksum,
            compressedSize: member.parts.reduce(0) { $0 + $1.count }, size: member.size,
            offset: offset)
        let wide = alwaysZIP64 || max(entry.size, entry.compressedSize) >= Self.narrowLimit
        var header: [UInt8] = []
        header.append32(0x0403_4B50)
        appendCommon(entry, wide: wide, to: &header)
        header.append16(wide ? 20 : 0)
        header += entry.name
        if wide {
            header.append16(0x0001)
            header.append16(16)
            header.append64(entry.size)
            header.append64(entry.compressedSize)
        }
        try put(header)
        for part in member.parts { try put(part) }
        entries.append(entry)
    }

    /// Writes the central directory and the end records.
    mutating func finish() throws(FileError) {
        let start = offset
        for entry in entries { try put(directoryEntry(entry)) }
        let size = offset - start
        let needsWide =
            alwaysZIP64 || entries.count >= 0xFFFF || max(start, size) >= Self.narrowLimit
        var end: [UInt8] = []
        if needsWide { end = end64(directoryOffset: start, directorySize: size) }
        end.append32(0x0605_4B50)
        end.append32(0)
        end.append16(needsWide ? 0xFFFF : entries.count)
        end.append16(needsWide ? 0xFFFF : entries.count)
        end.append32(needsWide ? Self.narrowLimit : size)
        end.append32(needsWide ? Self.narrowLimit : start)
        end.append16(0)
        try put(end)
    }

    private func directoryEntry(_ entry: Entry) -> [UInt8] {
        let wide =
            alwaysZIP64
            || max(entry.size, entry.compressedSize, entry.offset) >= Self.narrowLimit
        var bytes: [UInt8] = []
        bytes.append32(0x0201_4B50)
        bytes.append16(Self.version45)
        appendCommon(entry, wide: wide, to: &bytes)
        bytes.append16(wide ? 28 : 0)
        bytes.append16(0)
        bytes.append32(0)
        bytes.append32(0)
        bytes.append32(wide ? Self.narrowLimit : entry.offset)
        bytes += entry.name
        if wide {
            bytes.append16(0x0001)
            bytes.append16(24)
            bytes.append64(entry.size)
            bytes.append64(entry.compressedSize)
            bytes.append64(entry.offset)
        }
        return bytes
    }

    /// The fields that the local header and the directory entry share, up to the name's length.
    private func appendCommon(_ entry: Entry, wide: Bool, to bytes: inout [UInt8]) {
        bytes.append16(wide ? Self.version45 : Self.version20)
        bytes.append16(Self.utf8Names)
        bytes.append16(entry.method)
        bytes.append16(0)
        bytes.append16(Self.date1980)
        bytes.append32(Int(entry.checksum))
        bytes.append32(wide ? Self.narrowLimit : entry.compressedSize)
        bytes.append32(wide ? Self.narrowLimit : entry.size)
        bytes.append16(entry.name.count)
    }

    private func end64(directoryOffset: Int, directorySize: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append32(0x0606_4B50)
        bytes.append64(44)
        bytes.append16(Self.version45)
        bytes.append16(Self.version45)
        bytes.append64(0)
        bytes.append64(entries.count)
        bytes.append64(entries.count)
        bytes.append64(directorySize)
        bytes.append64(directoryOffset)
        bytes.append32(0x0706_4B50)
        bytes.append32(0)
        bytes.append64(directoryOffset + directorySize)
        bytes.append32(1)
        return bytes
    }

    private mutating func put(_ bytes: [UInt8]) throws(FileError) {
        try output.write(bytes)
        offset += bytes.count
    }
}
