public import TandemBasics
import TandemDatasets
import TandemDevices
import TandemInterchange
public import TandemTraining

extension TabularExperiment: SweptExperiment {
    /// The loss on the validation rows.
    public static func validationLoss(_ record: EpochRecord) -> Double {
        record.metrics[TabularMetrics.validationLoss] ?? .nan
    }

    /// The loss on the test rows.
    public static func testLoss(_ figures: TabularMetrics) -> Double { figures.loss }

    /// All that reading, splitting and scaling the table do not depend on.
    public static var changeableInSweep: [[String]] {
        [["model", "hidden"], ["model", "dropout"], ["training"], ["seed"]]
    }

    /// The file, its hash, and the sizes of the parts.
    public static func facts(_ data: TabularData) -> SweepDataFacts {
        let split = [data.training.count, data.validation.count, data.test.count]
        return SweepDataFacts(
            path: data.source, hash: data.hash, splitHash: data.splitHash,
            count: data.table.count, split: split,
            summary: "\(data.source): \(NumberText.grouped(data.table.count)) rows; "
                + "train \(NumberText.grouped(split[0])), "
                + "validation \(NumberText.grouped(split[1])), "
                + "test \(NumberText.grouped(split[2]))",
            warnings: data.warnings)
    }

    /// The rows in folds, kept together as the configuration's `splitBy` says, classes in equal shares; a fifth of the other
    /// folds chooses the epoch.
    public static func folds(
        _ data: TabularData, count: Int, seed: UInt64, _ configuration: TabularConfiguration
    ) throws -> [TabularData] {
        let table = data.table
        let labels =
            configuration.task == .classification ? table.targets.map { $0 > 0.5 ? "1" : "0" } : nil
        let examples = try SplitExamples(
            count: table.count, groups: configuration.data.splitBy == nil ? nil : table.groups,
            labels: labels)
        let folds = try DataFolds(count, of: examples, seed: seed)
        return try (0..<count).map { fold in
            try data.divided(
                try folds.split(testingOn: fold, validation: 0.2), configuration)
        }
    }

    /// Rate, batch size, architecture, dropout and epochs.
    public static func settings(_ configuration: TabularConfiguration) -> [JSONMember] {
        [
            JSONMember("learning_rate", .number(configuration.training.optimizer.learningRate)),
            JSONMember("batch_size", .integer(configuration.training.batchSize)),
            JSONMember("hidden_sizes", .array(configuration.model.hidden.map { .integer($0) })),
            JSONMember("dropout", .number(configuration.model.dropout)),
            JSONMember("epochs", .integer(configuration.training.epochs)),
        ]
    }

    /// Steps of an epoch times the work of a step.
    public static func expectedCost(_ configuration: TabularConfiguration, _ data: TabularData)
        -> Double
    {
        let sizes = [data.table.width] + configuration.model.hidden + [1]
        let weights = zip(sizes, sizes.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        // A fixed cost per step, of the weight of some 300 examples' products.
        return (1 + 300 / Double(configuration.training.batchSize)) * Double(weights)
    }

    /// `onnx`.
    public static var modelExtension: String { "onnx" }

    /// Exports the network; see `TabularExport`.
    public func writeModel(_ result: RunResult<TabularMetrics>, to path: String) throws -> Int {
        try TabularExport(self, state: result.state, test: result.test).write(to: path)
    }

    /// The JSON file with the model's facts.
    public static func filesBeside(model path: String) -> [String] {
        [TabularExport.metaPath(path)]
    }
}

extension SweepBaseline {
    /// The losses in a model's metadata, in the file or beside it, or those of the best variant in the results of a sweep.
    ///
    /// Throws when the file holds neither.
    public init(file path: String) throws {
        let json = try Self.content(path)
        let summary = json["summary"]
        guard let testLoss = (json["test_loss"] ?? summary?["best_test_loss"])?.double else {
            throw SweepError.badBaseline(path: path, problem: "no 'test_loss' in it")
        }
        guard testLoss > 0 else {
            throw SweepError.badBaseline(path: path, problem: "'test_loss' is \(testLoss)")
        }
        self.init(
            testLoss: testLoss,
            validationLoss: (json["val_loss"] ?? summary?["best_val_loss"])?.double,
            version: path, source: .file)
    }

    private static func content(_ path: String) throws -> JSONValue {
        guard !path.hasSuffix(".onnx") else {
            return .object(
                try ONNXModel.read(path).metadata.map { name, text in
                    JSONMember(name, (try? JSONValue.parse(Array(text.utf8))) ?? .string(text))
                })
        }
        let bytes = try WholeFile.read(path)
        do throws(JSONProblem) {
            return try JSONValue.parse(bytes)
        } catch {
            throw SweepError.badBaseline(path: path, problem: "\(error)")
        }
    }
}
