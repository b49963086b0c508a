import TandemDevices

/// What is to be predicted, and from which model.
public struct PredictionRequest {
    /// Where a model is.
    public enum Model {
        /// In a run directory.
        case run(RunDirectory)
        /// In a file that the system exports.
        case file(String)
    }

    /// The model.
    public var model: Model
    /// The file with the inputs.
    public var input: String
    /// The file for the predictions; without one they belong into `PredictionResult.text`, where the system can write text.
    public var output: String?
    /// The format of the inputs in a word of the system; `nil` to find out from the file.
    public var format: String?
    /// Whether a rule may stand in for a model that cannot be loaded.
    public var usesRule: Bool
    /// Device and threads.
    public var options: RunOptions
    /// Called with every warning.
    public var warn: (String) -> Void

    /// A request with the given parts.
    public init(
        model: Model, input: String, output: String? = nil, format: String? = nil,
        usesRule: Bool = false, options: RunOptions = RunOptions(),
        warn: @escaping (String) -> Void = { _ in }
    ) {
        self.model = model
        self.input = input
        self.output = output
        self.format = format
        self.usesRule = usesRule
        self.options = options
        self.warn = warn
    }
}

/// What a prediction gave.
public struct PredictionResult: Sendable {
    /// Number of predictions.
    public let count: Int
    /// For people: the predictions where there is no output file, else what was written.
    public let text: String

    /// A result of `count` predictions.
    public init(count: Int, text: String) {
        self.count = count
        self.text = text
    }
}
