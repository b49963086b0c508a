/// The members of a ZIP archive, found through its central directory and checked against the
/// archive's real size before anything is unpacked.
///
/// Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", 6.3.10. Supported: stored and
/// deflated members, ZIP64. Local headers must agree with the directory, and no two members may
/// share bytes: archives that break this unpack differently in different programs.
struct ZIPArchive {
    struct Member: Equatable {
        let name: String
        let rawName: [UInt8]
        let method: Int
        let checksum: UInt32
        let compressedSize: Int
        let size: Int
        let headerOffset: Int
    }

    let members: [Member]
    private let source: any ByteSource
    private let directoryOffset: Int

    static let storedMethod = 0
    static let deflatedMethod = 8

    /// Reads the central directory of `source`.
    init(_ source: any ByteSource) throws(DatasetError) {
        let directory = try ZIPDirectory.locate(in: source)
        let bytes = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: directory.offset, count: directory.size)
        }
        members = try wrapping({ .zip(file: source.name, $0) }) { () throws(ZIPProblem) in
            try ZIPDirectory.members(in: bytes, place: directory)
        }
        self.source = source
        directoryOffset = directory.offset
        try checkPlaces()
    }

    /// The unpacked bytes of a member, at most `limit` of them.
    func read(_ member: Member, limit: Int) throws(DatasetError) -> [UInt8] {
        let name = member.name
        if member.size > limit {
            throw zip(.tooLarge(member: name, size: member.size, limit: limit))
        }
        let start = try dataOffset(of: member)
        let packed = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: start, count: member.compressedSize)
        }
        var bytes = packed
        if member.method == Self.deflatedMethod {
            bytes = try wrapping({ .zip(file: source.name, $0) }) { () throws(ZIPProblem) in
                try Deflate.inflate(packed, size: member.size, member: name)
            }
        }
        let found = Deflate.checksum([bytes])
        if found != member.checksum {
            throw zip(.checksum(member: name, expected: member.checksum, found: found))
        }
        return bytes
    }

    /// Checks methods, sizes and that the members' bytes lie apart, before the directory.
    private func checkPlaces() throws(DatasetError) {
        for member in members {
            switch member.method {
            case Self.storedMethod:
                if member.size != member.compressedSize {
                    throw zip(
                        .inconsistent(
                            "\"\(member.name)\" is stored, but \(member.compressedSize) bytes are "
                                + "said to unpack to \(member.size)"))
                }
            case Self.deflatedMethod:
                let possible = member.compressedSize
                    .multipliedReportingOverflow(by: Deflate.maximumRatio)
                if !possible.overflow && member.size > possible.partialValue {
                    throw zip(
                        .impossibleRatio(
                            member: member.name, size: member.size,
                            compressedSize: member.compressedSize))
                }
            default:
                throw zip(.unsupportedMethod(member: member.name, method: member.method))
            }
        }
        var previous: (name: String, end: Int)?
        for member in members.sorted(by: { $0.headerOffset < $1.headerOffset }) {
            if let previous, member.headerOffset < previous.end {
                throw zip(.overlap(first: previous.name, second: member.name))
            }
            // Sizes were checked to lie inside the file, so the sum does not overflow.
            previous = (member.name, try dataOffset(of: member) + member.compressedSize)
        }
    }

    /// Reads the member's local header, compares it with the directory, and finds its data.
    private func dataOffset(of member: Member) throws(DatasetError) -> Int {
        let fixedSize = 30
        guard member.headerOffset <= directoryOffset - fixedSize else {
            throw zip(outside(member))
        }
        let header = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: member.headerOffset, count: fixedSize)
        }
        guard header.littleEndian32(at: 0) == 0x0403_4B50 else {
            throw zip(
                .inconsistent(
                    "no member starts at offset \(member.headerOffset), where \"\(member.name)\" "
                        + "should"))
        }
        let nameSize = header.littleEndian16(at: 26)
        let start = member.headerOffset + fixedSize + nameSize + header.littleEndian16(at: 28)
        guard start <= directoryOffset, member.compressedSize <= directoryOffset - start else {
            throw zip(outside(member))
        }
        let localName = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: member.headerOffset + fixedSize, count: nameSize)
        }
        guard localName == member.rawName, header.littleEndian16(at: 8) == member.method else {
            throw zip(
                .inconsistent(
                    "name or method of \"\(member.name)\" differ between its header and the "
                        + "directory"))
        }
        return start
    }

    private func outside(_ member: Member) -> ZIPProblem {
        .inconsistent(
            "\"\(member.name)\" (\(member.compressedSize) bytes from offset "
                + "\(member.headerOffset)) does not lie before the directory at "
                + "\(directoryOffset)")
    }

    private func zip(_ problem: ZIPProblem) -> DatasetError {
        .zip(file: source.name, problem)
    }
}
