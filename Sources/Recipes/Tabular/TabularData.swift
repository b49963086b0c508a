import TandemBasics
public import TandemDatasets
import TandemDevices

/// A table made ready for training: read, split, standardised.
///
/// Lives on the host; experiments on any device share it.
public struct TabularData: Sendable {
    /// Standardised features `[n, F]` and labels `[n]` of one part.
    public struct Part: Sendable {
        /// Row-major features.
        public let features: [Float]
        /// Labels as the network sees them.
        public let targets: [Float]
        /// Number of rows.
        public var count: Int { targets.count }
    }

    /// What the network's last layer is.
    public enum Output: Sendable, Equatable {
        /// A sigmoid.
        case sigmoid
        /// The linear result; labels were standardised: `label = output * scale + offset`.
        case identity(scale: Float, offset: Float)
    }

    /// The table as it was read.
    public let table: NumericTable
    /// Where it came from, for people.
    public let source: String
    /// SHA-256 of the file in hexadecimal digits; of the generator's records when there is no file.
    public let hash: String
    /// What is odd about the data but no error.
    public let warnings: [String]
    /// What kind of rows they are.
    let kind: TabularModelKind
    /// The row numbers of the parts.
    public let split: DataSplit
    /// Fitted on the training rows.
    public let scaler: StandardScaler
    /// The output unit and the scale of the labels.
    public let output: Output
    /// Classification: factor of the loss of examples with label 1.
    public let positiveWeight: Double
    /// The rows to train on.
    public let training: Part
    /// The rows to choose by.
    public let validation: Part
    /// The rows to report.
    public let test: Part

    /// Reads, splits and standardises the table that `configuration` describes, whose paths are used as they stand.
    ///
    /// Deterministic. Throws when the file or the split cannot be used, and for labels that do not fit the task.
    public init(_ configuration: TabularConfiguration) throws {
        try self.init(configuration, TabularSource.read(configuration))
    }

    /// Splits and standardises a table that is already in memory; `source` says for people where it came from.
    ///
    /// Without a `split` the rows are divided as the configuration says. Deterministic. Throws when the split cannot be
    /// used, and for labels that do not fit the task.
    public init(
        _ configuration: TabularConfiguration, table: NumericTable, split: DataSplit? = nil,
        source: String
    ) throws {
        try self.init(configuration, TabularSource(table, description: source), split: split)
    }

    /// The same table divided otherwise.
    func divided(_ split: DataSplit, _ configuration: TabularConfiguration) throws -> TabularData {
        let source = TabularSource(
            table: table, description: self.source, hash: hash, warnings: warnings, kind: kind)
        return try TabularData(configuration, source, split: split)
    }

    private init(
        _ configuration: TabularConfiguration, _ source: TabularSource,
        split given: DataSplit? = nil
    ) throws {
        let table = source.table
        try Self.checkLabels(table, configuration.task)
        split = try given ?? Self.makeSplit(table, configuration)
        scaler = StandardScaler(fitting: table, rows: split.training)
        output = try Self.makeOutput(table, configuration, training: split.training)
        let labels = split.training.map { table.targets[Int($0)] }
        let positives = labels.count { $0 > 0.5 }
        let negatives = labels.count - positives
        positiveWeight =
            configuration.positiveWeight
            ?? (positives == 0 || negatives == 0 ? 1 : Double(negatives) / Double(positives))
        let cut = PartCut(table: table, scaler: scaler, output: output)
        training = cut.part(split.training)
        validation = cut.part(split.validation)
        test = cut.part(split.test)
        self.table = table
        self.source = source.description
        hash = source.hash
        warnings = source.warnings
        kind = source.kind
    }

    /// The unit of the labels that the network sees, in their own: 1 unless they were standardised.
    var labelScale: Double {
        switch output {
        case .sigmoid: 1
        case .identity(let scale, _): Double(scale)
        }
    }

    /// A hash of the row numbers of all parts.
    var splitHash: String {
        let text = "\(split.training)|\(split.validation)|\(split.test)"
        return SHA256.hexadecimal(SHA256.hash(Array(text.utf8)))
    }

    /// A hash of all that training depends on: the file's bytes, what was read from it, and the split.
    var identity: String {
        var text = hash + table.targetName + table.featureNames.joined(separator: ",")
        for part in [split.training, split.validation] { text += "|\(part.count):\(part)" }
        return SHA256.hexadecimal(SHA256.hash(Array(text.utf8)))
    }

    /// Raw, unscaled features of the first `limit` test rows, `[n, F]`.
    public func rawTestRows(limit: Int) -> [Float] {
        table.features(ofRows: split.test.prefix(limit))
    }

    private static func checkLabels(_ table: NumericTable, _ task: TabularConfiguration.Task) throws
    {
        guard table.width > 0 else { throw TabularError.noFeatures }
        guard task == .classification else { return }
        if let row = table.targets.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw TabularError.labelNotBinary(
                column: table.targetName, row: row, value: table.targets[row])
        }
    }

    private static func makeSplit(
        _ table: NumericTable, _ configuration: TabularConfiguration
    ) throws -> DataSplit {
        if let file = configuration.data.splitFile {
            return try DataSplit.read(file, count: table.count)
        }
        // Three parts of at least one row each, and something to fit a scaler on.
        guard table.count >= 10 else { throw TabularError.tooFewRows(table.count) }
        if configuration.data.splitBy != nil {
            guard let groups = table.groups else { throw TabularError.noGroups }
            return try DataSplit(
                SplitExamples(count: table.count, groups: groups), seed: configuration.seed)
        }
        var labels: [String]?
        if configuration.task == .classification {
            let found = table.targets.map { $0 > 0.5 ? "1" : "0" }
            for label in ["1", "0"] where !found.contains(label) {
                throw SplitProblem.labelMissing(part: "training", label: label, count: 0)
            }
            labels = found
        }
        return try DataSplit(
            SplitExamples(count: table.count, labels: labels), seed: configuration.seed)
    }

    private static func makeOutput(
        _ table: NumericTable, _ configuration: TabularConfiguration, training: [Int32]
    ) throws -> Output {
        let outside = table.targets.firstIndex { !(0...1).contains($0) }
        if configuration.task == .classification { return .sigmoid }
        switch (configuration.model.output, outside) {
        case (.auto, nil), (.sigmoid, nil): return .sigmoid
        case (.sigmoid, let row?):
            throw TabularError.labelOutsideSigmoid(
                column: table.targetName, row: row, value: table.targets[row])
        default:
            let labels = training.map { Double(table.targets[Int($0)]) }
            let mean = labels.reduce(0, +) / Double(labels.count)
            let variance =
                labels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(labels.count)
            let deviation = variance.squareRoot()
            return .identity(
                scale: deviation < 1e-12 ? 1 : Float(deviation), offset: Float(mean))
        }
    }
}

/// Takes rows of a table, standardised, as one part.
private struct PartCut {
    let table: NumericTable
    let scaler: StandardScaler
    let output: TabularData.Output

    func part(_ rows: [Int32]) -> TabularData.Part {
        TabularData.Part(
            features: scaler.apply(table.features(ofRows: rows)),
            targets: rows.map { standardized(table.targets[Int($0)]) })
    }

    private func standardized(_ label: Float) -> Float {
        switch output {
        case .sigmoid: label
        case .identity(let scale, let offset): (label - offset) / scale
        }
    }
}
