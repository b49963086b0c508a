import TandemRecipes
import TandemBasics
import TandemDatasets

/// Options that stand for often used settings of a configuration: `--epochs 20` is `--set training.epochs=20`.
struct TrainingShortcuts {
    static let epochs = Option<PositiveCount>(
        "epochs", "count", help: "Largest number of epochs (training.epochs).")
    static let batchSize = Option<PositiveCount>(
        "batch-size", "count", help: "Examples per batch (training.batchSize).")
    static let learningRate = Option<PositiveNumber>(
        "learning-rate", "rate", help: "Step size (training.optimizer.learningRate).")
    static let patience = Option<PositiveCount>(
        "patience", "epochs",
        help: "Epochs without improvement that end training (training.earlyStopping.patience).")
    static let hiddenSizes = Option<HiddenSizes>(
        "hidden-sizes", "sizes",
        help: "Tables: units of the hidden layers, for example 256,128,64 (model.hidden).")
    static let dropout = Option<Share>(
        "dropout", "share", help: "Share of units that dropout zeroes (model.dropout).")
    static let target = Option<String>(
        "target", "column", help: "CSV: the column to predict (data.target).",
        defaultText: "the last one")
    static let format = Option<String>(
        "format", "format",
        help: "Tables: auto, csv, json or calling-score (data.format).", defaultText: "auto")
    static let splitFile = Option<String>(
        "split-file", "file",
        help: "Tables: JSON file with the row numbers of train, val and test (data.splitFile).")
    static let splitBy = Option<String>(
        "split-by", "column",
        help: "Tables: keep rows with equal values in this column in one part, for example user_id "
            + "(data.splitBy).")
    static let deriveFeatures = Flag(
        "derive-features",
        help: "Calling score: compute missing features from the others (data.deriveFeatures).")

    /// All of them, for a command's declaration.
    static let parameters: [any Parameter] = [
        epochs, batchSize, learningRate, patience, hiddenSizes, dropout, target, format, splitFile,
        splitBy, deriveFeatures,
    ]

    /// The settings that were given, in the form of `--set` and with `prefix` before every key.
    static func settings(_ arguments: ParsedArguments, prefix: String = "") throws(UsageError)
        -> [String]
    {
        var settings: [(String, String?)] = [
            ("training.epochs", try arguments.value(of: epochs).map { "\($0.value)" }),
            ("training.batchSize", try arguments.value(of: batchSize).map { "\($0.value)" }),
            (
                "training.optimizer.learningRate",
                try arguments.value(of: learningRate).map { "\($0.value)" }
            ),
            (
                "training.earlyStopping.patience",
                try arguments.value(of: patience).map { "\($0.value)" }
            ),
            ("model.hidden", try arguments.value(of: hiddenSizes).map { "\($0.sizes)" }),
            ("model.dropout", try arguments.value(of: dropout).map { "\($0.value)" }),
            ("data.target", try arguments.value(of: target).map(quoted)),
            ("data.format", try arguments.value(of: format).map(quoted)),
            ("data.splitFile", try arguments.value(of: splitFile).map(explicitQuoted)),
            ("data.splitBy", try arguments.value(of: splitBy).map(quoted)),
        ]
        if arguments.contains(deriveFeatures) { settings.append(("data.deriveFeatures", "true")) }
        return settings.compactMap { key, value in value.map { "\(prefix)\(key)=\($0)" } }
    }

    /// A text that is also a number or a truth value in JSON must stay text.
    private static func quoted(_ text: String) -> String {
        (try? JSONValue.string(text).text()) ?? text
    }

    /// A path given on the command line is taken as it stands.
    private static func explicitQuoted(_ path: String) -> String {
        quoted(DataLocation.explicit(path))
    }
}

/// A number of at least 0 and below 1.
struct Share: ArgumentValue, Equatable {
    static var expectation: String { "a number of at least 0 and below 1" }

    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0..<1).contains(value), Float(value) < 1 else {
            return nil
        }
        self.value = value
    }
}
