/// Finds and reads the central directory of a ZIP archive.
enum ZIPDirectory {
    struct Place: Equatable {
        let offset: Int
        let size: Int
        let memberCount: Int
    }

    private static let endSize = 22
    private static let commentLimit = 65_535
    private static let locatorSize = 20
    private static let end64Size = 56
    private static let entrySize = 46

    static func locate(in source: any ByteSource) throws(DatasetError) -> Place {
        let tailSize = min(source.count, endSize + commentLimit + locatorSize)
        let tailOffset = source.count - tailSize
        let tail = try wrapping(DatasetError.file) { () throws(FileError) in
            try source.read(at: tailOffset, count: tailSize)
        }
        guard let end = endRecord(in: tail) else {
            throw .zip(file: source.name, .noDirectory)
        }
        let record = try wrapping({ .zip(file: source.name, $0) }) { () throws(ZIPProblem) in
            try locator64Offset(tail: tail, end: end)
        }
        var place = Place(
            offset: tail.littleEndian32(at: end + 16), size: tail.littleEndian32(at: end + 12),
            memberCount: tail.littleEndian16(at: end + 10))
        var limit = tailOffset + end
        if let record {
            guard record >= 0, record <= limit - locatorSize - end64Size else {
                throw .zip(
                    file: source.name, .inconsistent("ZIP64 record at \(record) lies outside"))
            }
            let bytes = try wrapping(DatasetError.file) { () throws(FileError) in
                try source.read(at: record, count: end64Size)
            }
            place = try wrapping({ .zip(file: source.name, $0) }) { () throws(ZIPProblem) in
                try place64(bytes)
            }
            limit = record
        }
        guard place.offset <= limit, place.size == limit - place.offset else {
            throw .zip(
                file: source.name,
                .inconsistent(
                    "the directory (\(place.size) bytes from offset \(place.offset)) does not end "
                        + "at \(limit)"))
        }
        return place
    }

    /// The last end record whose comment reaches exactly to the end of the file.
    private static func endRecord(in tail: [UInt8]) -> Int? {
        var offset = tail.count - endSize
        while offset >= 0 {
            if tail.littleEndian32(at: offset) == 0x0605_4B50,
                tail.littleEndian16(at: offset + 20) == tail.count - offset - endSize
            {
                return offset
            }
            offset -= 1
        }
        return nil
    }

    /// Where the ZIP64 end record is, when a locator stands before the end record.
    private static func locator64Offset(
        tail: [UInt8], end: Int
    ) throws(ZIPProblem) -> Int? {
        let disk = tail.littleEndian16(at: end + 4)
        let directoryDisk = tail.littleEndian16(at: end + 6)
        let locator = end - locatorSize
        guard locator >= 0, tail.littleEndian32(at: locator) == 0x0706_4B50 else {
            guard disk == 0, directoryDisk == 0,
                tail.littleEndian16(at: end + 8) == tail.littleEndian16(at: end + 10)
            else { throw .multipleDisks }
            return nil
        }
        guard tail.littleEndian32(at: locator + 4) == 0,
            tail.littleEndian32(at: locator + 16) <= 1
        else { throw .multipleDisks }
        return try integer(tail.littleEndian64(at: locator + 8), "offset of the ZIP64 record")
    }

    private static func place64(_ record: [UInt8]) throws(ZIPProblem) -> Place {
        guard record.littleEndian32(at: 0) == 0x0606_4B50 else {
            throw .inconsistent("no ZIP64 record where its locator points")
        }
        guard record.littleEndian32(at: 16) == 0, record.littleEndian32(at: 20) == 0,
            record.littleEndian64(at: 24) == record.littleEndian64(at: 32)
        else { throw .multipleDisks }
        return Place(
            offset: try integer(record.littleEndian64(at: 48), "offset of the directory"),
            size: try integer(record.littleEndian64(at: 40), "size of the directory"),
            memberCount: try integer(record.littleEndian64(at: 32), "number of members"))
    }

