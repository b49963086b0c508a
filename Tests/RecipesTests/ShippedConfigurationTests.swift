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
            "news-baseline-gru", "calling-score", "calling-score-sweep", "gift-recommender",
            "gift-parity-v2", "gift-parity-v3",
        ] {
            #expect(files.contains(file + ".json"))
        }
        for file in files {
            #expect(try name(in: "\(folder)/\(file)") + ".json" == file)
        }
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
        default: return try name(of: Systems.named(in: path), in: path)
        }
    }

    private func name<System: Experiment>(of system: System.Type, in path: String) throws -> String
    {
        try System.Configuration.read(path).name
    }
}
