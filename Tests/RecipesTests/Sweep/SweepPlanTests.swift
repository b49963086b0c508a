import TandemConfiguration
import TandemDevices
import Foundation
import TandemNetworks
import TandemTestSupport
import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Which variants a sweep trains.
@Suite struct SweepPlanTests {
    private static let shipped = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Configs/calling-score-sweep.json").standardizedFileURL.path

    private func shipped(_ settings: String...) throws -> SweepConfiguration<TabularExperiment> {
        try SweepConfiguration<TabularExperiment>.read(
            Self.shipped, overrides: settings.map { try ConfigurationOverride($0) })
    }

    private func parse(_ text: String) throws -> SweepConfiguration<TabularExperiment> {
        try SweepConfiguration<TabularExperiment>.parse(Array(text.utf8), source: "sweep.json")
    }

    /// One row of the specification's table.
    struct Row: Sendable, CustomStringConvertible {
        let name: String
        let text: String
        var rate = 0.001
        var batch = 32
        var hidden = [128, 64]
        var dropout = 0.2
        var parameters = 13_441

        var description: String { name }
    }

    private static let rows = [
        Row(name: "v1_0_baseline", text: "Baseline v1.0-hybrid configuration"),
        Row(name: "v1_1_lr_0.0001", text: "Learning rate: 0.0001", rate: 0.0001),
        Row(name: "v1_1_lr_0.0005", text: "Learning rate: 0.0005", rate: 0.0005),
        Row(name: "v1_1_lr_0.002", text: "Learning rate: 0.002", rate: 0.002),
        Row(name: "v1_1_lr_0.005", text: "Learning rate: 0.005", rate: 0.005),
        Row(name: "v1_1_batch_16", text: "Batch size: 16", batch: 16),
        Row(name: "v1_1_batch_64", text: "Batch size: 64", batch: 64),
        Row(name: "v1_1_batch_128", text: "Batch size: 128", batch: 128),
        Row(
            name: "v1_1_arch_wider", text: "Architecture: [256, 128]", hidden: [256, 128],
            parameters: 43_265),
        Row(
            name: "v1_1_arch_deeper", text: "Architecture: [128, 64, 32]", hidden: [128, 64, 32],
            parameters: 15_489),
        Row(
            name: "v1_1_arch_smaller", text: "Architecture: [96, 48]", hidden: [96, 48],
            parameters: 8_545),
        Row(
            name: "v1_1_arch_wide_deep", text: "Architecture: [256, 128, 64]",
            hidden: [256, 128, 64], parameters: 51_457),
        Row(name: "v1_1_dropout_0.1", text: "Dropout: 0.1", dropout: 0.1),
        Row(name: "v1_1_dropout_0.3", text: "Dropout: 0.3", dropout: 0.3),
        Row(name: "v1_1_dropout_0.4", text: "Dropout: 0.4", dropout: 0.4),
    ]

    // MARK: - The shipped sweep

    @Test func fifteenVariantsInOrder() throws {
        let plan = try SweepPlan<TabularExperiment>(try shipped())
        #expect(plan.variants.map(\.name) == Self.rows.map(\.name))
        #expect(plan.variants.map(\.description) == Self.rows.map(\.text))
        #expect(plan.variants.map(\.isBaseline) == Self.rows.map { $0.name == "v1_0_baseline" })
        #expect(plan.notes.isEmpty)
    }

