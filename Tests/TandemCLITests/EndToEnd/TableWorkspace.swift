import TandemBasics
import TandemDatasets
import Foundation

/// A folder with a table of 60 rows and configurations that train on it in a moment.
extension Workspace {
    /// Calls `body` in a fresh workspace with `table.csv`, `table.json` and `sweep.json`.
    static func withTable(_ body: (Workspace) throws -> Void) throws {
        try with { workspace in
            try workspace.write("table.csv", table)
            try workspace.write("table.json", experiment)
            try workspace.write("sweep.json", sweep)
            try body(workspace)
        }
    }

    /// Four columns of numbers and their mean.
    private static let table: String = {
        var state: UInt32 = 5
        var text = "a,b,c,d,y\n"
        for _ in 0..<60 {
            let row = (0..<4).map { _ in
                state = state &* 1_664_525 &+ 1_013_904_223
                return Double(state >> 16) / 65536
            }
            text += (row + [row.reduce(0, +) / 4]).map { "\($0)" }.joined(separator: ",") + "\n"
        }
        return text
    }()

    private static let settings = """
        "data": { "path": "./table.csv" }, "model": { "hidden": [8], "dropout": 0.1 },
        "training": { "epochs": 5, "batchSize": 16, "optimizer": { "learningRate": 0.01 } }
        """

    private static let experiment = """
        { "recipe": "tabular", "name": "small-table", \(settings) }
        """

    private static let sweep = """
        {
          "recipe": "tabular-sweep", "name": "small-sweep", "base": { \(settings) },
          "variants": [
            { "name": "base", "description": "As it is" },
            { "name": "slow", "description": "Learning rate: 0.001",
              "set": "training.optimizer.learningRate=0.001" },
            { "name": "wide", "description": "Architecture: [16]", "set": "model.hidden=[16]" }
          ]
        }
        """

    /// A JSON file, or what was printed.
    func json(_ name: String) throws -> JSONValue {
        try JSONValue.parse(try WholeFile.read("\(folder)/\(name)"))
    }

    /// A file's text.
    func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
    }

    /// Whether a file is there.
    func has(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(name)")
    }
}
