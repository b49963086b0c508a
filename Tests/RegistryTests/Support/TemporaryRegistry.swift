import Foundation
import TandemRegistry
import Synchronization

/// A folder of its own for one test, removed with everything in it at the end.
final class TemporaryFolder {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory.path + "/tandem-registry-"
            + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of `name` in the folder.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes `bytes` to `name`, with no care at all.
    @discardableResult
    func put(_ bytes: some Sequence<UInt8>, _ name: String) throws -> String {
        try Data(bytes).write(to: URL(filePath: file(name)))
        return file(name)
    }

    /// All bytes of `name`.
    func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: file(name))))
    }
}

/// A clock that a test sets: every question moves it on by one second.
final class TestClock: Sendable {
    private let present: Mutex<Moment>

    init(_ text: String = "2026-03-01T00:00:00.000Z") {
        present = Mutex(Moment(text) ?? Moment(milliseconds: 0))
    }

    /// The clock to hand to the registry.
    var clock: RegistryClock {
        RegistryClock {
            self.present.withLock { present in
                present = present.advanced(bySeconds: 1)
                return present
            }
        }
    }

    func advance(days: Double) {
        present.withLock { $0 = $0.advanced(bySeconds: days * 86_400) }
    }
}
