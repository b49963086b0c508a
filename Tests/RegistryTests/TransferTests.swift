import TandemBasics
import TandemDatasets
import Foundation
import TandemRegistry
import Testing

@Suite struct TransferTests {
    /// A registry with rows in every table.
    private func filled() throws -> TestRegistry {
        let test = try TestRegistry()
        try test.registry.addPublishedVersions()
        try test.serve("v2.0-real", "v2.1-real")
        try test.registry.setWeight(0.25, of: "v2.1-real", type: .callingScore)
        let database = test.registry.database
        let now = database.clock.now()
        try database.execute(
            "INSERT INTO ab_outcomes(model_type, version, subject_id, opportunity_id, test_group, "
                + "calling_score, is_called, outcome_type, outcome_score, at, created_at) VALUES "
                + "('calling_score', 'v2.1-real', 'ü \"x\"', 'o', 'hybrid', 1, 1, 'positive', "
                + "0.1, ?, ?)", [now, now])
        try database.execute(
            "INSERT INTO training_records(subject_id, opportunity_id, user_vibe_dimensions, "
                + "spot_vibe_dimensions, context_features, timing_features, "
                + "formula_calling_score, formula_is_called, at, created_at, updated_at) VALUES "
                + "('u', 'o', ?, '{}', '{}', '{}', 0.3333333333333333, 0, ?, ?, ?)",
            [JSONValue.object([JSONMember("a", .number(1e-7))]), now, now, now])
        try database.execute("INSERT INTO satisfaction(score, at) VALUES (0.5, ?)", [now])
        return test
    }

    private func contents(_ path: String) throws -> String {
        try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func exportImportExportIsIdentical() throws {
        let test = try filled()
        let first = test.folder.file("first.json")
        let second = test.folder.file("second.json")
        // 3 published and 2 others; 3 + 2 + 2 + 1 lines of history; one row in each other table.
        #expect(try test.registry.export(to: first) == 5 + 8 + 4)
        let copy = ModelRegistry(try Database(creating: test.folder.file("copy.sqlite")))
        #expect(try copy.importTables(try RegistryExport(first)) == 17)
        try copy.export(to: second)
        #expect(try contents(first) == contents(second))
        #expect(try copy.versions() == test.registry.versions())
        #expect(try copy.history() == test.registry.history())
        try copy.database.checkIntegrity()
        #expect(try copy.rollBack(.callingScore).to == "v2.0-real")
        #expect(throws: RegistryError.self) {
            try copy.database.execute("DELETE FROM deployments")
        }
    }

    @Test func onlyAnEmptyRegistryIsFilledUnlessToldOtherwise() throws {
        let test = try filled()
        let file = test.folder.file("export.json")
        try test.registry.export(to: file)
        let other = ModelRegistry(try Database(creating: test.folder.file("other.sqlite")))
        try other.addPublishedVersions()
        try other.archive("v1.0-hybrid", of: .outcome)
        #expect(
            registryError { try other.importTables(try RegistryExport(file)) }
                == .notEmpty(path: other.database.path, table: "model_versions", rows: 3))
        try other.importTables(try RegistryExport(file), replaces: true)
        #expect(try other.versions() == test.registry.versions())
        #expect(try other.history() == test.registry.history())
        #expect(throws: RegistryError.self) {
            try other.database.execute("DELETE FROM deployments")
        }
        // Identifiers go on after those of the import.
        try other.archive("v1.0-hybrid", of: .outcome)
        #expect(try other.history().map(\.identifier).max() == other.history().last?.identifier)
    }

    /// What is changed in an export, and a part of the message that follows.
    static let faults: [(String, String, String)] = [
        ("tandem-registry", "something", "not an export"),
        (#""schema_version": 1"#, #""schema_version": 2"#, "schema 2"),
        (#""satisfaction""#, #""dissatisfaction""#, "dissatisfaction"),
        (#""score":0.5"#, #""score":1.5"#, "row 1 of satisfaction"),
        (#""score":0.5"#, #""score":"high""#, "row 1 of satisfaction"),
        (#""score":0.5"#, #""score":[]"#, "row 1 of satisfaction"),
        (#""score":0.5,"#, "", "'score' is missing"),
        (#""score":0.5"#, #""score":0.5,"bonus":1"#, "bonus"),
        (#""test_group":"hybrid""#, #""test_group":"formula""#, "row 1 of ab_outcomes"),
        (#""version":"v2.1-real","subject"#, #""version":"v9","subject"#, "row 1 of ab_outcomes"),
        (#""status":"deprecated""#, #""status":"active""#, "row 5 of model_versions"),
        (#""model_type":"outcome""#, #""model_type":"Out come""#, "model_type"),
        (#""action":"weight""#, #""action":"wait""#, "action"),
        (#""created_at":"2026-03"#, #""created_at":"2026-13"#, "row 1 of model_versions"),
        ("}}\n", "}\n", "JSON"),
    ]

    @Test(arguments: faults)
    func faultsAreNamedAndNothingIsTakenOver(original: String, changed: String, mentions: String)
        throws
    {
        let test = try filled()
        let file = test.folder.file("export.json")
        try test.registry.export(to: file)
        let text = try contents(file)
        #expect(text.contains(original))
        let faulty = text.replacing(original, with: changed)
        try test.folder.put(faulty.utf8, "export.json")
        let copy = ModelRegistry(try Database(creating: test.folder.file("copy.sqlite")))
        let error = registryError { try copy.importTables(try RegistryExport(file)) }
        switch error {
        case .importFile, .notAnExport: break
        default:
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains(mentions) == true, "\(String(describing: error))")
        #expect(try copy.versions().isEmpty && copy.history().isEmpty)
    }

    @Test func theRegistryItselfIsNotOverwritten() throws {
        let test = try filled()
        let link = test.folder.file("link.json")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: test.path)
        for path in [
            test.path, test.path + "-wal", link,
            test.folder.path + "/../"
                + URL(filePath: test.folder.path).lastPathComponent + "/registry.sqlite",
        ] {
            #expect(
                registryError { try test.registry.export(to: path) }
                    == .exportOverRegistry(path: path))
        }
        try test.registry.database.checkIntegrity()
        #expect(try test.registry.versions().count == 5)
    }

    @Test func missingFilesAndFolders() throws {
        let test = try filled()
        #expect(throws: RegistryError.self) { try RegistryExport(test.folder.file("none.json")) }
        #expect(throws: FileError.self) {
            try test.registry.export(to: test.folder.file("none/export.json"))
        }
    }
}