    /// The members listed in the directory's bytes.
    static func members(
        in bytes: [UInt8], place: Place
    ) throws(ZIPProblem) -> [ZIPArchive.Member] {
        guard place.memberCount <= bytes.count / entrySize else {
            throw .inconsistent(
                "\(place.memberCount) members do not fit a directory of \(bytes.count) bytes")
        }
        var members: [ZIPArchive.Member] = []
        var names: Set<String> = []
        var offset = 0
        for index in 0..<place.memberCount {
            guard bytes.count - offset >= entrySize,
                bytes.littleEndian32(at: offset) == 0x0201_4B50
            else { throw .inconsistent("entry \(index) of the directory is damaged") }
            let next =
                offset + entrySize + bytes.littleEndian16(at: offset + 28)
                + bytes.littleEndian16(at: offset + 30) + bytes.littleEndian16(at: offset + 32)
            guard next <= bytes.count else {
                throw .inconsistent("entry \(index) of the directory is truncated")
            }
            let member = try member(in: bytes, at: offset)
            if !names.insert(member.name).inserted { throw .duplicateName(member.name) }
            members.append(member)
            offset = next
        }
        if offset != bytes.count {
            throw .inconsistent("\(bytes.count - offset) bytes follow the directory's entries")
        }
        return members
    }

    private static func member(
        in bytes: [UInt8], at offset: Int
    ) throws(ZIPProblem) -> ZIPArchive.Member {
        let nameSize = bytes.littleEndian16(at: offset + 28)
        let extraSize = bytes.littleEndian16(at: offset + 30)
        let rawName = Array(bytes[(offset + entrySize)..<(offset + entrySize + nameSize)])
        guard !rawName.isEmpty, let name = String(validating: rawName, as: UTF8.self) else {
            throw .invalidName(rawName)
        }
        if bytes.littleEndian16(at: offset + 8) & 1 != 0 { throw .encrypted(member: name) }
        let extraStart = offset + entrySize + nameSize
        var wide = try ZIP64Fields(
            Array(bytes[extraStart..<(extraStart + extraSize)]), member: name)
        let size = try wide.widen(bytes.littleEndian32(at: offset + 24))
        let compressedSize = try wide.widen(bytes.littleEndian32(at: offset + 20))
        let headerOffset = try wide.widen(bytes.littleEndian32(at: offset + 42))
        return ZIPArchive.Member(
            name: name, rawName: rawName, method: bytes.littleEndian16(at: offset + 10),
            checksum: UInt32(bytes.littleEndian32(at: offset + 16)),
            compressedSize: compressedSize, size: size, headerOffset: headerOffset)
    }

    fileprivate static func integer(
        _ value: UInt64, _ what: String
    ) throws(ZIPProblem) -> Int {
        guard let value = Int(exactly: value) else {
            throw .inconsistent("the \(what) is \(value)")
        }
        return value
    }
}

/// The ZIP64 extra field: 64-bit values, in order, for those 32-bit fields that are all ones.
private struct ZIP64Fields {
    private let values: [UInt8]
    private let member: String
    private var position = 0

    init(_ extra: [UInt8], member: String) throws(ZIPProblem) {
        self.member = member
        var found: [UInt8] = []
        var offset = 0
        while offset + 4 <= extra.count {
            let size = extra.littleEndian16(at: offset + 2)
            guard size <= extra.count - offset - 4 else {
                throw .inconsistent("an extra field of \"\(member)\" is truncated")
            }
            if extra.littleEndian16(at: offset) == 0x0001 {
                found = Array(extra[(offset + 4)..<(offset + 4 + size)])
            }
            offset += 4 + size
        }
        values = found
    }

    mutating func widen(_ narrow: Int) throws(ZIPProblem) -> Int {
        guard narrow == 0xFFFF_FFFF else { return narrow }
        guard position + 8 <= values.count else {
            throw .inconsistent("\"\(member)\" lacks a 64-bit size or offset")
        }
        defer { position += 8 }
        return try ZIPDirectory.integer(values.littleEndian64(at: position), "size of \(member)")
    }
}
