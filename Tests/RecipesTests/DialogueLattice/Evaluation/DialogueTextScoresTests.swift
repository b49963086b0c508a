import Glibc
import Testing

@testable import TandemRecipes

/// How much the words of two texts agree.
@Suite struct DialogueTextScoresTests {
    private static func scores(_ text: String, _ truth: String) throws -> DialogueTextScores {
        try DialogueTextScores(retrieved: [text], answers: [truth])
    }

    @Test func words() {
        #expect(DialogueTextScores.words("It's 2 Cats, ÉTÉ!") == ["it", "s", "2", "cats", "été"])
        #expect(DialogueTextScores.words(" -- ") == [])
    }

    @Test func equalTexts() throws {
        let scores = try Self.scores("The cat sat on the mat.", "the CAT sat, on the mat")
        #expect(abs(scores.rougeL - 1) < 1e-12)
        #expect(abs(scores.bleu4 - 1) < 1e-12)
    }

    @Test func nothingInCommon() throws {
        for (text, truth) in [("a b c", "d e"), ("", "a"), ("a", ""), ("", "")] {
            let scores = try Self.scores(text, truth)
            #expect(scores.rougeL == 0)
            #expect(scores.bleu4 == 0)
        }
    }

    @Test func figuresByHand() throws {
        // Common: police, the, gunman: 2 · 3 / (4 + 4).
        let scores = try Self.scores("police kill the gunman", "police killed the gunman")
        #expect(abs(scores.rougeL - 0.75) < 1e-12)
        // Sequences of 1 to 4: 3 of 4, 1 of 3, 0 of 2, 0 of 1, with 1 added to both from the second on.
        #expect(abs(scores.bleu4 - pow(3.0 / 4 * 2 / 4 * 1 / 3 * 1 / 2, 0.25)) < 1e-12)
        // Order counts: the longest common subsequence of "b a" and "a b" is one word.
        #expect(abs(try Self.scores("b a", "a b").rougeL - 0.5) < 1e-12)
    }

    @Test(
        "A text shorter than the true one pays for it, and repeated words count as often as there")
    func brevityAndRepetition() throws {
        // 2 of 2, 2 of 2 with the addition, 1 of 1 twice: only the length is left, 4 against 2.
        #expect(abs(try Self.scores("a b", "a b c d").bleu4 - exp(-1)) < 1e-12)
        // "a" occurs once in the true text: 1 of 4.
        let repeated = try Self.scores("a a a a", "a b c d")
        #expect(abs(repeated.bleu4 - pow(1.0 / 4 * 1 / 4 * 1 / 3 * 1 / 2, 0.25)) < 1e-12)
    }

    @Test func means() throws {
        let scores = try DialogueTextScores(
            retrieved: ["a b c d", "x"], answers: ["a b c d", "y"])
        #expect(scores.count == 2)
        #expect(abs(scores.rougeL - 0.5) < 1e-12)
        #expect(abs(scores.bleu4 - 0.5) < 1e-12)
        #expect(throws: DialogueEvaluationError.empty("texts of answers")) {
            try DialogueTextScores(retrieved: [], answers: [])
        }
    }
}
