import TandemDatasets
import TandemRegistry

/// The error that `body` throws, if it is one of tests, outcomes, watches and retrainings.
func rolloutError(_ body: () throws -> Void) -> RolloutError? {
    do {
        try body()
        return nil
    } catch {
        return error as? RolloutError
    }
}

extension TestRegistry {
    /// A registry in which v1.0 serves and v1.1 has half of the users.
    static func inTest() throws -> TestRegistry {
        let test = try TestRegistry()
        try test.serve("v1.0-hybrid")
        try test.add("v1.1-hybrid")
        try test.registry.startTest("v1.1-hybrid", of: .callingScore, fraction: 0.5)
        return test
    }

    /// Logs a bulk file of these lines.
    func logFile(_ lines: String...) throws {
        let path = try folder.put(lines.joined(separator: "\n").utf8, "outcomes.jsonl")
        try registry.log(try OutcomeFile(path), of: .callingScore)
    }

    /// The values of one query, each row as one text.
    func rows(_ sql: String) throws -> [String] {
        try registry.database.rows(sql).map { row in
            row.values.map { value in
                switch value {
                case .null: "-"
                case .integer(let value): "\(value)"
                case .real(let value): "\(value)"
                case .text(let text): text
                }
            }.joined(separator: " ")
        }
    }
}
