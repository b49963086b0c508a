import Testing

@testable import TandemRecipes

@Suite struct SentenceSplitterTests {
    private func split(
        _ paragraphs: [String], minimum: Int = 1, maximum: Int = 60
    ) -> [String] {
        SentenceSplitter(minimumWords: minimum, maximumWords: maximum)
            .sentences(of: paragraphs.map { Scalars($0.unicodeScalars) })
            .map(String.init(scalars:))
    }

    @Test func endsAtStopsBeforeCapitals() {
        #expect(
            split(["One is here. Two was? Three! \"Four (ends).\" Then 5. 6 is last"]) == [
                "One is here.", "Two was?", "Three!", "\"Four (ends).\"", "Then 5.", "6 is last",
            ])
    }

    @Test func doesNotEndAtAbbreviationsInitialsAndLowerCase() {
        #expect(
            split(["Mr. Smith and J. S. Bach, e.g. Johann, used perl vs. Python. et al. too"]) == [
                "Mr. Smith and J. S. Bach, e.g. Johann, used perl vs. Python. et al. too"
            ])
        #expect(split(["Version 5.36 is out... and it works."]).count == 1)
    }

    @Test func paragraphsEndSentences() {
        #expect(split(["A heading", "Text below"]) == ["A heading", "Text below"])
    }

    @Test func shortSentencesJoinTheNextOne() {
        #expect(
            split(["NAME", "Yes. This one has six words indeed. Short."], minimum: 6) == [
                "NAME Yes. This one has six words indeed. Short."
            ])
        #expect(
            split(
                ["Here are exactly six words now.", "No. Here are exactly six words again."],
                minimum: 6) == [
                    "Here are exactly six words now.", "No. Here are exactly six words again.",
                ])
        #expect(split(["Only three words"], minimum: 6) == ["Only three words"])
    }

    @Test func longSentencesAreCutIntoEqualParts() {
        let words = (1...125).map { "w\($0)" }
        let parts = split([words.joined(separator: " ")], maximum: 60)
        #expect(parts.map { $0.split(separator: " ").count } == [41, 42, 42])
        #expect(parts.joined(separator: " ") == words.joined(separator: " "))
        let exact = split([words.prefix(60).joined(separator: " ")], maximum: 60)
        #expect(exact.count == 1)
    }

    @Test func signsAreNotWords() {
        #expect(split(["*** --- !!!"]) == [])
        #expect(split(["a - b - c - d", "- - - -"], minimum: 6) == ["a - b - c - d - - - -"])
        #expect(split([]) == [])
    }
}