    /// Every variant is trained as named, and differs from the baseline in nothing else.
    @Test(arguments: rows) func variant(_ row: Row) throws {
        let configuration = try shipped()
        let variant = try #require(
            try SweepPlan<TabularExperiment>(configuration).variants.first { $0.name == row.name })
        var expected = configuration.base
        expected.training.optimizer.learningRate = row.rate
        expected.training.batchSize = row.batch
        expected.model.hidden = row.hidden
        expected.model.dropout = row.dropout
        #expect(variant.configuration == expected)
        let network = FeedForwardNetwork(
            features: 39, hidden: variant.configuration.model.hidden,
            dropout: Float(variant.configuration.model.dropout), outputActivation: .sigmoid)
        let arena = try ParameterArena(network, device: TestDevices.makePlain(), seed: 1)
        #expect(arena.parameterCount == row.parameters)
    }

    @Test func baselineAndNames() throws {
        let configuration = try shipped()
        let base = configuration.base
        #expect(base.training.epochs == 100)
        #expect(base.training.optimizer.kind == .adam)
        #expect(base.training.earlyStopping == TabularConfiguration.defaults.training.earlyStopping)
        #expect(base.seed == 42)
        #expect(configuration.modelName == "calling_score_model")
        #expect(configuration.combinedName == "v1_2_combined")
        #expect(configuration.publishedBaseline?.testLoss == 0.0267)
        #expect(configuration.publishedBaseline?.validationLoss == 0.0286)
        #expect(configuration.timeout == 3600)
        #expect(configuration.repeats == 1)
        #expect(try parse(configuration.resolvedJSON) == configuration)
    }

    /// 5 learning rates, 4 batch sizes, 5 architectures, 4 shares of dropout.
    @Test func theGridHasEveryCombination() throws {
        let variants = try SweepPlan<TabularExperiment>(try shipped("grid=true")).variants
        #expect(variants.count == 400)
        #expect(variants.count { $0.isBaseline } == 1)
        #expect(variants[0].isBaseline)
        #expect(variants[0].name == "grid_001")
        #expect(variants[399].name == "grid_400")
        #expect(variants[399].description.hasSuffix("Dropout: 0.4"))
        #expect(Set(variants.map(\.configuration.resolvedJSON)).count == 400)
        func values<Value: Hashable>(_ value: (TabularConfiguration) -> Value) -> Set<Value> {
            Set(variants.map { value($0.configuration) })
        }
        #expect(values(\.training.optimizer.learningRate) == [1e-4, 5e-4, 1e-3, 2e-3, 5e-3])
        #expect(values(\.training.batchSize) == [16, 32, 64, 128])
        #expect(values(\.model.hidden).count == 5)
        #expect(values(\.model.dropout) == [0.1, 0.2, 0.3, 0.4])
    }

    // MARK: - Choosing

    @Test func theFirstOnes() throws {
        let plan = try SweepPlan<TabularExperiment>(try shipped("maximumVariants=5"))
        #expect(plan.variants.map(\.name) == Self.rows.prefix(5).map(\.name))
        #expect(plan.notes.count == 1)
        #expect(plan.notes[0].contains("first 5 of 15"))
        #expect(plan.notes[0].contains("v1_1_batch_16"))
        #expect(try SweepPlan<TabularExperiment>(try shipped("maximumVariants=15")).notes.isEmpty)
        #expect(
            try SweepPlan<TabularExperiment>(try shipped("maximumVariants=99")).variants.count == 15
        )
        let grid = try SweepPlan<TabularExperiment>(try shipped("maximumVariants=3", "grid=true"))
        #expect(grid.variants.count == 3)
        #expect(grid.notes[0].contains("and 385 more"))
    }

    @Test func byName() throws {
        let plan = try SweepPlan<TabularExperiment>(
            try shipped(#"only=["v1_1_batch_128", "v1_0_baseline"]"#))
        #expect(plan.variants.map(\.name) == ["v1_0_baseline", "v1_1_batch_128"])
        let error = #expect(throws: ConfigurationError.self) {
            try shipped(#"only=["v1_1_batch_256"]"#)
        }
        #expect("\(String(describing: error))".contains("'v1_1_batch_256'"))
        #expect("\(String(describing: error))".contains("v1_1_batch_128"))
        #expect(throws: ConfigurationError.self) {
            try shipped("grid=true", #"only=["v1_0_baseline"]"#)
        }
        #expect(throws: ConfigurationError.self) { try shipped("grid=true", "combine=true") }
    }

    // MARK: - The combination

    @Test func theBestValueOfEverySetting() throws {
        let plan = try SweepPlan<TabularExperiment>(try shipped())
        var losses = Dictionary(uniqueKeysWithValues: Self.rows.map { ($0.name, 0.03) })
        losses["v1_0_baseline"] = 0.028
        losses["v1_1_lr_0.0005"] = 0.027
        losses["v1_1_lr_0.002"] = 0.026
        losses["v1_1_batch_128"] = 0.0279
        losses["v1_1_arch_wider"] = 0.0281
        let combined = try #require(try plan.combined(losses))
        #expect(combined.name == "v1_2_combined")
        var expected = try shipped().base
        expected.training.optimizer.learningRate = 0.002
        expected.training.batchSize = 128
        #expect(combined.configuration == expected)
        #expect(combined.description == "Combined: Learning rate: 0.002, Batch size: 128")
        #expect(!combined.isBaseline)
    }

    /// Equal losses: the value listed first, and the baseline's before all.
    @Test func ties() throws {
        let plan = try SweepPlan<TabularExperiment>(try shipped())
        let combined = try #require(
            try plan.combined([
                "v1_0_baseline": 0.028, "v1_1_lr_0.0005": 0.027, "v1_1_lr_0.002": 0.027,
                "v1_1_lr_0.005": 0.027, "v1_1_batch_16": 0.028, "v1_1_dropout_0.4": 0.0279,
                "v1_1_dropout_0.3": 0.0279,
            ]))
        #expect(combined.configuration.training.optimizer.learningRate == 0.0005)
        #expect(combined.configuration.training.batchSize == 32)
        #expect(combined.configuration.model.dropout == 0.3)
    }

    @Test func failedVariantsDoNotTakePart() throws {
        let plan = try SweepPlan<TabularExperiment>(try shipped())
        #expect(try plan.combined([:]) == nil)
        let withoutBaseline = try #require(try plan.combined(["v1_1_batch_16": 0.05]))
        #expect(withoutBaseline.configuration.training.batchSize == 16)
        #expect(withoutBaseline.configuration.model.hidden == [128, 64])
    }

    // MARK: - Files that make no sense

    @Test(arguments: [
        #""variants": []"#, #""variants": [{"name": ""}]"#, #""variants": [{"name": "a/b"}]"#,
        #""variants": [{"name": "a"}, {"name": "a"}]"#, #""variants": [{"name": "combined"}]"#,
        #""variants": [{"name": "a", "set": "model.hidden"}]"#, #""repeats": 0"#,
        #""timeout": 0"#, #""timeout": 1e30"#, #""maximumVariants": 0"#, #""modelName": """#,
        #""name": "a/b""#, #""publishedBaseline": {"testLoss": 0, "validationLoss": 1}"#,
        #""base": {"model": {"dropout": 2}}"#, #""vriants": []"#,
    ])
    func impossibleFiles(_ member: String) {
        let variants = member.contains(#""variants""#) ? "" : #", "variants": [{"name": "a"}]"#
        #expect(throws: ConfigurationError.self) { try parse("{\(member)\(variants)}") }
    }

    /// The data are prepared once: a variant that wanted others would be trained on the baseline's.
    @Test(arguments: [
        "data.deriveFeatures=true", "data.target=x", "task=classification", "positiveWeight=2",
        "model.output=identity", "name=x", "recipe=tabular",
    ])
    func whatVariantsCannotChange(_ set: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try parse(#"{"variants": [{"name": "a", "set": "\#(set)"}]}"#)
        }
        #expect("\(String(describing: error))".contains("'variants.0.set' is '\(set)'"))
    }

    @Test(arguments: ["model.hidden=[0]", "training.batchSize=none", "training.batchsize=16"])
    func variantsThatMakeNoExperimentAreNamed(_ set: String) throws {
        let configuration = try parse(
            #"{"variants": [{"name": "fine"}, {"name": "odd", "set": "\#(set)"}]}"#)
        let error = #expect(throws: ConfigurationError.self) {
            try SweepPlan<TabularExperiment>(configuration)
        }
        #expect("\(String(describing: error))".contains("variant 'odd'"))
    }
}
