import TandemDatasets
import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueFilterTests {
    private var settings = DialogueFilterConfiguration()

    private func rule(
        _ question: String, _ answer: String, _ settings: DialogueFilterConfiguration? = nil
    ) -> DialogueFilterRule? {
        DialogueFilter(settings: settings ?? self.settings).rule(
            brokenBy: DialoguePair(id: "a", question: question, answer: answer))
    }

    @Test func everyRuleHasItsLimits() {
        let long = String(repeating: "x", count: 513)
        let fine = "a fine answer"
        #expect(rule("", fine) == .emptyQuestion)
        #expect(rule("Why is that?", "") == .emptyAnswer)
        #expect(rule("Who Is There?", "who is there?") == .questionEqualsAnswer)
        #expect(rule("Who?", fine) == .questionTooShort)
        #expect(rule("Who ?", fine) == nil)
        #expect(rule("Why is that?", "Nine char") == .answerTooShort)
        #expect(rule("Why is that?", "Ten chars.") == nil)
        #expect(rule(long, fine) == .questionTooLong)
        #expect(rule(String(long.dropLast()), fine) == nil)
        #expect(rule("Why is that?", long + long.dropLast(1)) == .answerTooLong)
        #expect(rule("Why is that?", long + long.dropLast(2)) == nil)
    }

    @Test func theFirstRuleCounts() {
        // Equal texts are also too short, short questions may have long answers.
        #expect(rule("", "") == .emptyQuestion)
        #expect(rule("Hi", "hi") == .questionEqualsAnswer)
        #expect(rule("Hi", "no") == .questionTooShort)
        #expect(rule("Hi", String(repeating: "x", count: 2000)) == .questionTooShort)
        #expect(
            DialogueFilterRule.allCases.map(\.rawValue) == [
                "emptyQuestion", "emptyAnswer", "questionEqualsAnswer", "questionTooShort",
                "answerTooShort", "questionTooLong", "answerTooLong", "duplicateQuestion",
                "duplicateAnswer", "lowSimilarity",
            ])
    }

    @Test func limitsCanBeSetAndMaximaTurnedOff() {
        var settings = DialogueFilterConfiguration()
        (settings.minimumQuestionLength, settings.minimumAnswerLength) = (1, 2)
        (settings.maximumQuestionLength, settings.maximumAnswerLength) = (0, 0)
        let long = String(repeating: "x", count: 5000)
        #expect(rule("?", "no", settings) == nil)
        #expect(rule(long, long + ".", settings) == nil)
        settings.maximumAnswerLength = 3
        #expect(rule("?", "four", settings) == .answerTooLong)
    }

    @Test func shortenedTextsHaveTheLengthsOfWholeOnes() {
        let filter = DialogueFilter(settings: settings)
        var pair = DialoguePair(
            id: "a", question: "", answer: "", questionLength: 20, answerLength: 20)
        #expect(filter.rule(brokenBy: pair) == nil)
        pair.answerLength = 2000
        #expect(filter.rule(brokenBy: pair) == .answerTooLong)
        pair = DialoguePair(
            id: "a", question: "same text", answer: "same text", answerLength: 20)
        #expect(filter.rule(brokenBy: pair) == nil)
    }

    @Test func repeatedTextsAreDroppedWhateverTheirCase() {
        let pairs = [
            DialoguePair(id: "0", question: "One?", answer: "first"),
            DialoguePair(id: "1", question: "ONE?", answer: "other"),
            DialoguePair(id: "2", question: "Two?", answer: "First"),
            // Dropped before, so it stands in nobody's way.
            DialoguePair(id: "3", question: "Three?", answer: "low"),
            DialoguePair(id: "4", question: "Three?", answer: "high"),
            // Both repeated; the question counts.
            DialoguePair(id: "5", question: "one?", answer: "first"),
            // Shortened, so nobody knows.
            DialoguePair(id: "6", question: "Six?", answer: "first", answerLength: 30),
        ]
        let cosines: [Float] = [0.5, 0.5, 0.5, 0.05, 0.5, 0.5, 0.1]
        func kept(_ settings: DialogueFilterConfiguration) -> ([Int], DialogueFilterCounts) {
            var counts = DialogueFilterCounts(total: pairs.count)
            let kept = DialogueFilter(settings: settings).kept(
                pairs, cosines: cosines, counts: &counts)
            return (kept, counts)
        }
        let (places, counts) = kept(settings)
        #expect(places == [0, 4, 6])
        #expect(counts[.duplicateQuestion] == 2)
        #expect(counts[.duplicateAnswer] == 1)
        #expect(counts[.lowSimilarity] == 1)
        #expect(counts.kept == 3 && counts.total == 7)
        #expect(counts.dropped.count == 10)
        var lenient = settings
        (lenient.dropsDuplicateQuestions, lenient.dropsDuplicateAnswers) = (false, false)
        #expect(kept(lenient).0 == [0, 1, 2, 4, 5, 6])
        lenient.minimumSimilarity = -1
        #expect(kept(lenient).0 == Array(0..<7))
        lenient.minimumSimilarity = 0.3
        #expect(kept(lenient).1[.lowSimilarity] == 2)
    }

    @Test func impossibleLimitsAreReported() {
        let text = """
            {"filter": {"minimumQuestionLength": -1, "maximumAnswerLength": 5, "minimumSimilarity": 2},
             "teacher": {"dimension": 0}, "validationShare": 0.6, "testShare": 0.5,
             "contextDecay": 0, "contextWindow": -1, "noise": -1, "mixing": -1,
             "curriculumEpochs": -1, "path": "", "cache": ""}
            """
        do {
            _ = try DialogueDataConfiguration.parse(Array(text.utf8), source: "x")
            Issue.record("accepted")
        } catch {
            let description = "\(error)"
            for key in [
                "filter.minimumQuestionLength", "filter.maximumAnswerLength",
                "filter.minimumSimilarity", "teacher.dimension", "testShare", "contextDecay",
                "contextWindow", "noise", "mixing", "curriculumEpochs", "path", "cache",
            ] { #expect(description.contains(key), "\(key)") }
        }
    }

    @Test func similarityIsThatOfTheTeachersVectors() throws {
        let fixtures = try DialogueFixtures()
        // Cosines 1, 0.6 and 0; with centring the first two would point elsewhere.
        let path = try fixtures.embedded(
            [[1, 0], [2, 0], [1, 0]], [[5, 0], [3, 4], [0, 1]],
            pairs: """
                {"id": "a", "question_length": 9, "answer_length": 30}
                {"id": "b", "question_length": 9, "answer_length": 30}
                {"id": "c", "question_length": 9, "answer_length": 30}
                """)
        let settings = DialogueFixtures.settings(path) {
            $0.filter.enabled = true
            $0.filter.minimumSimilarity = 0.5
            $0.centre = true
        }
        let data = try DialogueData(settings)
        #expect(data.pairs.map(\.id) == ["a", "b"])
        #expect(abs(data.similarities[0] - 1) < 1e-6 && abs(data.similarities[1] - 0.6) < 1e-6)
        #expect(data.statistics.filter[.lowSimilarity] == 1)
        var strict = settings
        strict.filter.minimumQuestionLength = 20
        let error = dialogueError { _ = try DialogueData(strict) }
        guard case .allFiltered(_, let counts) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(counts[.questionTooShort] == 3)
        #expect(error?.description.contains("all 3 pairs (question too short 3)") == true)
        strict.filter.minimumQuestionLength = 1
        strict.filter.minimumSimilarity = 1
        strict.filter.minimumAnswerLength = 1
        var two = try DialogueFile.read(path)
        two.pairs.removeFirst()
        two.places.removeFirst()
        two.vectors?.questions.removeFirst(2)
        two.vectors?.answers.removeFirst(2)
        #expect(
            dialogueError { _ = try DialogueData(two, strict) }?.description.contains(
                "low similarity 2") == true)
    }
}
