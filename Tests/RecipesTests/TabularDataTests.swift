import TandemBasics
import TandemDatasets
import TandemDevices
import Testing

@testable import TandemRecipes

/// Tables on their way from a file to standardised parts.
@Suite struct TabularDataTests {
    private func data(
        _ table: NumericTable, _ change: (inout TabularConfiguration) -> Void = { _ in }
    ) throws -> TabularData {
        try table.withFile { path in
            var configuration = TabularConfiguration.small(path)
            change(&configuration)
            return try TabularData(configuration)
        }
    }

    /// Calls `body` with data split by a file.
    private func withSplit<Result>(
        _ table: NumericTable, _ split: String,
        _ change: (inout TabularConfiguration) -> Void = { _ in },
        _ body: (TabularData) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            try AtomicFile.write(split, to: folder + "/split.json")
            var configuration = TabularConfiguration.small(try table.write(into: folder))
            configuration.data.splitFile = folder + "/split.json"
            change(&configuration)
            return try body(try TabularData(configuration))
        }
    }

    private let split = #"{"train": [0, 2, 4, 6], "val": [1, 3], "test": [7, 5]}"#

    /// Features 0, 20, 40, 60 and a constant, labels -4, 4, -2, 2, with outliers in the held-out rows.
    private var uneven: NumericTable {
        let labels: [Float] = [-4, 1000, 4, 1000, -2, 1000, 2, -1000]
        return NumericTable(
            featureNames: ["a", "b"], targetName: "y",
            features: (0..<8).flatMap { [Float($0 % 2 == 0 ? $0 * 10 : 9999), 7] },
            targets: labels)
    }

    // MARK: - Standardisation

    @Test func onlyTrainingRowsDetermineTheScale() throws {
        try withSplit(uneven, split) { data in
            // 0, 20, 40, 60: mean 30, variance (900 + 100 + 100 + 900) / 4.
            #expect(data.scaler.mean == [30, 7])
            #expect(data.scaler.scale == [Float(500.0.squareRoot()), 1])
            // -4, 4, -2, 2: mean 0, variance 10.
            let scale = Float(10.0.squareRoot())
            #expect(data.output == .identity(scale: scale, offset: 0))
            #expect(data.training.targets == [-4, 4, -2, 2].map { $0 / scale })
            #expect(data.validation.targets == [1000, 1000].map { $0 / scale })
            #expect(data.test.targets == [-1000, 1000].map { $0 / scale })
            let unit = Float(500.0.squareRoot())
            #expect(data.training.features == [-30, 0, -10, 0, 10, 0, 30, 0].map { $0 / unit })
            #expect(data.test.features == [9969, 0, 9969, 0].map { $0 / unit })
            #expect(data.rawTestRows(limit: 10) == [9999, 7, 9999, 7])
            #expect(data.rawTestRows(limit: 1) == [9999, 7])
            #expect(data.labelScale == Double(scale))
        }
    }

    @Test func labelsInTheUnitIntervalStayAsTheyAre() throws {
        let table = TabularTables.means(rows: 40)
        let made = try data(table)
        #expect(made.output == .sigmoid)
        #expect(made.labelScale == 1)
        #expect(made.training.targets == made.split.training.map { table.targets[Int($0)] })
        let identity = try data(table) { $0.model.output = .identity }
        guard case .identity = identity.output else {
            Issue.record("\(identity.output)")
            return
        }
        let mean = identity.training.targets.reduce(0, +) / Float(identity.training.count)
        #expect(mean.magnitude < 1e-6)
    }

    @Test func constantLabelsOutsideTheUnitInterval() throws {
        var table = TabularTables.means(rows: 20)
        table.targets = [Float](repeating: 5, count: 20)
        let made = try data(table)
        #expect(made.output == .identity(scale: 1, offset: 5))
        #expect(made.training.targets.allSatisfy { $0 == 0 })
    }

    @Test func aSigmoidIsRefusedForOtherLabels() {
        var table = TabularTables.means(rows: 20)
        table.targets[13] = 1.5
        #expect(throws: TabularError.labelOutsideSigmoid(column: "y", row: 13, value: 1.5)) {
            try data(table) { $0.model.output = .sigmoid }
        }
    }

    // MARK: - Classification

    @Test func classificationNeedsZeroAndOne() {
        var table = TabularTables.classes(rows: 40)
        table.targets[7] = 0.5
        let error = TabularError.labelNotBinary(column: "y", row: 7, value: 0.5)
        #expect(throws: error) { try data(table) { $0.task = .classification } }
        #expect("\(error)".contains("row 7 (from 0)"))
    }

    @Test func positivesWeighAsManyAsThereAreNegatives() throws {
        let table = TabularTables.classes(rows: 400, above: 1.4)
        let made = try data(table) { $0.task = .classification }
        let positives = made.training.targets.count { $0 == 1 }
        #expect((1..<140).contains(positives))
        #expect(
            made.positiveWeight == Double(made.training.count - positives) / Double(positives))
        // Stratified: the same share in every part, to the nearest row.
        for part in [made.validation, made.test] {
            let share = Double(part.targets.count { $0 == 1 }) / Double(part.count)
            #expect((share - Double(positives) / Double(made.training.count)).magnitude < 0.02)
        }
        #expect(made.output == .sigmoid)
        let given = try data(table) {
            $0.task = .classification
            $0.positiveWeight = 2.5
        }
        #expect(given.positiveWeight == 2.5)
    }

    @Test(arguments: [("1", Float(0)), ("0", 1)])
    func oneClassAloneCannotBeSplit(missing: String, label: Float) {
        var table = TabularTables.means(rows: 40)
        table.targets = [Float](repeating: label, count: 40)
        #expect(
            throws: SplitProblem.labelMissing(part: "training", label: missing, count: 0)
        ) {
            try data(table) { $0.task = .classification }
        }
    }

    /// A weight of 0 / 4 would train nothing, one of 4 / 0 would be infinite.
    @Test(arguments: [Float(0), 1]) func oneClassAloneWeighsOne(_ label: Float) throws {
        var table = uneven
        table.targets = (0..<8).map { $0 % 2 == 0 ? label : 1 - label }
        try withSplit(table, split, { $0.task = .classification }) { data in
            #expect(data.positiveWeight == 1)
        }
    }

    // MARK: - Splits

    @Test func partsHaveTheSizesOfTheSpecification() throws {
        let made = try data(TabularTables.means(rows: 101))
        // ceil(30.3) = 31 held out, ceil(15.5) = 16 of them to test.
        #expect([made.training.count, made.validation.count, made.test.count] == [70, 15, 16])
        let rows = made.split.training + made.split.validation + made.split.test
        #expect(rows.sorted() == Array(0..<101))
        let again = try data(TabularTables.means(rows: 101))
        #expect(again.split == made.split)
        let other = try data(TabularTables.means(rows: 101)) { $0.seed = 43 }
        #expect(other.split != made.split)
    }

    @Test func fewRows() throws {
        #expect(throws: TabularError.tooFewRows(9)) { try data(TabularTables.means(rows: 9)) }
        let made = try data(TabularTables.means(rows: 10))
        #expect([made.training.count, made.validation.count, made.test.count] == [7, 1, 2])
    }

    @Test func splitFiles() throws {
        try withSplit(uneven, split) { data in
            #expect(data.split.training == [0, 2, 4, 6])
            #expect(data.split.validation == [1, 3])
            #expect(data.split.test == [7, 5])
        }
        for (text, mention) in [
            (#"{"train": [0, 8], "val": [1], "test": [2]}"#, "names row 8"),
            (#"{"train": [0, 1], "val": [1], "test": [2]}"#, "row 1 is in the parts"),
            (#"{"train": [0, 1], "val": [], "test": [2]}"#, "'val' has no rows"),
            (#"{"train": [0, 1], "val": [3]}"#, "'test'"),
        ] {
            let error = #expect(throws: DatasetError.self) {
                try withSplit(uneven, text) { _ in }
            }
            #expect("\(String(describing: error))".contains(mention), "\(text)")
            #expect("\(String(describing: error))".contains("split.json"))
        }
    }

    /// Twenty users with unequal numbers of rows; the column of names is no feature.
    @Test func aColumnKeepsItsRowsTogether() throws {
        var text = "user,a,b,y\n"
        var users: [String] = []
        for row in 0..<120 {
            users.append("u\(row * row % 20)")
            text += "\(users[row]),\(row),\(row % 7),\(Float(row) / 120)\n"
        }
        try withTemporaryFolder { folder in
            let path = folder + "/users.csv"
            try AtomicFile.write(text, to: path)
            var configuration = TabularConfiguration.small(path)
            configuration.data.splitBy = "user"
            let data = try TabularData(configuration)
            #expect(data.table.featureNames == ["a", "b"])
            let parts = [data.split.training, data.split.validation, data.split.test]
            #expect(parts.joined().sorted() == Array(0..<120))
            let owners = parts.map { part in Set(part.map { users[Int($0)] }) }
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                #expect(owners[a].isDisjoint(with: owners[b]))
            }
            #expect(owners.allSatisfy { !$0.isEmpty })
            configuration.data.splitBy = "usr"
            let error = #expect(throws: DatasetError.self) { try TabularData(configuration) }
            #expect("\(String(describing: error))".contains("'usr'"))
        }
    }

    /// The last column is the label where none is named.
    @Test func theLabelDoesNotGroup() {
        let error = TabularError.labelIsGroup(column: "y")
        #expect(throws: error) {
            try data(TabularTables.means(rows: 20)) { $0.data.splitBy = "y" }
        }
        #expect("\(error)".contains("data.target"))
    }

    @Test func jsonTablesHaveNoGroups() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/table.json"
            let records = (0..<20).map { #"{"features": [\#($0), 1], "target": \#($0)}"# }
            try AtomicFile.write(
                #"{"training_data": [\#(records.joined(separator: ","))], "#
                    + #""target_name": "cost", "feature_names": ["a", "b"]}"#, to: path)
            var configuration = TabularConfiguration.small(path)
            let data = try TabularData(configuration)
            #expect(data.table.targetName == "cost")
            #expect(data.table.count == 20)
            #expect(data.kind == .tabular)
            configuration.data.splitBy = "a"
            #expect(throws: TabularError.noGroups) { try TabularData(configuration) }
        }
    }

    // MARK: - Identity

    @Test func whatTrainingDependsOnIsToldApart() throws {
        let table = TabularTables.means(rows: 40)
        let original = try data(table)
        #expect(try data(table).identity == original.identity)
        #expect(try data(table) { $0.training.epochs = 7 }.identity == original.identity)
        #expect(try data(table) { $0.seed = 1 }.identity != original.identity)
        #expect(try data(table) { $0.data.target = "x2" }.identity != original.identity)
        var changed = table
        changed.features[17] += 0.5
        #expect(try data(changed).identity != original.identity)
    }

    @Test func theHashIsThatOfTheFile() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/t.csv"
            let text = "a,y\n" + (0..<12).map { "\($0),\($0)\n" }.joined()
            try AtomicFile.write(text, to: path)
            let data = try TabularData(.small(path))
            #expect(data.hash == SHA256.hexadecimal(SHA256.hash(Array(text.utf8))))
            #expect(data.source == path)
            #expect(data.kind == .tabular)
        }
    }
}
