import TandemBasics
import TandemDatasets
import TandemRecipes
import TandemTraining

/// Options with the same name and meaning in several commands.
enum SharedOptions {
    static let device = Option<String>(
        "device", "device",
        help: "Device to compute on: auto, cpu, gpu, opencl or opencl:<platform>.<device>.",
        default: "auto")
    static let devices = Option<[String]>(
        "device", "device",
        help: "Device to measure: auto, cpu, gpu, opencl or opencl:<platform>.<device>. "
            + "Repeat it to compare devices.",
        defaultText: "auto")
    static let threads = Option<PositiveCount?>(
        "threads", "count", help: "Threads used by the CPU.", defaultText: "all cores")
    static let seed = Option<UInt64?>(
        "seed", "seed",
        help: "Seed of initial weights, dropout and the order of the data.")
    static let data = Option<String?>(
        "data", "path",
        help: "Folder or file of the data set, in place of the configuration's.")
    static let json = Flag("json", help: "Print the result as one JSON object.")
    static let quiet = Flag("quiet", help: "Show no progress, only the result and errors.")
    static let run = Positional<String>("run", help: "Run directory made by 'tandem train'.")

    /// A paragraph on what a trained model is.
    static let whichWeights = """
        Uses the best checkpoint of the run; without early stopping the last weights or
        their average.
        """
}

extension ParsedArguments {
    /// What device, threads and data set were asked for.
    var runOptions: RunOptions {
        RunOptions(
            device: self[SharedOptions.device], threads: self[SharedOptions.threads]?.value,
            data: self[SharedOptions.data])
    }
}

/// Options that stand for often used settings of a configuration: `--epochs 20` is `--set training.epochs=20`.
enum TrainingShortcuts {
    static let epochs = Option<PositiveCount?>(
        "epochs", "count", help: "Largest number of epochs (training.epochs).")
    static let batchSize = Option<PositiveCount?>(
        "batch-size", "count", help: "Examples per batch (training.batchSize).")
    static let learningRate = Option<PositiveNumber?>(
        "learning-rate", "rate", help: "Step size (training.optimizer.learningRate).")
    static let patience = Option<PositiveCount?>(
        "patience", "epochs",
        help: "Epochs without improvement that end training (training.earlyStopping.patience).")
    static let hiddenSizes = Option<PositiveCounts?>(
        "hidden-sizes", "sizes",
        help: "Tables: units of the hidden layers, for example 256,128,64 (model.hidden).")
    static let dropout = Option<Share?>(
        "dropout", "share", help: "Share of units that dropout zeroes (model.dropout).")
    static let target = Option<String?>(
        "target", "column", help: "CSV: the column to predict (data.target).",
        defaultText: "the last one")
    static let format = Option<String?>(
        "format", "format",
        help: "Tables: auto, csv, json or calling-score (data.format).", defaultText: "auto")
    static let splitFile = Option<String?>(
        "split-file", "file",
        help: "Tables: JSON file with the row numbers of train, val and test (data.splitFile).")
    static let splitBy = Option<String?>(
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
    static func settings(_ arguments: ParsedArguments, prefix: String = "") -> [String] {
        let settings: [(String, (any CustomStringConvertible)?)] = [
            ("training.epochs", arguments[epochs]?.value),
            ("training.batchSize", arguments[batchSize]?.value),
            ("training.optimizer.learningRate", arguments[learningRate]?.value),
            ("training.earlyStopping.patience", arguments[patience]?.value),
            ("model.hidden", arguments[hiddenSizes]?.values),
            ("model.dropout", arguments[dropout]?.value),
            ("data.target", arguments[target].map(quoted)),
            ("data.format", arguments[format].map(quoted)),
            ("data.splitFile", arguments[splitFile].map { quoted(DataLocation.explicit($0)) }),
            ("data.splitBy", arguments[splitBy].map(quoted)),
            ("data.deriveFeatures", arguments[deriveFeatures] ? true : nil),
        ]
        return settings.compactMap { key, value in value.map { "\(prefix)\(key)=\($0)" } }
    }

    /// A text that is also a number or a truth value in JSON must stay text.
    static func quoted(_ text: String) -> String {
        (try? JSONValue.string(text).text()) ?? text
    }
}

/// A number of at least 0 and below 1.
struct Share: ArgumentValue {
    static var expectation: String { "a number of at least 0 and below 1" }

    let value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0..<1).contains(value), Float(value) < 1 else {
            return nil
        }
        self.value = value
    }
}
