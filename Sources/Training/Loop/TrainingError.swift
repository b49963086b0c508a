public import TandemConfiguration

/// Why a training run stopped or could not start; every description says what to do next.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A recipe returned no loss term.
    case noLossTerms
    /// A recipe returned another number of values, or of example counts, than it has loss terms.
    case lossValues(found: Int, counts: Int, terms: [String])
    /// A recipe gave another number of loss weights than it has terms.
    case lossWeights(found: Int, terms: Int)
    /// A recipe cuts batches of another size than the configuration says.
    case otherBatchSize(recipe: Int, configuration: Int)
    /// Two policies of a run have one name.
    case duplicatePolicy(String)
    /// A loss or the gradient norm became NaN or infinite.
    case notFinite(quantity: String, value: String, epoch: Int, step: Int)
    /// More steps of an epoch had gradients that are not finite than may be left out.
    case tooManySkippedSteps(Int, epoch: Int, step: Int, limit: Int)
    /// The data ended before the epoch did.
    case missingBatches(epoch: Int, expected: Int, found: Int)
    /// The metric that early stopping or a schedule watches is not measured.
    case unknownMetric(String, available: [String])
    /// A recipe gave two metrics of one name.
    case duplicateMetric(String)
    /// The metric that early stopping watches has no value.
    case metricNotANumber(String, epoch: Int)
    /// The run directory exists and holds something.
    case runDirectoryExists(path: String)
    /// No run directory is there, or it lacks a file.
    case notARun(path: String, missing: String)
    /// Another process trains in the run directory.
    case runInUse(path: String)
    /// The run has no checkpoint yet.
    case noCheckpoint(path: String)
    /// A resumed run was given other settings where that is not possible; each with the old and the new value.
    case changedSettings(checkpoint: String, [ConfigurationDifference])
    /// A resumed run was given other training data.
    case changedData(checkpoint: String)
    /// A resumed run was given fewer epochs than it has done.
    case tooFewEpochs(done: Int, epochs: Int)
    /// A checkpoint cannot be used.
    case badCheckpoint(path: String, problem: String)
    /// The run is already finished.
    case alreadyFinished(path: String, reason: StopReason)
    /// The loss depends on no parameter of the model.
    case noParameterInUse(parameters: Int)
    /// Parameters that no gradient other than zero has reached, or that have not changed, after the first steps.
    case parametersStandStill([String], parameters: Int, step: Int)
    /// A system cannot be applied to files.
    case noPrediction(recipe: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .noLossTerms:
            return "the recipe returned no loss term; give at least one loss a weight above 0"
        case .lossValues(let found, let counts, let terms):
            return
                "the recipe returned \(found) loss values with \(counts) numbers of examples for "
                + "the \(terms.count) terms \(terms.joined(separator: ", ")); give one of each a term"
        case .lossWeights(let found, let terms):
            return "the recipe gave \(found) loss weights for \(terms) terms; give one each"
        case .otherBatchSize(let recipe, let configuration):
            return "the recipe cuts batches of \(recipe) examples, training.batchSize is "
                + "\(configuration); make both from one configuration"
        case .duplicatePolicy(let name):
            return "two policies are called '\(name)'; their states would mix in checkpoints, so "
                + "give one of them another name, or leave it out"
        case .notFinite(let quantity, let value, let epoch, let step):
            return "\(quantity) is \(value) in epoch \(epoch), step \(step); training stopped. "
                + "The last checkpoint is from before; lower the learning rate "
                + "or set a smaller training.clipNorm"
        case .tooManySkippedSteps(let count, let epoch, let step, let limit):
            return
                "the gradients of \(count) steps of epoch \(epoch) were not finite, the last time in "
                + "step \(step); training.skippedSteps allows \(limit). Lower the learning rate"
        case .missingBatches(let epoch, let expected, let found):
            return "epoch \(epoch) should have \(expected) batches, the data ended after \(found)"
        case .unknownMetric(let name, let available):
            return "metric '\(name)' is not measured; available: "
                + available.joined(separator: ", ")
        case .duplicateMetric(let name):
            return "the recipe measured two metrics called '\(name)'; give one of them another name"
        case .metricNotANumber(let name, let epoch):
            return "metric '\(name)' is not a number after epoch \(epoch): the validation data "
                + "is too small for it; set training.earlyStopping.metric to another one"
        case .runDirectoryExists(let path):
            return "'\(path)' exists and is not empty; "
                + "choose another folder, or continue that run"
        case .notARun(let path, let missing):
            return "'\(path)' is not a run directory: '\(missing)' is missing"
        case .runInUse(let path):
            return "another process trains in '\(path)'; wait for its end, or stop it"
        case .noCheckpoint(let path):
            return "the run in '\(path)' has no checkpoint yet; train it further first"
        case .changedSettings(let checkpoint, let differences):
            return "'\(checkpoint)' cannot go on under other settings: "
                + differences.map(\.description).joined(separator: ", ")
                + "; leave them as they were, or start a new run"
        case .changedData(let checkpoint):
            return "'\(checkpoint)' was trained on other data: the data set or its split has "
                + "changed; give the data it began with, or start a new run"
        case .tooFewEpochs(let done, let epochs):
            return "the run has done \(done) epochs, training.epochs is \(epochs); "
                + "set it above \(done) to go on"
        case .badCheckpoint(let path, let problem):
            return "checkpoint '\(path)' cannot be used: \(problem)"
        case .noParameterInUse(let parameters):
            return "no trainable parameter in use: the model has "
                + "\(parameters == 0 ? "no parameters" : "\(parameters) parameters")"
                + ", and the loss depends on none; what it computes cannot learn, so make the model "
                + "call the modules that it holds"
        case .parametersStandStill(let names, let parameters, let step):
            return "\(names.count) of \(parameters) parameter tensors do not learn: after step "
                + "\(step) no gradient other than zero has reached them, or they have not changed: "
                + names.prefix(10).joined(separator: ", ")
                + (names.count > 10 ? " and \(names.count - 10) more" : "")
                + "; make them part of what the loss depends on, or take them out of the model"
        case .noPrediction(let recipe):
            return "the system '\(recipe)' has no way to predict from files; use its model in a "
                + "program of your own"
        case .alreadyFinished(let path, let reason):
            let advice =
                switch reason {
                case .finishedEpochs: "start a new one, or raise training.epochs to train longer"
                case .earlyStopping:
                    "start a new one, with a larger training.earlyStopping.patience to train longer"
                default: "start a new one"
                }
            return "the run in '\(path)' is finished (\(reason.description)); \(advice)"
        }
    }
}
