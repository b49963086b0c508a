import TandemBasics
import TandemDatasets
import TandemDevices
import Testing

@testable import TandemRecipes

/// Which file is read how, and what is wrong with it.
@Suite struct TabularSourceTests {
    private func data(
        _ table: NumericTable, _ change: (inout TabularConfiguration) -> Void = { _ in }
    ) throws -> TabularData {
        try table.withFile { path in
            var configuration = TabularConfiguration.small(path)
            change(&configuration)
            return try TabularData(configuration)
        }
    }

    /// A JSON table is one wherever its names stand, records are records whatever their metadata mention.
    @Test func formatOfJSON() throws {
        let long = (0..<6000).map { #"{"features": [\#($0), 1], "target": 0.5}"# }
        for (text, expected) in [
            (
                #"{"training_data": [\#(long.joined(separator: ","))], "feature_names": ["a", "b"]}"#,
                TabularDataConfiguration.Format.json
            ),
            (#"{"feature_names": ["a"], "training_data": []}"#, .json),
            (#"{"metadata": {"feature_names": 3}, "training_data": [{}]}"#, .callingScore),
            (#"{"training_data": [{"user_id": "features"}]}"#, .callingScore),
            (#"{"training_data": []}"#, .callingScore), ("[1, 2", .callingScore),
        ] {
            try withTemporaryFolder { folder in
                let path = folder + "/table.json"
                try AtomicFile.write(text, to: path)
                let auto = TabularDataConfiguration.Format.auto
                #expect(try auto.resolved(for: path) == expected, "\(text.prefix(60))")
                #expect(try TabularDataConfiguration.Format.csv.resolved(for: path) == .csv)
                #expect(try auto.resolved(for: folder + "/table.csv") == .csv)
            }
        }
    }

    /// Settings that the format does not look at are refused, not passed over.
    @Test func settingsWithoutEffect() throws {
        try withTemporaryFolder { folder in
            let json = folder + "/table.json"
            try AtomicFile.write(
                #"{"feature_names": ["a"], "training_data": [{"features": [1], "target": 2}]}"#,
                to: json)
            let csv = try TabularTables.means(rows: 20).write(into: folder)
            func read(_ path: String?, _ change: (inout TabularDataConfiguration) -> Void) throws {
                var configuration = TabularConfiguration.small(csv)
                configuration.data.path = path
                configuration.data.generatedRows = 200
                change(&configuration.data)
                _ = try TabularData(configuration)
            }
            for path in [json, nil] {
                let error = #expect(throws: TabularError.self) {
                    try read(path) { $0.target = "a" }
                }
                #expect("\(String(describing: error))".contains("data.target is 'a'"))
            }
            for path in [json, csv] {
                let error = #expect(throws: TabularError.self) {
                    try read(path) { $0.deriveFeatures = true }
                }
                #expect("\(String(describing: error))".contains("data.deriveFeatures is 'true'"))
            }
            #expect(throws: TabularError.noGroups) { try read(nil) { $0.splitBy = "spot_id" } }
            try read(nil) { $0.splitBy = "user_id" }
            try read(nil) { $0.deriveFeatures = true }
        }
    }

    @Test func theTargetNeedNotBeTheLastColumn() throws {
        let table = TabularTables.means(rows: 20)
        let made = try data(table) { $0.data.target = "x1" }
        #expect(made.table.featureNames == ["x0", "x2", "x3", "y"])
        #expect(made.table.targets == (0..<20).map { table.features[4 * $0 + 1] })
        let error = #expect(throws: DatasetError.self) {
            try data(table) { $0.data.target = "z" }
        }
        #expect("\(String(describing: error))".contains("no column 'z'"))
    }

    @Test(arguments: [
        ("a,b,y\n1,2,3\n4,5\n", "line 3: 2 fields, but the header has 3"),
        ("a,b,y\n1,2,3\n4,x,6\n", "line 3, column 'b': 'x' is not a finite number"),
        ("a,b,y\n1,2,\n", "line 2, column 'y': empty"),
        ("y\n1\n2\n", "no features"), ("a,b,y\n", "no rows"), ("", "no rows"),
        ("a,a,y\n1,2,3\n", "two columns are called 'a'"),
    ])
    func unusableFiles(_ text: String, _ mention: String) throws {
        try withTemporaryFolder { folder in
            let path = folder + "/bad.csv"
            try AtomicFile.write(text, to: path)
            let error = #expect(throws: DatasetError.self) { try TabularData(.small(path)) }
            #expect("\(String(describing: error))".contains("bad.csv"))
            #expect("\(String(describing: error))".contains(mention))
        }
    }
}
