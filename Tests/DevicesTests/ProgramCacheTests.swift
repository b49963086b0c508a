import TandemBasics
import FoundationEssentials
import Testing

@testable import TandemDevices

@Suite struct SHA256Tests {
    // Test vectors of FIPS 180-4.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func hashes(_ text: String, _ expected: String) {
        #expect(SHA256.hexadecimal(SHA256.hash(Array(text.utf8))) == expected)
    }

    /// Every length around the ends of blocks and of padding, in pieces of every length.
    @Test func piecesGiveTheHashOfTheWhole() {
        let message = (0..<200).map { UInt8($0 &* 7 & 0xFF) }
        for length in [0, 1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 200] {
            let whole = SHA256.hash(Array(message[..<length]))
            for piece in [1, 3, 55, 63, 64, 65, 130] {
                var hasher = SHA256()
                for start in stride(from: 0, to: length, by: piece) {
                    message[start..<min(start + piece, length)].withUnsafeBytes {
                        hasher.update($0)
                    }
                }
                #expect(hasher.digest == whole, "\(length) bytes in pieces of \(piece)")
            }
        }
    }
}

@Suite struct ProgramCacheTests {
    private let directory = FileManager.default.temporaryDirectory
        .appending(path: "tandem-cache-\(UUID().uuidString)/nested")
    private var cache: ProgramCache { ProgramCache(directory: directory.path()) }
    private let key = SHA256.hash([1, 2, 3])

    @Test func returnsWhatWasStored() {
        defer { remove() }
        #expect(cache.load(key) == nil)
        cache.store([9, 8, 7], key: key)
        #expect(cache.load(key) == [9, 8, 7])
        cache.store([6], key: key)
        #expect(cache.load(key) == [6])
        #expect(cache.load(SHA256.hash([4])) == nil)
    }

    @Test func isPrivate() throws {
        defer { remove() }
        cache.store([1], key: key)
        let files = FileManager.default
        let folder = try files.attributesOfItem(atPath: directory.path())
        #expect(folder[.posixPermissions] as? Int == 0o700)
        let file = try files.attributesOfItem(atPath: cache.path(key))
        #expect(file[.posixPermissions] as? Int == 0o600)
    }

    @Test func ignoresDamagedFiles() throws {
        defer { remove() }
        cache.store(Array(repeating: 5, count: 100), key: key)
        let whole = try WholeFile.read(cache.path(key))
        for position in stride(from: 0, to: whole.count, by: 7) {
            var damaged = whole
            damaged[position] ^= 1
            try AtomicFile.write(damaged, to: cache.path(key), permissions: 0o600)
            #expect(cache.load(key) == nil, "byte \(position) changed")
        }
        for length in [0, 1, 8, 40, 72, whole.count - 1] {
            try AtomicFile.write(Array(whole[..<length]), to: cache.path(key), permissions: 0o600)
            #expect(cache.load(key) == nil, "cut to \(length) bytes")
        }
        try AtomicFile.write(whole, to: cache.path(key), permissions: 0o600)
        #expect(cache.load(key) != nil)
    }

    @Test func ignoresFilesThatOthersMayWrite() throws {
        defer { remove() }
        cache.store([1, 2], key: key)
        for (permissions, isTaken) in [(0o600, true), (0o620, false), (0o602, false)] {
            try FileManager.default.setAttributes(
                [.posixPermissions: permissions], ofItemAtPath: cache.path(key))
            #expect((cache.load(key) != nil) == isTaken)
        }
    }

    @Test func writersAtTheSameTimeLeaveOneWholeFile() async throws {
        defer { remove() }
        let (cache, key) = (cache, key)
        cache.store([0], key: key)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                let binary = [UInt8](repeating: UInt8(writer), count: 100_000 + writer)
                group.addTask {
                    for _ in 0..<5 {
                        cache.store(binary, key: key)
                        #expect(cache.load(key) != nil)
                    }
                }
            }
        }
        let found = try FileManager.default.contentsOfDirectory(atPath: directory.path())
        #expect(found.count == 1)
    }

    @Test func survivesAFolderThatCannotBeWritten() {
        let cache = ProgramCache(directory: "/proc/nowhere")
        cache.store([1], key: key)
        #expect(cache.load(key) == nil)
    }

    @Test func keysDependOnEveryPart() {
        let device = OpenCLDescription.made(platform: 0, device: 0, kind: .gpu)
        let other = OpenCLDescription.made(platform: 1, device: 0, kind: .gpu)
        let keys = [
            ProgramCache.key(text: "a", options: "b", device: device),
            ProgramCache.key(text: "ab", options: "", device: device),
            ProgramCache.key(text: "a", options: "c", device: device),
            ProgramCache.key(text: "a", options: "b", device: other),
        ]
        #expect(Set(keys).count == keys.count)
    }

    private func remove() {
        try? FileManager.default.removeItem(at: directory.deletingLastPathComponent())
    }
}
