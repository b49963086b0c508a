import TandemDatasets
import Foundation

/// A folder with a small data set of document chains and a configuration that trains on it in a second.
struct Workspace {
    let folder: String

    /// Calls `body` in a fresh workspace that is removed afterwards.
    static func with(_ body: (Workspace) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.path + "/tandem-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let workspace = Workspace(folder: folder)
        try workspace.writeChains()
        try workspace.write("config.json", Self.configuration)
        try body(workspace)
    }

    private static let configuration = """
        {
          "name": "small", "seed": 7,
          "data": { "path": "./chains", "contextLength": 4 },
          "model": { "hidden": 8, "layers": 2, "dropout": 0.2 },
          "training": {
            "epochs": 6, "batchSize": 16, "checkpointEverySteps": 3,
            "optimizer": { "learningRate": 3e-3 },
            "earlyStopping": { "metric": "hit@5", "patience": 20, "threshold": 0 }
          }
        }
        """

    /// Ten documents of twenty steps of a slow random walk in twelve dimensions.
    private func writeChains() throws {
        let (documents, length, dimension) = (10, 20, 12)
        var state: UInt32 = 3
        func uniform() -> Float {
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) * 0x1p-23 - 1
        }
        var values: [Float] = []
        for _ in 0..<documents {
            var current = (0..<dimension).map { _ in uniform() }
            for _ in 0..<length {
                for index in 0..<dimension {
                    current[index] = 0.7 * current[index] + 0.6 * uniform()
                }
                values += current
            }
        }
        let parts: [SplitPart] = (0..<documents).map {
            $0 < 6 ? .training : $0 < 8 ? .validation : .test
        }
        try DocumentChains.write(
            folder: folder + "/chains",
            vectors: try HostArray(shape: [documents * length, dimension], elements: values),
            documentLengths: [Int](repeating: length, count: documents), parts: parts)
    }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }

    /// Runs `tandem` here.
    func tandem(_ arguments: String..., environment: [String: String] = [:]) throws
        -> Program.Result
    {
        try Program.run(arguments, in: folder, environment: environment)
    }

    /// Returns when the file is there, the process has ended, or half a minute has passed.
    func waitForFile(_ name: String, of process: Process) {
        for _ in 0..<3000
        where process.isRunning && !FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            usleep(10_000)
        }
    }

    /// The arrays of a checkpoint by name.
    func checkpoint(_ path: String) throws -> [String: [Float]] {
        let arrays = try SafetensorsFile.read("\(folder)/\(path)").arrays
        var values: [String: [Float]] = [:]
        for name in arrays.names {
            values[name] = try arrays.array(named: name).float32Values()
        }
        return values
    }

    /// The epochs of a run with everything but the times, each value as JSON text.
    func history(_ run: String) throws -> [[String: String]] {
        let text = try String(contentsOfFile: "\(folder)/\(run)/history.jsonl", encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return try (object ?? [:]).filter { !$0.key.hasSuffix("Seconds") }.mapValues { value in
                let json = try JSONSerialization.data(
                    withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
                return String(decoding: json, as: UTF8.self)
            }
        }
    }
}
