import TandemBasics
public import TandemDatasets

/// All that the gift recommender learns from, on the host: scenarios, a catalogue, and who is trained on.
///
/// Experiments on any device share it.
public struct GiftData: Sendable {
    /// The scenarios.
    public let scenarios: [GiftScenario]
    /// The gifts.
    public let catalogue: GiftCatalogue
    /// The numbers of the scenarios in every part.
    ///
    /// Without a test part of its own the validation part is reported on, as the published system does.
    public let split: DataSplit
    /// Who goes where, by identifiers.
    public let division: GiftSplit
    /// The words that the model knows.
    public let vocabulary: GiftVocabulary
    /// What the readers found.
    public let report: GiftLoadReport
    /// Where the scenarios came from, for people.
    public let scenariosPath: String
    /// Where the catalogue came from, for people.
    public let cataloguePath: String

    /// Reads and divides the data; paths are used as they stand.
    ///
    /// - Parameters:
    ///   - scenariosPath: the file of scenarios.
    ///   - cataloguePath: the file of gifts.
    ///   - splitPath: a file that says who is trained on; nil to divide 80 to 20 at random.
    ///   - seed: the seed of the division at random.
    ///   - vocabulary: the words that the model knows.
    ///   - unknownLabels: what happens to unknown labels.
    /// - Throws: when a file cannot be used.
    public init(
        scenariosPath: String, cataloguePath: String, splitPath: String? = nil, seed: UInt64,
        vocabulary: GiftVocabulary, unknownLabels: GiftUnknownLabels = .refuse
    ) throws(GiftError) {
        let file = try GiftScenarioFile.read(
            scenariosPath, vocabulary: vocabulary, unknownLabels: unknownLabels)
        let catalogue = try GiftCatalogue.read(
            cataloguePath, vocabulary: vocabulary, unknownLabels: unknownLabels)
        let division: GiftSplit
        if let splitPath {
            division = try GiftSplit.read(splitPath, of: file.scenarios)
        } else {
            division = try GiftSplit(file.scenarios, seed: seed)
        }
        try self.init(
            scenarios: file, catalogue: catalogue, division: division, vocabulary: vocabulary,
            scenariosPath: scenariosPath, cataloguePath: cataloguePath)
    }

    /// The given scenarios and gifts, divided as `division` says.
    ///
    /// The paths say for people where they came from. Throws when `division` names scenarios that are not there.
    public init(
        scenarios: GiftScenarioFile, catalogue: GiftCatalogue, division: GiftSplit,
        vocabulary: GiftVocabulary, scenariosPath: String = "scenarios in memory",
        cataloguePath: String = "catalogue in memory"
    ) throws(GiftError) {
        self.scenarios = scenarios.scenarios
        self.catalogue = catalogue
        self.division = division
        self.vocabulary = vocabulary
        self.scenariosPath = scenariosPath
        self.cataloguePath = cataloguePath
        report = scenarios.report.joined(with: catalogue.report)
        split = try division.numbers(in: scenarios.scenarios)
    }

    /// The same data with another division.
    ///
    /// Throws when `division` names scenarios that are not there.
    public func divided(_ division: GiftSplit) throws(GiftError) -> GiftData {
        try GiftData(self, division)
    }

    /// The same data in folds, each of which is tested on once; see `GiftSplit.folds`.
    ///
    /// - Parameters:
    ///   - count: the number of folds, at least 2.
    ///   - validation: the share of the scenarios outside a fold that the epoch is chosen by.
    ///   - seed: the seed of the folds.
    /// - Returns: the data of every fold.
    /// - Throws: when there are fewer than two folds, or so few scenarios that a part would be empty.
    public func folds(
        _ count: Int, validation: Double = 0.2, seed: UInt64
    ) throws(GiftError) -> [GiftData] {
        var folds: [GiftData] = []
        for division in try GiftSplit.folds(
            count, of: scenarios, validation: validation, seed: seed)
        {
            folds.append(try divided(division))
        }
        return folds
    }

    private init(_ data: GiftData, _ division: GiftSplit) throws(GiftError) {
        scenarios = data.scenarios
        catalogue = data.catalogue
        vocabulary = data.vocabulary
        report = data.report
        scenariosPath = data.scenariosPath
        cataloguePath = data.cataloguePath
        self.division = division
        split = try division.numbers(in: data.scenarios)
    }

    /// The scenarios with the given numbers, in their order.
    func scenarios(_ numbers: [Int32]) -> [GiftScenario] { numbers.map { scenarios[Int($0)] } }

    /// The scenarios that are measured during training: the validation part, without one the training part.
    var validated: [Int32] { split.validation.isEmpty ? split.training : split.validation }

    /// The scenarios that are reported on: the test part, where there is none the validation part.
    var reported: [Int32] { split.test.isEmpty ? split.validation : split.test }

    /// SHA-256 in hexadecimal digits of the scenarios, the gifts and the vocabulary as they are used, whatever their files look like.
    public var hash: String {
        let words = [vocabulary.hobbies, vocabulary.preferences]
        let content = JSONValue.array(
            scenarios.map(\.json) + catalogue.gifts.map(\.json)
                + words.map { .array($0.map { .string($0) }) })
        return Self.hash(of: content)
    }

    /// SHA-256 in hexadecimal digits of the identifiers in every part.
    public var splitHash: String {
        let parts = [division.trainingIds, division.validationIds, division.testIds ?? []]
        return Self.hash(of: .array(parts.map { .array($0.map { .string($0) }) }))
    }

    /// SHA-256 in hexadecimal digits of all that training depends on: ``hash`` and ``splitHash``.
    public var identity: String { SHA256.hexadecimal(SHA256.hash(Array((hash + splitHash).utf8))) }

    private static func hash(of value: JSONValue) -> String {
        // Only NaN and infinities have no text, and the readers refuse them.
        let text = (try? value.text()) ?? ""
        return SHA256.hexadecimal(SHA256.hash(Array(text.utf8)))
    }
}
