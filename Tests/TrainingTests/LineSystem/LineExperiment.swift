import TandemDatasets
import TandemDevices
import TandemNetworks
import TandemTraining

/// A line through noisy points as an experiment.
struct LineExperiment: SweptExperiment {
    /// What is measured at the end.
    struct Figures: Codable, Sendable, Equatable {
        var testLoss: Double
        /// The sum of the numbers of the test points, which tells folds apart.
        var testPoints = 0.0
    }

    static let recipeName = "line"
    static let progress = ProgressStyle(metrics: ["validationLoss"], format: { "\($0)" })

    let configuration: LineConfiguration
    let recipe: LineRecipe
    let arena: ParameterArena

    static func resolved(_ configuration: LineConfiguration, data: String?) -> LineConfiguration {
        configuration
    }

    static func prepare(_ configuration: LineConfiguration) throws -> LinePoints {
        try LinePoints(configuration.data)
    }

    init(_ configuration: LineConfiguration, data: LinePoints, device: any Device) throws {
        self.configuration = configuration
        recipe = try LineRecipe(configuration, data, on: device)
        arena = try ParameterArena(recipe.model, device: device, seed: configuration.seed)
    }

    var summary: [String] { ["data      \(recipe.points.x.count) points"] }

    func measure() throws -> Figures {
        let test = recipe.points.split.test
        return Figures(
            testLoss: try recipe.error(test), testPoints: test.reduce(0) { $0 + Double($1) })
    }

    static func describe(_ figures: Figures) -> [String] { ["test loss \(figures.testLoss)"] }

    static func validationLoss(_ record: EpochRecord) -> Double {
        record.metrics["validationLoss"] ?? .nan
    }

    static func testLoss(_ figures: Figures) -> Double { figures.testLoss }

    static func figures(of figures: Figures) -> [Metric] {
        [Metric("test points", figures.testPoints)]
    }

    static func facts(_ data: LinePoints) -> SweepDataFacts {
        SweepDataFacts(
            path: "points", hash: "\(data.x.count)", splitHash: "\(data.split.test)",
            count: data.x.count,
            split: [data.split.training, data.split.validation, data.split.test].map(\.count),
            summary: "\(data.x.count) points")
    }

    static func folds(
        _ data: LinePoints, count: Int, seed: UInt64, _ configuration: LineConfiguration
    ) throws -> [LinePoints] {
        let folds = try DataFolds(count, of: try SplitExamples(count: data.x.count), seed: seed)
        return try (0..<count).map {
            LinePoints(data, try folds.split(testingOn: $0, validation: 0.25))
        }
    }
}
