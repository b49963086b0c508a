import Foundation
import TandemRegistry
import Testing

/// Damaged files end in typed errors: never in a crash, never in wrong answers that nobody notices.
@Suite struct DamageTests {
    /// The bytes of a closed registry with a few hundred rows; its log has been merged into the file.
    private func registryBytes() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        let path = folder.file("registry.sqlite")
        do {
            let registry = ModelRegistry(try Database(creating: path))
            try registry.addPublishedVersions()
            try registry.database.transaction {
                for index in 0..<300 {
                    try registry.database.execute(
                        "INSERT INTO ab_outcomes(model_type, version, subject_id, opportunity_id, "
                            + "test_group, calling_score, is_called, at, created_at) VALUES "
                            + "('calling_score', 'v1.0-hybrid', ?, 'o', 'control', 0.5, 0, ?, ?)",
                        ["user_\(index)", Moment.now(), Moment.now()])
                }
            }
        }
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        return try folder.bytes("registry.sqlite")
    }

    /// Opens the bytes as a registry, reads all of it and changes it; returns what went wrong.
    private func use(_ bytes: [UInt8]) throws -> (any Error)? {
        let folder = try TemporaryFolder()
        let path = try folder.put(bytes, "registry.sqlite")
        do {
            let registry = ModelRegistry(try Database(opening: path))
            try registry.database.checkIntegrity()
            _ = try registry.versions()
            _ = try registry.history()
            try registry.export(to: folder.file("export.json"))
            try registry.archive("v1.0-hybrid", of: .callingScore)
            return nil
        } catch {
            return error
        }
    }

    @Test func garbage() throws {
        let texts: [[UInt8]] = [
            Array("hello".utf8), [UInt8](repeating: 0, count: 4096),
            (0..<8192).map { UInt8(truncatingIfNeeded: $0 &* 37) },
            Array("SQLite format 3\0".utf8),
        ]
        for bytes in texts {
            let error = try use(bytes) as? RegistryError
            guard case .database(let path, let problem) = error else {
                Issue.record("\(bytes.count) bytes: \(String(describing: error))")
                continue
            }
            #expect(path.hasSuffix("registry.sqlite"))
            #expect(problem == .notADatabase, "\(bytes.count) bytes: \(problem)")
        }
    }

    @Test func truncatedFiles() throws {
        let whole = try registryBytes()
        #expect(try use(whole) == nil)
        for count in [1, 15, 99, 100, 512, 4095, 4096, 8192, whole.count / 2, whole.count - 4096] {
            let error = try use(Array(whole.prefix(count)))
            guard case .database(_, let problem) = error as? RegistryError else {
                Issue.record("\(count) bytes: \(String(describing: error))")
                continue
            }
            switch problem {
            case .corrupt, .notADatabase: break
            default: Issue.record("\(count) bytes: \(problem)")
            }
        }
    }

    @Test func aFlippedPageIsFound() throws {
        let whole = try registryBytes()
        let pages = whole.count / 4096
        #expect(pages > 10)
        for page in 0..<pages {
            var bytes = whole
            for index in page * 4096..<(page + 1) * 4096 { bytes[index] ^= 0xFF }
            let error = try use(bytes)
            guard case .database = error as? RegistryError else {
                Issue.record("page \(page + 1): \(String(describing: error))")
                continue
            }
        }
    }

    /// Single wrong bytes may go unnoticed in a text; they must not bring the program down.
    @Test func flippedBytesNeverCrash() throws {
        let whole = try registryBytes()
        var state: UInt32 = 11
        var noticed = 0
        for _ in 0..<60 {
            var bytes = whole
            for _ in 0..<20 {
                state = state &* 1_664_525 &+ 1_013_904_223
                bytes[Int(state >> 4) % bytes.count] ^= UInt8(truncatingIfNeeded: state >> 3) | 1
            }
            if let error = try use(bytes) {
                noticed += 1
                #expect(error is RegistryError, "\(error)")
            }
        }
        #expect(noticed > 30)
    }
}
