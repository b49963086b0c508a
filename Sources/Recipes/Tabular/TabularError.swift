/// Why a table cannot be trained on or predicted from.
public enum TabularError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The table has no column besides the label.
    case noFeatures
    /// The table is too short to be split.
    case tooFewRows(Int)
    /// A split by user was asked for a table without users.
    case noGroups
    /// The rows would be split by the label.
    case labelIsGroup(column: String)
    /// Classification needs labels 0 and 1.
    case labelNotBinary(column: String, row: Int, value: Float)
    /// A sigmoid cannot reach the label.
    case labelOutsideSigmoid(column: String, row: Int, value: Float)
    /// The network gives numbers without bounds for rows that it was not trained on.
    case lossNotFinite(part: String, value: String)
    /// A run is to be measured on data that it was not trained with.
    case otherData(run: String, data: String)
    /// The exported model does not give the network's outputs.
    case exportDiffers(path: String, difference: Float)
    /// A run directory holds no exported model.
    case noModel(path: String)
    /// The input of a prediction does not fit the model.
    case wrongWidth(model: Int, input: Int, features: [String])
    /// The input of a prediction has another feature where the model wants one.
    case otherFeature(wanted: String, found: String)
    /// A model gives no number for a row.
    case predictionNotFinite(row: Int, value: String)
    /// A setting chooses something that the format of the data leaves no choice about.
    case noChoice(setting: String, value: String, advice: String)
    /// No format of tables bears the name.
    case unknownFormat(String, known: [String])
    /// A model's metadata does not say what its inputs are.
    case badMetadata(path: String, key: String, problem: String)

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .noFeatures:
            "the table has no column besides the label; add the columns to predict from"
        case .tooFewRows(let count):
            "the table has \(count) rows; training needs at least 10, "
                + "or a split file that names the rows of each part"
        case .noGroups:
            "data.splitBy names no column of the table: it is 'user_id' for calling-score records "
                + "that all have one, or a column of a CSV file; or give a split file"
        case .labelIsGroup(let column):
            "the column '\(column)' is both the label and the one to split by; "
                + "name the label by data.target, which is the last column otherwise"
        case .labelNotBinary(let column, let row, let value):
            "row \(row) (from 0) has \(value) in the label column '\(column)'; "
                + "classification needs 0 or 1. Use the task 'regression' for other numbers"
        case .labelOutsideSigmoid(let column, let row, let value):
            "row \(row) (from 0) has \(value) in the label column '\(column)', which a sigmoid "
                + "cannot reach; use model.output 'identity' or 'auto'"
        case .lossNotFinite(let part, let value):
            "the loss on the \(part) rows is \(value): training diverges, or these rows "
                + "hold values far outside those of the training rows; lower the learning rate, "
                + "or look for a wrong unit or a typing error"
        case .otherData(let run, let data):
            "'\(run)' was trained on other data than '\(data)', or on other parts of it, so its "
                + "test rows may be among those trained on; give the old data, or predict for "
                + "new rows"
        case .exportDiffers(let path, let difference):
            "'\(path)' gives outputs that differ by \(difference) from the network's, more "
                + "than 1e-5; do not use it, and please report this"
        case .noModel(let path):
            "'\(path)' holds no model.onnx; the run is not finished: train it to "
                + "its end"
        case .wrongWidth(let model, let input, let features):
            "the model takes \(model) features, the input has \(input)"
                + (features.isEmpty ? "" : "; expected " + features.joined(separator: ", "))
        case .otherFeature(let wanted, let found):
            "the input has the feature '\(found)' where the model takes '\(wanted)'; "
                + "give rows of the kind that the model was trained on"
        case .predictionNotFinite(let row, let value):
            "the model's prediction for row \(row) (from 0) is \(value): its features are "
                + "too large for single precision; look for a wrong unit or a typing error"
        case .noChoice(let setting, let value, let advice):
            "\(setting) is '\(value)', which these data leave no choice about: \(advice)"
        case .unknownFormat(let name, let known):
            "'\(name)' is no format of tables; give one of " + known.joined(separator: ", ")
        case .badMetadata(let path, let key, let problem):
            "'\(path)': the metadata '\(key)' \(problem); "
                + "use a model that was exported by Tandem"
        }
    }
}
