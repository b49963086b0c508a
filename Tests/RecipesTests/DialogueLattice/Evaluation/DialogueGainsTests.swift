import TandemBasics
import Testing

@testable import TandemRecipes

/// The paired bootstrap.
@Suite struct DialogueGainsTests {
    /// Scores with the given cosines: of two candidates the true one is found first where its cosine is above 0.
    private static func scores(_ cosines: [Float]) throws -> DialogueScores {
        let count = cosines.count
        var similarities = [Float](repeating: -2, count: count * count)
        for (row, cosine) in cosines.enumerated() {
            similarities[row * count + row] = cosine
            similarities[row * count + (row + 1) % count] = 0
        }
        return try DialogueScores(similarities: similarities, count: count)
    }

    private static func normal(_ count: Int, seed: UInt64, mean: Float) -> [Float] {
        var generator = Philox(RandomStream(seed: seed, identifier: 99))
        return (0..<count).map { _ in mean + 0.125 * Float(generator.nextNormalPair().0) }
    }

    @Test func sameSeedSameInterval() throws {
        let model = try Self.scores(Self.normal(50, seed: 1, mean: 0.4))
        let other = try Self.scores(Self.normal(50, seed: 2, mean: 0.3))
        let gains = try DialogueGains(model, over: other, seed: 5)
        #expect(try DialogueGains(model, over: other, seed: 5) == gains)
        #expect(try DialogueGains(model, over: other, seed: 6) != gains)
        #expect(gains.cosine.lower < gains.cosine.mean)
        #expect(gains.cosine.mean < gains.cosine.upper)
        // The other way round the same resamples give the mirrored interval.
        let mirrored = try DialogueGains(other, over: model, seed: 5)
        #expect(abs(mirrored.cosine.lower + gains.cosine.upper) < 1e-12)
        #expect(abs(mirrored.cosine.mean + gains.cosine.mean) < 1e-12)
    }

    @Test("A difference that is the same for all pairs has no width")
    func constantDifference() throws {
        let base: [Float] = [0.125, 0.25, 0.375, 0.5, 0.625]
        let gains = try DialogueGains(
            try Self.scores(base.map { $0 + 0.25 }), over: try Self.scores(base), seed: 1)
        #expect(gains.cosine == DialogueGain(mean: 0.25, lower: 0.25, upper: 0.25))
        #expect(gains.meanReciprocalRank == DialogueGain(mean: 0, lower: 0, upper: 0))
        #expect(gains.cosine.isClear)
        #expect(!gains.meanReciprocalRank.isClear)
        #expect(!gains.meanReciprocalRank.isPositive)
    }

    @Test("A distortion of some millionths is no gain, however even")
    func distortion() {
        #expect(!DialogueGain(mean: 5e-6, lower: 4e-6, upper: 6e-6).isClear)
        #expect(DialogueGain(mean: 0.002, lower: 0.001, upper: 0.003).isClear)
        #expect(!DialogueGain(mean: 0.002, lower: -0.001, upper: 0.005).isClear)
        #expect(DialogueGain(mean: 0.002, lower: -0.001, upper: 0.005).isPositive)
        #expect(
            DialogueGain(mean: 0.064, lower: -0.05, upper: 0.07).text
                == "+0.0640 [-0.0500, +0.0700]")
    }

    @Test(
        "The interval of differences with deviation s over n pairs is about 1.96 s / √n wide to either side"
    )
    func width() throws {
        let count = 400
        let differences = Self.normal(count, seed: 3, mean: 0.05)
        let gains = try DialogueGains(
            try Self.scores(differences), over: try Self.scores(differences.map { _ in 0 }), seed: 4
        )
        let mean = differences.reduce(0) { $0 + Double($1) } / Double(count)
        let squares = differences.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let half = 1.96 * (squares / Double(count)).squareRoot() / Double(count).squareRoot()
        #expect(abs(gains.cosine.mean - mean) < 1e-12)
        #expect(abs((gains.cosine.upper - gains.cosine.lower) / (2 * half) - 1) < 0.12)
    }

    @Test("About 95 of 100 intervals hold the true difference")
    func coverage() throws {
        let truth = 0.05
        let held = try (0..<200).filter { run in
            let differences = Self.normal(60, seed: 100 + UInt64(run), mean: Float(truth))
            let gain = try DialogueGains(
                try Self.scores(differences), over: try Self.scores(differences.map { _ in 0 }),
                resamples: 300, seed: UInt64(run)
            ).cosine
            return gain.lower <= truth && truth <= gain.upper
        }
        // 190 expected with a deviation of 3; small samples hold a little less.
        #expect((178...199).contains(held.count))
    }

    @Test func notANumberIsNoGain() throws {
        let model = try Self.scores([0.5, .nan, 0.5])
        let gains = try DialogueGains(model, over: try Self.scores([0.25, 0.25, 0.25]), seed: 1)
        #expect(gains.cosine.mean.isNaN)
        #expect(!gains.cosine.isClear)
        #expect(!gains.cosine.isPositive)
        #expect(gains.meanReciprocalRank.mean < 0)
    }

    @Test func differentNumbersAreAnError() throws {
        let (two, three) = (try Self.scores([0.5, 0.5]), try Self.scores([0.5, 0.5, 0.5]))
        #expect(
            throws: DialogueEvaluationError.wrongSize(
                what: "scores to compare with", found: 3, expected: 2)
        ) {
            try DialogueGains(two, over: three, seed: 1)
        }
    }
}
