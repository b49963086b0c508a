import TandemBasics
public import TandemDatasets

/// Which scenarios are trained on and which are measured, by their identifiers.
///
/// In JSON: `{"seed", "train_ids", "val_ids", "test_ids"}`; the seed and `test_ids` may be missing.
public struct GiftSplit: Codable, Sendable, Equatable {
    /// The seed that the scenarios were divided with; nil when a file says who goes where.
    public let seed: UInt64?
    /// The scenarios to train on.
    public let trainingIds: [String]
    /// The scenarios to choose the epoch by.
    public let validationIds: [String]
    /// The scenarios that only the final figures look at; nil when these are taken from the validation part.
    public let testIds: [String]?

    /// The names in JSON.
    public enum CodingKeys: String, CodingKey {
        /// ``GiftSplit/seed``.
        case seed
        /// ``GiftSplit/trainingIds``.
        case trainingIds = "train_ids"
        /// ``GiftSplit/validationIds``.
        case validationIds = "val_ids"
        /// ``GiftSplit/testIds``.
        case testIds = "test_ids"
    }

    /// Divides scenarios at random: a share, rounded up, for validation, the rest for training.
    ///
    /// The same seed gives the same parts on every machine (see `DataSplit`).
    ///
    /// - Parameters:
    ///   - scenarios: the scenarios.
    ///   - validation: the share of the validation part, above 0 and below 1.
    ///   - seed: the seed of the order.
    /// - Throws: when a part would be empty.
    public init(
        _ scenarios: [GiftScenario], validation: Double = 0.2, seed: UInt64
    ) throws(GiftError) {
        guard validation > 0, validation < 1 else {
            throw .setting(
                name: "the share for validation", value: "\(validation)",
                expected: "a number above 0 and below 1")
        }
        let numbers = try GiftSplit.dividing { () throws(SplitProblem) in
            try DataSplit(
                SplitExamples(count: scenarios.count), validation: validation, test: 0, seed: seed)
        }
        self.init(numbers, of: scenarios, seed: seed)
    }

    /// Reads a split from a JSON file.
    ///
    /// - Parameters:
    ///   - path: the file; members besides those of a split are not read.
    ///   - scenarios: the scenarios, each of which must be in one part.
    /// - Returns: the split, its parts in the order of the file.
    /// - Throws: when the file cannot be read or is no JSON, and for unknown, repeated and missing identifiers and empty parts,
    ///   all of them.
    public static func read(
        _ path: String, of scenarios: [GiftScenario]
    ) throws(GiftError) -> GiftSplit {
        let value = try GiftFile.read(path)
        let keys = [CodingKeys.trainingIds, .validationIds, .testIds]
        var parts: [[String]?] = []
        for key in keys {
            let isOptional = key == .testIds && value[key.rawValue] == nil
            parts.append(
                isOptional ? nil : try identifiers(of: value, name: path, member: key.rawValue))
        }
        var problems: [GiftProblem] = []
        var owners: [String: String] = [:]
        let known = Set(scenarios.map(\.id))
        for (key, part) in zip(keys, parts) {
            guard let part else { continue }
            let name = key.rawValue
            if part.isEmpty {
                problems.append(
                    GiftProblem(member: name, .empty(expected: "at least one scenario")))
            }
            for (row, id) in part.enumerated() {
                if !known.contains(id) {
                    problems.append(
                        GiftProblem(
                            row: row, member: name,
                            .unknown(
                                word: id, suggestion: nil,
                                advice: "name a scenario of the file that is split")))
                } else if let first = owners.updateValue(name, forKey: id) {
                    problems.append(
                        GiftProblem(row: row, id: id, member: name, .repeated(first: "in \(first)"))
                    )
                }
            }
        }
        for scenario in scenarios where owners[scenario.id] == nil {
            problems.append(GiftProblem(id: scenario.id, .unassigned))
        }
        if !problems.isEmpty { throw .unusable(path: path, problems: problems) }
        return GiftSplit(
            seed: nil, trainingIds: parts[0] ?? [], validationIds: parts[1] ?? [],
            testIds: parts[2])
    }

