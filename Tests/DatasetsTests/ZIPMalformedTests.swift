import Testing

@testable import Datasets

/// Valid archives with single fields changed by hand.
@Suite struct ZIPMalformedTests {
    /// Two members, "a.npy" and "b.npy", of 4 float32 numbers each.
    let stored: [UInt8]
    let deflated: [UInt8]
    let wide: [UInt8]

    init() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.npz")
        let arrays = try NamedArrays([
            ("a", HostArray(shape: [4], elements: [1, 2, 3, 4] as [Float])),
            ("b", HostArray(shape: [4], elements: [5, 6, 7, 8] as [Float])),
        ])
        try NPZFile.write(arrays, to: path, compression: .stored)
        stored = try contents(of: path)
        try NPZFile.write(arrays, to: path, compression: .deflated)
        deflated = try contents(of: path)
        try NPZFile.write(arrays, to: path, compression: .stored, alwaysZIP64: true)
        wide = try contents(of: path)
    }

    func problem(_ bytes: [UInt8], sizeLimit: Int = 1 << 20) -> ZIPProblem? {
        do throws(DatasetError) {
            _ = try NPZFile.read(
                from: MemorySource(name: "bad.npz", bytes: bytes), sizeLimit: sizeLimit)
            return nil
        } catch {
            #expect("\(error)".hasPrefix("bad.npz: "))
            if case .zip(file: "bad.npz", let problem) = error { return problem }
            Issue.record("another error: \(error)")
            return nil
        }
    }

    func isInconsistent(_ bytes: [UInt8], _ text: String) -> Bool {
        guard case .inconsistent(let found)? = problem(bytes) else { return false }
        return found.contains(text)
    }

    /// The offset of the directory entry of member 0 or 1.
    func entry(_ index: Int, in bytes: [UInt8]) -> Int {
        let start = bytes.littleEndian32(at: bytes.count - 6)
        return start + index * (46 + 5)
    }

    func changed(_ bytes: [UInt8], at offset: Int, to new: [UInt8]) -> [UInt8] {
        var bytes = bytes
        bytes.replaceSubrange(offset..<offset + new.count, with: new)
        return bytes
    }

    @Test func theUnchangedArchivesAreValid() {
        #expect(problem(stored) == nil)
        #expect(problem(deflated) == nil)
        #expect(problem(wide) == nil)
        #expect(problem(stored + Array("with a comment".utf8)) == .noDirectory)
    }

    @Test func everyTruncationIsFound() {
        for bytes in [stored, deflated, wide] {
            for length in 0..<bytes.count {
                #expect(problem(Array(bytes.prefix(length))) == .noDirectory)
            }
        }
    }

    @Test func aCommentIsAllowed() {
        let bytes = changed(stored, at: stored.count - 2, to: [3, 0]) + Array("abc".utf8)
        #expect(problem(bytes) == nil)
    }

    @Test func bytesBeforeTheArchiveAreNot() {
        #expect(isInconsistent([0] + stored, "does not end at"))
    }

    @Test func aWrongDirectoryPlace() {
        let end = stored.count - 22
        #expect(
            isInconsistent(
                changed(stored, at: end + 16, to: [0xFE, 0xFF, 0xFF, 0x7F]), "does not end at"))
        #expect(
            isInconsistent(changed(stored, at: end + 12, to: [1, 0, 0, 0]), "does not end at"))
    }

    @Test func aWrongNumberOfMembers() {
        let end = stored.count - 22
        #expect(
            isInconsistent(
                changed(stored, at: end + 8, to: [1, 0, 1, 0]), "bytes follow the directory"))
        #expect(
            isInconsistent(changed(stored, at: end + 8, to: [0xFF, 0, 0xFF, 0]), "do not fit"))
    }

    @Test func severalDisks() {
        #expect(problem(changed(stored, at: stored.count - 18, to: [1])) == .multipleDisks)
        #expect(problem(changed(stored, at: stored.count - 14, to: [1])) == .multipleDisks)
    }

    @Test func damagedDirectoryEntries() {
        let second = entry(1, in: stored)
        #expect(isInconsistent(changed(stored, at: second, to: [0]), "entry 1"))
        #expect(
            isInconsistent(changed(stored, at: second + 28, to: [0xFF, 0xFF]), "truncated"))
    }

    @Test func aDuplicateName() {
        let second = entry(1, in: stored)
        #expect(
            problem(changed(stored, at: second + 46, to: Array("a.npy".utf8)))
                == .duplicateName("a.npy"))
    }

    @Test func aNameThatIsNotUTF8() {
        let first = entry(0, in: stored)
        let name: [UInt8] = [0xFF] + Array(".npy".utf8)
        #expect(problem(changed(stored, at: first + 46, to: name)) == .invalidName(name))
    }

    @Test func encryptedAndUnsupportedMembers() {
        let first = entry(0, in: stored)
        #expect(problem(changed(stored, at: first + 8, to: [1])) == .encrypted(member: "a.npy"))
        #expect(
            problem(changed(stored, at: first + 10, to: [14]))
                == .unsupportedMethod(member: "a.npy", method: 14))
    }

    @Test func aStoredMemberWithTwoSizes() {
        let first = entry(0, in: stored)
        #expect(isInconsistent(changed(stored, at: first + 24, to: [1]), "is stored"))
    }

    @Test func overlappingMembers() {
        let second = entry(1, in: stored)
        let moved = changed(stored, at: second + 42, to: [0, 0, 0, 0])
        #expect(problem(moved) == .overlap(first: "a.npy", second: "b.npy"))
        let size = stored.littleEndian32(at: second + 42) - 35 + 1
        let longer = changed(
            stored, at: entry(0, in: stored) + 20,
            to: [UInt8(size & 0xFF), 0, 0, 0, UInt8(size & 0xFF), 0, 0, 0])
        #expect(problem(longer) == .overlap(first: "a.npy", second: "b.npy"))
    }

    @Test func membersOutsideTheFile() {
        let first = entry(0, in: stored)
        let far: [UInt8] = [0xF0, 0xFF, 0xFF, 0x7F]
        #expect(isInconsistent(changed(stored, at: first + 42, to: far), "does not lie before"))
        #expect(
            isInconsistent(
                changed(stored, at: first + 20, to: far + far), "does not lie before"))
        #expect(isInconsistent(changed(stored, at: first + 42, to: [1]), "no member starts"))
        #expect(
            isInconsistent(
                changed(stored, at: first + 42, to: [0xFF, 0xFF, 0xFF, 0xFF]), "64-bit"))
    }

    @Test func aLocalHeaderThatDisagrees() {
        #expect(isInconsistent(changed(stored, at: 30, to: Array("c".utf8)), "differ"))
        #expect(isInconsistent(changed(stored, at: 8, to: [8]), "differ"))
    }

    @Test func aWrongChecksum() {
        let offset = 30 + 5 + 64
        let bytes = changed(stored, at: offset + 70, to: [99])
        guard case .checksum(member: "a.npy", _, _)? = problem(bytes) else {
            Issue.record("accepted")
            return
        }
    }

    @Test func damagedPackedBytes() {
        for offset in 35..<deflated.littleEndian32(at: entry(1, in: deflated) + 42) {
            var bytes = deflated
            bytes[offset] ^= 0xFF
            switch problem(bytes) {
            case .damagedData(member: "a.npy", _, _), .checksum(member: "a.npy", _, _): break
            case let other: Issue.record("byte \(offset): \(String(describing: other))")
            }
        }
    }

    @Test func aClaimedSizeThatIsWrong() {
        let first = entry(0, in: deflated)
        let size = deflated.littleEndian32(at: first + 24)
        for wrong in [size - 1, size + 1] {
            let bytes = changed(deflated, at: first + 24, to: [UInt8(wrong)])
            guard case .damagedData(member: "a.npy", expected: wrong, _)? = problem(bytes) else {
                Issue.record("accepted")
                continue
            }
        }
    }

    @Test func aZIPBombStopsAtTheLimit() {
        let first = entry(0, in: deflated)
        #expect(
            problem(changed(deflated, at: first + 24, to: [0, 0, 0, 0x40]))
                == .impossibleRatio(
                    member: "a.npy", size: 1 << 30,
                    compressedSize: deflated.littleEndian32(at: first + 20)))
        let size = stored.littleEndian32(at: entry(0, in: stored) + 24)
        #expect(
            problem(stored, sizeLimit: size - 1)
                == .tooLarge(member: "a.npy", size: size, limit: size - 1))
        #expect(problem(stored, sizeLimit: size) == nil)
    }

    /// A megabyte of zeros packs about a thousandfold, which is possible, so the limit must act.
    @Test func aRealBombStopsAtTheLimit() throws {
        let folder = try TemporaryFolder()
        let zeros = try HostArray(
            shape: [1 << 20], elements: [UInt8](repeating: 0, count: 1 << 20))
        try NPZFile.write(
            NamedArrays([("z", zeros)]), to: folder.file("a.npz"), compression: .deflated)
        let bytes = try contents(of: folder.file("a.npz"))
        #expect(bytes.count < 2_000)
        #expect(
            problem(bytes, sizeLimit: 1 << 20)
                == .tooLarge(member: "z.npy", size: 1 << 20 | 128, limit: 1 << 20))
    }

    @Test func membersThatAreNotArrays() {
        let name = Array("a.txt".utf8)
        let bytes = changed(
            changed(stored, at: 30, to: name), at: entry(0, in: stored) + 46, to: name)
        #expect(problem(bytes) == .notAnArray(member: "a.txt"))
    }

    @Test func aDamagedMemberIsNamed() throws {
        let bytes = changed(stored, at: 35, to: [0])
        // The checksum is repaired, so that the member's own header is what is found wrong.
        let size = stored.littleEndian32(at: entry(0, in: stored) + 24)
        var sum: [UInt8] = []
        sum.append32(Int(Deflate.checksum([Array(bytes[35..<35 + size])])))
        let repaired = changed(bytes, at: entry(0, in: stored) + 16, to: sum)
        #expect(
            throws: DatasetError.npy(
                file: "bad.npz/a.npy",
                .wrongMagic(found: [0] + Array("NUMPY".utf8)))
        ) { try NPZFile.read(from: MemorySource(name: "bad.npz", bytes: repaired)) }
    }

    @Test func damagedWideFields() {
        let record = wide.count - 22 - 20 - 56
        let ones = [UInt8](repeating: 0xFF, count: 8)
        #expect(isInconsistent(changed(wide, at: record + 48, to: ones), "is 1844"))
        #expect(isInconsistent(changed(wide, at: record + 40, to: [0]), "does not end at"))
        #expect(isInconsistent(changed(wide, at: record, to: [0]), "no ZIP64 record"))
        #expect(isInconsistent(changed(wide, at: record + 56 + 8, to: ones), "is 1844"))
        #expect(
            isInconsistent(changed(wide, at: record + 56 + 14, to: [1]), "lies outside"))
        #expect(problem(changed(wide, at: record + 16, to: [1])) == .multipleDisks)
        let directory = Int(wide.littleEndian64(at: record + 48))
        let extra = directory + 46 + 5
        #expect(isInconsistent(changed(wide, at: extra, to: [2]), "64-bit"))
        #expect(isInconsistent(changed(wide, at: extra + 2, to: [200]), "truncated"))
        #expect(isInconsistent(changed(wide, at: extra + 4, to: ones), "is 1844"))
    }
}
