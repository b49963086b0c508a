import TandemBasics
import TandemDatasets
import Foundation
import TandemRecipes
import Testing
import TandemTraining

@Suite struct ShippedConfigurationTests {
    /// Every file in `Configs/` can be used, and its name is its experiment's or sweep's.
    @Test func everyFile() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Configs").standardizedFileURL.path
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".json") }
        for file in [
            "news-baseline-gru", "news-memory-gru", "news-hierarchical-gru", "news-original",
            "news-original-before", "news-original-after", "news-context-100", "news-folds",
            "news-ablation", "calling-score", "calling-score-sweep", "gift-recommender",
            "gift-parity-v2", "gift-parity-v3",
        ] {
            #expect(files.contains(file + ".json"))
        }
        for file in files {
            #expect(try name(in: "\(folder)/\(file)") + ".json" == file)
        }
    }

    /// The ablation trains every combination of four losses, delta or not, two kinds of step and two memories.
    @Test func ablationHasEveryCombination() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Configs/news-ablation.json").standardizedFileURL.path
        let variants = try SweepPlan<SequenceVectorsExperiment>(
            try SweepConfiguration<SequenceVectorsExperiment>.read(path)
        ).variants.map(\.configuration)
        #expect(variants.count == 32)
        #expect(Set(variants.map { "\($0.loss)" }).count == 4)
        #expect(Set(variants.map(\.prediction.kind)) == [.delta, .direct])
        #expect(Set(variants.map(\.prediction.normalizedStep)) == [true, false])
        #expect(Set(variants.map(\.model.memory)) == [.original, .learned])
        #expect(Set(variants.map(\.resolvedJSON)).count == 32)
    }

    private func name(in path: String) throws -> String {
        switch try JSONValue.parse(try WholeFile.read(path))["recipe"] {
        case .string("tabular-sweep"):
            let configuration = try SweepConfiguration<TabularExperiment>.read(path)
            _ = try SweepPlan<TabularExperiment>(configuration)
            return configuration.name
        case .string("gift-recommender-sweep"):
            let configuration = try SweepConfiguration<GiftRecommenderExperiment>.read(path)
            _ = try SweepPlan<GiftRecommenderExperiment>(configuration)
            return configuration.name
        case .string("sequence-vectors-sweep"):
            let configuration = try SweepConfiguration<SequenceVectorsExperiment>.read(path)
            _ = try SweepPlan<SequenceVectorsExperiment>(configuration)
            return configuration.name
        default: return try name(of: Systems.named(in: path), in: path)
        }
    }

    private func name<System: Experiment>(of system: System.Type, in path: String) throws -> String
    {
        try System.Configuration.read(path).name
    }
}