    /// The numbers of the scenarios in every part; the test part is the validation part where there is none of its own.
    ///
    /// Throws for identifiers that are none of the scenarios'.
    public func numbers(in scenarios: [GiftScenario]) throws(GiftError) -> DataSplit {
        var numbers: [String: Int32] = [:]
        for (number, scenario) in scenarios.enumerated() { numbers[scenario.id] = Int32(number) }
        func part(_ ids: [String]) throws(GiftError) -> [Int32] {
            let found = ids.compactMap { numbers[$0] }
            guard found.count == ids.count else {
                let missing = ids.filter { numbers[$0] == nil }
                throw .unusable(
                    path: "the split",
                    problems: missing.map {
                        GiftProblem(
                            .unknown(
                                word: $0, suggestion: nil,
                                advice: "give the scenarios that were divided"))
                    })
            }
            return found
        }
        return DataSplit(
            training: try part(trainingIds), validation: try part(validationIds),
            test: try part(testIds ?? []))
    }

    private init(
        seed: UInt64?, trainingIds: [String], validationIds: [String], testIds: [String]?
    ) {
        self.seed = seed
        self.trainingIds = trainingIds
        self.validationIds = validationIds
        self.testIds = testIds
    }

    /// The split with these numbers.
    private init(_ numbers: DataSplit, of scenarios: [GiftScenario], seed: UInt64) {
        func ids(_ part: [Int32]) -> [String] { part.map { scenarios[Int($0)].id } }
        self.init(
            seed: seed, trainingIds: ids(numbers.training), validationIds: ids(numbers.validation),
            testIds: numbers.test.isEmpty ? nil : ids(numbers.test))
    }

    private static func identifiers(
        of value: JSONValue, name: String, member: String
    ) throws(GiftError) -> [String] {
        let rows = try GiftFile.rows(of: value, name: name, member: member)
        var problems: [GiftProblem] = []
        let ids = rows.enumerated().map { row, value in
            if let id = value.stringValue { return id }
            problems.append(
                GiftProblem(
                    row: row, member: member,
                    .wrong(value: GiftRow.shown(value), expected: "the identifier of a scenario")))
            return ""
        }
        if !problems.isEmpty { throw .unusable(path: name, problems: problems) }
        return ids
    }

    /// Calls `body` and makes its error one of the gift recommender's.
    private static func dividing<Result>(
        _ body: () throws(SplitProblem) -> Result
    ) throws(GiftError) -> Result {
        do throws(SplitProblem) { return try body() } catch { throw .division(error) }
    }
}

extension GiftSplit {
    /// Divides scenarios into folds of equal size, each of which is tested on once.
    ///
    /// Of the scenarios outside a fold a share is for validation, the rest for training. The same seed gives the same folds on
    /// every machine (see `DataFolds`).
    ///
    /// - Parameters:
    ///   - count: the number of folds, at least 2.
    ///   - scenarios: the scenarios.
    ///   - validation: the share of the scenarios outside a fold that the epoch is chosen by, below 1; of 0 all of them are
    ///     trained on, and validation measures these too.
    ///   - seed: the seed of the folds.
    /// - Returns: the split of every fold.
    /// - Throws: when there are fewer than two folds, or so few scenarios that a part would be empty.
    public static func folds(
        _ count: Int, of scenarios: [GiftScenario], validation: Double = 0.2, seed: UInt64
    ) throws(GiftError) -> [GiftSplit] {
        guard validation >= 0, validation < 1 else {
            throw .setting(
                name: "the share for validation", value: "\(validation)",
                expected: "a number from 0 to below 1")
        }
        return try dividing { () throws(SplitProblem) in
            let folds = try DataFolds(
                count, of: SplitExamples(count: scenarios.count), seed: seed)
            var splits: [GiftSplit] = []
            for fold in 0..<count {
                let numbers = try folds.split(testingOn: fold, validation: validation)
                splits.append(GiftSplit(numbers, of: scenarios, seed: seed))
            }
            return splits
        }
    }
}
