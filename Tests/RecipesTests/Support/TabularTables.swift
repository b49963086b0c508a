import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemRecipes

/// A folder that is removed after the test.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try body(folder)
}

/// Made-up tables of numbers.
enum TabularTables {
    /// Features uniform in `[0, 1)` with the labels that `label` makes of them.
    static func table(
        rows: Int, width: Int, identifier: UInt64 = 1, label: ([Float]) -> Float
    ) -> NumericTable {
        var generator = Philox(RandomStream(seed: 17, identifier: identifier))
        var (features, targets): ([Float], [Float]) = ([], [])
        for _ in 0..<rows {
            let row = (0..<width).map { _ in generator.nextUniform() }
            features += row
            targets.append(label(row))
        }
        return NumericTable(
            featureNames: (0..<width).map { "x\($0)" }, targetName: "y", features: features,
            targets: targets)
    }

    /// Four features, the label is their mean.
    static func means(rows: Int) -> NumericTable {
        table(rows: rows, width: 4) { $0.reduce(0, +) / 4 }
    }

    /// Three features, labels of some tens of thousands.
    static func prices(rows: Int) -> NumericTable {
        table(rows: rows, width: 3) { 90_000 + 40_000 * $0[0] - 25_000 * $0[1] * $0[2] }
    }

    /// Two features, the label is 1 where their sum is above `bound`.
    static func classes(rows: Int, above bound: Float = 1) -> NumericTable {
        table(rows: rows, width: 2) { $0[0] + $0[1] > bound ? 1 : 0 }
    }

    /// Labels that have nothing to do with the features.
    static func noise(rows: Int) -> NumericTable {
        var generator = Philox(RandomStream(seed: 23, identifier: 2))
        return table(rows: rows, width: 4) { _ in generator.nextUniform() }
    }
}

extension NumericTable {
    /// Writes the table as CSV into a folder and returns the file's path.
    func write(into folder: String, _ name: String = "table.csv") throws -> String {
        let path = "\(folder)/\(name)"
        try CSVTable.write(self, to: path)
        return path
    }

    /// Calls `body` with the path of a CSV file that holds the table.
    func withFile<Result>(_ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { try body(try write(into: $0)) }
    }
}

extension TabularConfiguration {
    /// An experiment that takes a fraction of a second: 8 hidden units, batches of 16, 6 epochs.
    static func small(_ path: String) -> TabularConfiguration {
        var configuration = TabularConfiguration()
        configuration.data.path = path
        configuration.model.hidden = [8]
        configuration.training.batchSize = 16
        configuration.training.epochs = 6
        configuration.training.optimizer.learningRate = 0.01
        return configuration
    }

    /// The experiment on its data, read anew.
    func experiment(on device: any Device) throws -> TabularExperiment {
        try TabularExperiment(self, data: try TabularData(self), device: device)
    }
}
