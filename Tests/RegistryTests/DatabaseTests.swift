import TandemBasics
import TandemDatasets
import Foundation
import TandemRegistry
import Testing

@Suite struct DatabaseTests {
    @Test func settings() throws {
        let folder = try TemporaryFolder()
        let database = try Database(creating: folder.file("a/b/registry.sqlite"))
        #expect(try database.value("PRAGMA journal_mode") == "wal")
        #expect(try database.value("PRAGMA synchronous") == 2)
        #expect(try database.value("PRAGMA foreign_keys") == 1)
        #expect(try database.value("PRAGMA user_version") == 1)
        try database.checkIntegrity()
    }

    @Test func missingAndEmptyFiles() throws {
        let folder = try TemporaryFolder()
        #expect(databaseProblem { _ = try Database(opening: folder.file("none")) } == .missing)
        #expect(!FileManager.default.fileExists(atPath: folder.file("none")))
        let empty = try folder.put([], "empty")
        #expect(databaseProblem { _ = try Database(opening: empty) } == .empty)
        _ = try Database(creating: empty)
        _ = try Database(opening: empty)
        let note = try folder.put("\n".utf8, "note")
        #expect(databaseProblem { _ = try Database(creating: note) } == .notADatabase)
        #expect(try folder.bytes("note") == Array("\n".utf8))
        #expect(throws: FileError.notARegularFile(path: folder.path)) {
            _ = try Database(opening: folder.path)
        }
    }

    @Test func specialNamesAreOrdinaryFiles() throws {
        let folder = try TemporaryFolder()
        for name in [":memory:", "file:x?mode=memory", "with space & Ünïcode"] {
            _ = try Database(creating: folder.file(name))
            #expect(FileManager.default.fileExists(atPath: folder.file(name)))
        }
    }

    @Test func foreignAndNewerDatabasesAreRefused() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("registry.sqlite")
        do {
            let database = try Database(creating: path)
            try database.execute("PRAGMA user_version = 7")
        }
        #expect(
            databaseProblem { _ = try Database(opening: path) } == .newerSchema(found: 7, known: 1))
        #expect(
            databaseProblem { _ = try Database(creating: path) } == .newerSchema(found: 7, known: 1)
        )
        do {
            let other = try Database(creating: folder.file("other"))
            try other.execute("PRAGMA application_id = 1")
        }
        #expect(databaseProblem { _ = try Database(opening: folder.file("other")) } == .foreign)
        #expect(databaseProblem { _ = try Database(creating: folder.file("other")) } == .foreign)
    }

    @Test func valuesTravelUnchanged() throws {
        let folder = try TemporaryFolder()
        let database = try Database(creating: folder.file("registry.sqlite"))
        try database.execute("CREATE TABLE things(a TEXT, b INTEGER, c REAL, d ANY) STRICT")
        let texts = ["", "a", "ü\u{0}z", "'); DROP TABLE things; --", "🦆"]
        for text in texts {
            try database.execute(
                "INSERT INTO things VALUES (?, ?, ?, ?)",
                [text, Int.min, 0.1, Optional<String>.none])
            let row = try #require(try database.rows("SELECT * FROM things").last)
            #expect(try row.value("a") == text)
            #expect(try row.value("b") == Int.min)
            #expect(try row.value("c") == 0.1)
            #expect(try row.value("d", as: String?.self) == nil)
        }
        for number in [Double.nan, .infinity, -.infinity] {
            let found = databaseProblem {
                try database.execute("INSERT INTO things(c) VALUES (?)", [number])
            }
            #expect(found == .nonFiniteNumber("\(number)"))
        }
        let row = try #require(try database.firstRow("SELECT a, b FROM things"))
        #expect(
            databaseProblem { _ = try row.value("b", as: String.self) }
                == .unexpectedValue(column: "b", found: "integer(\(Int.min))"))
        #expect(databaseProblem { _ = try row.value("z", as: Int.self) } != nil)
    }

    @Test func transactionsKeepAllOrNothing() throws {
        struct Stop: Error {}
        let folder = try TemporaryFolder()
        let database = try Database(creating: folder.file("registry.sqlite"))
        func log(_ score: Double) throws {
            try database.execute(
                "INSERT INTO satisfaction(score, at) VALUES (?, ?)", [score, Moment.now()])
        }
        func count() throws -> Int? { try database.value("SELECT count(*) FROM satisfaction") }
        #expect(throws: Stop.self) {
            try database.transaction {
                try log(0.5)
                throw Stop()
            }
        }
        #expect(try count() == 0)
        try database.transaction {
            try log(0.1)
            try? database.transaction {
                try log(0.2)
                throw Stop()
            }
            try database.transaction { try log(0.3) }
        }
        #expect(try count() == 2)
        let found = databaseProblem {
            try database.transaction {
                try log(0.4)
                try log(1.5)
            }
        }
        #expect(found == .constraint("CHECK constraint failed: score BETWEEN 0 AND 1"))
        #expect(try count() == 2)
    }

    @Test func aLockedDatabaseIsReportedAsBusy() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("registry.sqlite")
        let holder = try Database(creating: path)
        let waiting = try Database(opening: path, busyTimeout: .milliseconds(50))
        try holder.transaction {
            #expect(databaseProblem { try waiting.transaction {} } == .busy(seconds: 0.05))
            // Readers are not kept out, and neither are those that come later.
            let late = try Database(opening: path, busyTimeout: .milliseconds(50))
            #expect(try late.rows("SELECT * FROM model_versions").isEmpty)
            let count: Int? = try waiting.snapshot {
                try waiting.value("SELECT count(*) FROM satisfaction")
            }
            #expect(count == 0)
        }
        try waiting.transaction {}
    }

    @Test func aFullDiskIsReportedAndLeavesTheFileWhole() throws {
        let folder = try TemporaryFolder()
        let database = try Database(creating: folder.file("registry.sqlite"))
        let pages: Int = try #require(try database.value("PRAGMA page_count"))
        try database.forEachRow("PRAGMA max_page_count = \(pages + 1)") { _ in }
        let found = databaseProblem {
            try database.transaction {
                for _ in 0..<10_000 {
                    try database.execute(
                        "INSERT INTO satisfaction(score, at) VALUES (0.5, ?)", [Moment.now()])
                }
            }
        }
        #expect(found == .fullDisk)
        #expect(try database.value("SELECT count(*) FROM satisfaction") == 0)
        try database.checkIntegrity()
        try database.transaction {
            try database.execute(
                "INSERT INTO satisfaction(score, at) VALUES (0.5, ?)", [Moment.now()])
        }
    }

    @Test func theHistoryIsAppendOnly() throws {
        let folder = try TemporaryFolder()
        let database = try Database(creating: folder.file("registry.sqlite"))
        try database.execute(
            "INSERT INTO deployments(model_type, action, detail, at) VALUES ('t', 'x', '{}', ?)",
            [Moment.now()])
        for sql in ["DELETE FROM deployments", "UPDATE deployments SET action = 'y'"] {
            #expect(
                databaseProblem { try database.execute(sql) }
                    == .constraint("the history is append-only"))
        }
    }
}
