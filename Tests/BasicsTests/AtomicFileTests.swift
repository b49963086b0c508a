import TandemTestSupport
import Glibc
import Synchronization
import Testing

@testable import TandemBasics

@Suite struct AtomicFileTests {
    @Test func writesAndReplaces() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a.txt")
        try AtomicFile.write("first", to: path)
        try AtomicFile.write("second", to: path)
        #expect(try contents(of: path) == Array("second".utf8))
        #expect(try folder.names() == ["a.txt"])
    }

    @Test func keepsTheModeOfTheFileItReplaces() throws {
        let folder = try TemporaryFolder()
        let path = try folder.put([1], "a")
        #expect(chmod(path, 0o640) == 0)
        try AtomicFile.write([2], to: path)
        var status = stat()
        #expect(stat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o640)
    }

    @Test func largeAndSmallPiecesArriveInOrder() throws {
        let folder = try TemporaryFolder()
        var expected: [UInt8] = []
        try AtomicFile.write(to: folder.file("a")) { writer throws(FileError) in
            for size in [1, 65_535, 3, 65_536, 200_000, 0, 65_537, 7] {
                let piece = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
                expected += piece
                try writer.write(piece)
            }
        }
        #expect(try contents(of: folder.file("a")) == expected)
    }

    /// Every call writes at most 1,000 bytes and every other one is interrupted by a signal first.
    @Test func shortAndInterruptedWritesAreCompleted() throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let calls = Mutex(0)
        var system = SystemCalls.live
        system.write = { descriptor, base, count in
            let call = calls.withLock { value in
                value += 1
                return value
            }
            if call % 2 == 0 {
                errno = EINTR
                return -1
            }
            return Glibc.write(descriptor, base, min(count, 1_000))
        }
        try AtomicFile.write(to: folder.file("a"), calls: system) { writer throws(FileError) in
            try writer.write(bytes)
        }
        #expect(try contents(of: folder.file("a")) == bytes)
        #expect(calls.withLock { $0 } >= 199)
    }

    enum Failing: CaseIterable { case write, laterWrite, synchronize, rename, body }

    @Test(arguments: Failing.allCases, [true, false])
    func aFailureLeavesThePreviousFileWhole(failing: Failing, hasPrevious: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("a")
        if hasPrevious { _ = try folder.put([1, 2, 3], "a") }
        let error: (String, Int32)
        var system = SystemCalls.live
        switch failing {
        case .write, .laterWrite:
            let room = Mutex(failing == .write ? 0 : 150_000)
            system.write = { descriptor, base, count in
                room.withLock { room in
                    let part = min(count, room)
                    if part == 0 {
                        errno = ENOSPC
                        return -1
                    }
                    room -= part
                    return Glibc.write(descriptor, base, part)
                }
            }
            error = ("writing", ENOSPC)
        case .synchronize:
            system.synchronize = { _ in
                errno = EIO
                return -1
            }
            error = ("synchronising", EIO)
        case .rename:
            system.rename = { _, _ in
                errno = EACCES
                return -1
            }
            error = ("renaming the temporary file to", EACCES)
        case .body: error = ("making", EDQUOT)
        }
        let expected = FileError.system(operation: error.0, path: path, code: error.1)
        #expect(throws: expected) {
            try AtomicFile.write(to: path, calls: system) { writer throws(FileError) in
                try writer.write([UInt8](repeating: 7, count: 100_000))
                try writer.write([UInt8](repeating: 7, count: 100_000))
                if failing == .body {
                    throw .system(operation: error.0, path: path, code: error.1)
                }
            }
        }
        #expect(try folder.names() == (hasPrevious ? ["a"] : []))
        if hasPrevious { #expect(try contents(of: path) == [1, 2, 3]) }
    }

    @Test func aFullDiskIsNamed() {
        let text = FileError.system(operation: "writing", path: "/x/y", code: ENOSPC).description
        #expect(text.contains("ENOSPC"))
        #expect(text.contains("/x/y"))
        #expect(text.contains("make room"))
    }

    @Test func foldersAndDevicesAreNotReplaced() throws {
        let folder = try TemporaryFolder()
        #expect(throws: FileError.notARegularFile(path: folder.path)) {
            try AtomicFile.write([1], to: folder.path)
        }
        #expect(throws: FileError.notARegularFile(path: "/dev/null")) {
            try AtomicFile.write([1], to: "/dev/null")
        }
    }

    @Test func aMissingFolderIsAnError() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/such/file")
        #expect(
            throws: FileError.system(
                operation: "creating a temporary file beside", path: path, code: ENOENT)
        ) { try AtomicFile.write([1], to: path) }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may write everywhere"))
    func aReadOnlyFolderIsAnError() throws {
        let folder = try TemporaryFolder()
        chmod(folder.path, 0o500)
        defer { chmod(folder.path, 0o700) }
        let path = folder.file("a")
        #expect(
            throws: FileError.system(
                operation: "creating a temporary file beside", path: path, code: EACCES)
        ) { try AtomicFile.write([1], to: path) }
    }

    @Test func whatKilledWritersLeftIsRemoved() throws {
        let folder = try TemporaryFolder()
        // No process has a number this high: the kernel's limit is 2^22.
        let dead = 1 << 23
        for name in [
            ".a.\(dead).x1.tmp", ".a.\(dead).x2.tmp", ".a.\(getpid()).x3.tmp", ".b.\(dead).x4.tmp",
            ".a.more.\(dead).x5.tmp", "a", ".a.tmp",
        ] { _ = try folder.put([1], name) }
        #expect(AtomicFile.removeAbandonedTemporaries(of: folder.file("a")) == 2)
        #expect(
            try Set(folder.names()) == [
                ".a.\(getpid()).x3.tmp", ".b.\(dead).x4.tmp", ".a.more.\(dead).x5.tmp", "a",
                ".a.tmp",
            ])
        #expect(AtomicFile.removeAbandonedTemporaries(of: "/no/such/folder/a") == 0)
    }

    @Test func longNamesWork() throws {
        let folder = try TemporaryFolder()
        let name = String(repeating: "\u{e9}", count: 127)
        try AtomicFile.write([1], to: folder.file(name))
        #expect(try folder.names() == [name])
    }

    @Test func createsFoldersAbove() throws {
        let folder = try TemporaryFolder()
        try Folder.create(folder.file("a/b/c"))
        try Folder.create(folder.file("a/b/c"))
        #expect(Folder.isFolder(folder.file("a/b/c")))
        let path = try folder.put([1], "file")
        #expect(throws: FileError.notAFolder(path: path)) { try Folder.create(path) }
        #expect(throws: FileError.self) { try Folder.create(path + "/below") }
    }

    @Test(arguments: [
        ("a", ".", "a"), ("/a", "/", "a"), ("a/b", "a", "b"), ("/a/b/", "/a", "b"), ("/", "/", ""),
    ])
    func splitsPaths(path: String, folder: String, name: String) {
        #expect(Folder.split(path) == (folder, name))
    }
}
