public import TandemConfiguration
public import TandemTraining

/// An experiment with a table of numbers: predict one column from the others by a feed-forward network.
public struct TabularConfiguration: ExperimentConfiguration, Equatable {
    /// The system that the file describes; always `tabular`.
    public enum Recipe: String, Codable, Sendable, CaseIterable {
        /// A feed-forward network over rows of features.
        case tabular
    }

    /// What is predicted.
    public enum Task: String, Codable, Sendable, CaseIterable {
        /// A number; mean squared error.
        case regression
        /// The probability that the label is 1; weighted binary cross-entropy.
        case classification
    }

    /// Which system.
    public var recipe = Recipe.tabular
    /// Name of the experiment, used for the run directory.
    public var name = "tabular"
    /// Seed of the split, initial weights, dropout masks and the order of the data, each a stream of its own.
    public var seed: UInt64 = 42
    /// What is predicted.
    public var task = Task.regression
    /// The table and its split.
    public var data = TabularDataConfiguration()
    /// The network.
    public var model = FeedForwardConfiguration()
    /// Classification: factor of the loss of examples with label 1; without it negatives / positives of the training rows.
    public var positiveWeight: Double?
    /// How to train.
    public var training = TabularConfiguration.defaultTraining

    /// The values used where a file says nothing.
    public static let defaults = TabularConfiguration()

    /// The settings that a resumed run may change; the paths because the same data may have moved.
    public static let changeableInRun = changeableInEveryRun + ["data.path", "data.splitFile"]

    private static var defaultTraining: TrainingConfiguration {
        var training = TrainingConfiguration()
        training.epochs = 100
        training.batchSize = 32
        training.clipNorm = 0
        training.logEverySteps = 1000
        training.optimizer.kind = .adam
        training.optimizer.learningRate = 1e-3
        training.optimizer.weightDecay = 0
        training.schedule.kind = .constant
        training.earlyStopping = EarlyStoppingConfiguration(
            metric: TabularMetrics.validationLoss, patience: 10, threshold: 0)
        return training
    }

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checkName(&checks)
        checks.section("data", data)
        checks.section("model", model)
        checks.section("training", training)
        checkMetrics(&checks, known: TabularMetrics.names(task) + ["loss"])
        if let positiveWeight {
            // Devices compute in single precision, where tiny numbers are 0 and huge ones infinite.
            let weight = Float(positiveWeight)
            checks.require(
                weight > 0 && weight.isFinite && task == .classification, "positiveWeight",
                positiveWeight,
                mustBe: task == .classification
                    ? "above 0, in single precision too"
                    : "left out; only the task 'classification' has it")
        }
        checks.require(
            task == .regression || model.output != .identity, "model.output", model.output.rawValue,
            mustBe: "sigmoid or auto for the task 'classification'")
    }
}

/// Which table, and how its rows are divided.
public struct TabularDataConfiguration: Configuration, Equatable {
    /// The formats of tables.
    public enum Format: String, Codable, Sendable, CaseIterable {
        /// By the file's name and content: `.csv` is CSV, JSON with `feature_names` a JSON table, other JSON calling-score records.
        case auto
        /// CSV with a header row.
        case csv
        /// JSON with `feature_names` and `training_data`.
        case json
        /// Records of the calling score: named dimensions of user and spot, context and timing.
        case callingScore = "calling-score"
    }

    /// The file, relative to `$TANDEM_DATA` (or `Data/`) unless it begins with `/` or `.`; without it calling-score records are generated.
    public var path: String?
    /// The format of the file.
    public var format = Format.auto
    /// CSV: the column to predict; the last one without it.
    public var target: String?
    /// A JSON file with the row numbers of the parts `train`, `val` and `test`; without it rows are divided at random.
    public var splitFile: String?
    /// The column whose equal values keep rows together in one part: `user_id` of calling-score records, any column of CSV.
    public var splitBy: String?
    /// Calling-score records: compute features that are missing from those that are there.
    public var deriveFeatures = false
    /// Number of generated records when there is no file.
    public var generatedRows = 10_000
    /// Seed of the generated records.
    public var generatedSeed: UInt64 = 42

    /// The values used where a file says nothing.
    public static let defaults = TabularDataConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(path != "", "path", "''", mustBe: "a file")
        checks.require(splitFile != "", "splitFile", "''", mustBe: "a file")
        checks.count(generatedRows, "generatedRows", atMost: 10_000_000)
        checks.require(
            splitFile == nil || splitBy == nil, "splitBy", splitBy ?? "",
            mustBe: "left out when there is a splitFile")
    }
}

/// Linear layers with ReLU and dropout between them.
public struct FeedForwardConfiguration: Configuration, Equatable {
    /// The units of the output.
    public enum Output: String, Codable, Sendable, CaseIterable {
        /// Sigmoid when all labels lie in `[0, 1]`, else identity.
        case auto
        /// `1 / (1 + e^-x)`
        case sigmoid
        /// The last linear layer's result, scaled back to the labels' mean and deviation.
        case identity
    }

    /// Units of the hidden layers, from the input on.
    public var hidden = [128, 64]
    /// Dropout behind every hidden layer.
    public var dropout = 0.2
    /// The output unit.
    public var output = Output.auto

    /// The values used where a file says nothing.
    public static let defaults = FeedForwardConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(
            !hidden.isEmpty && hidden.count <= 100, "hidden", hidden,
            mustBe: "a list of 1 to 100 layer sizes")
        checks.require(
            hidden.allSatisfy { (1...1_000_000).contains($0) }, "hidden", hidden,
            mustBe: "made of sizes from 1 to 1000000")
        checks.require(
            (0..<1).contains(dropout) && Float(dropout) < 1, "dropout", dropout,
            mustBe: "at least 0 and below 1")
    }
}
