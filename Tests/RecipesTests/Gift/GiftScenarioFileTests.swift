import TandemBasics
import Testing

@testable import TandemRecipes

@Suite struct GiftScenarioFileTests {
    private let extended = GiftVocabulary(.extended)
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    private func read(
        _ rows: [String], _ vocabulary: GiftVocabulary.Kind = .extended,
        _ labels: GiftUnknownLabels = .refuse
    ) throws -> GiftScenarioFile {
        try GiftScenarioFile.read(
            try fixtures.scenarios(rows), vocabulary: GiftVocabulary(vocabulary),
            unknownLabels: labels)
    }

    @Test func readsEveryMember() throws {
        let file = try read(GiftFixtures.rows())
        #expect(file.scenarios.count == 5)
        #expect(
            file.scenarios[0]
                == GiftScenario(
                    id: "s0",
                    profile: GiftProfile(
                        age: 20, hobbies: ["reading", "yoga"], relationship: "friend", budget: 80.5,
                        occasion: "birthday", preferences: ["practical"]),
                    expectedCategories: ["books", "wellness"],
                    expectedTools: ["price_comparison", "review_analysis"]))
        #expect(file.report.warnings == [])
    }

    @Test func normalisesWordsAndDropsRepeatedOnes() throws {
        let rows = GiftFixtures.rows(
            [
                "expected_categories": "[\"Books \", \"books\"]"
            ],
            profile: [
                "hobbies": "[\" Home Decor\", \"home_decor\", \"YOGA\"]",
                "relationship": "\"Wife\"", "occasion": "\"mother_day\"", "preferences": "[]",
            ])
        let file = try read(rows)
        let scenario = file.scenarios[0]
        #expect(scenario.profile.hobbies == ["home_decor", "yoga"])
        #expect(scenario.profile.relationship == "spouse")
        #expect(scenario.profile.occasion == "mothers_day")
        #expect(scenario.profile.preferences == [])
        #expect(scenario.expectedCategories == ["books"])
        #expect(file.report.repeatedWords == 2)
    }

    @Test func countsWordsThatTheVocabularyDoesNotHave() throws {
        let rows = GiftFixtures.rows(profile: ["hobbies": "[\"chess\", \"reading\"]"])
        let report = try read(rows, .parity).report
        let hobbies = report[.hobby]
        #expect((hobbies.mentions, hobbies.known, hobbies.unknown) == (10, 5, 5))
        #expect(hobbies.unknownWords.map(\.word) == ["yoga", "chess"])
        #expect(hobbies.unknownWords.map(\.count) == [4, 1])
        #expect(report[.tool].known == 10 && report[.tool].unknown == 0)
        #expect(
            report.lines.contains(
                "hobbies: 10 mentions, 5 unknown to the parity vocabulary: yoga 4, chess 1"))
        #expect(report.warnings.contains { $0.hasPrefix("5 of 10 mentions of hobbies") })
        #expect(try read(rows).report[.hobby].unknown == 1)
    }

    @Test func refusesUnknownLabelsUnlessTheyMayBeDropped() throws {
        var rows = GiftFixtures.rows(["expected_categories": "[\"bookz\", \"craft\"]"])
        let problems = try #require(giftProblems { _ = try read(rows) })
        #expect(problems.map(\.row) == [0, 0])
        #expect(
            problems[0].description.hasPrefix(
                "row 0 's0', expected_categories: unknown word 'bookz'; is 'books' meant? "))
        #expect(problems[1].description.contains("'craft'"))
        // Without its only labels a scenario is left out, and four are too few.
        #expect(
            giftProblems { _ = try read(rows, .extended, .drop) }?.map(\.kind) == [
                .count(4, of: "scenarios, 1 left out", expected: "at least 5")
            ])
        rows.append(
            GiftFixtures.row(5, ["expected_tools": "[\"price_comparison\", \"guessing\"]"]))
        let file = try read(rows, .extended, .drop)
        #expect(file.scenarios.map(\.id) == ["s1", "s2", "s3", "s4", "s5"])
        #expect(file.scenarios[4].expectedTools == ["price_comparison"])
        #expect(file.report.droppedLabels == 3)
        #expect(file.report.leftOut == ["s0"])
        #expect(file.report[.category].unknown == 2)
    }

    @Test func warnsOfEqualProfiles() throws {
        let rows = GiftFixtures.rows(profile: ["age": "23"])
        let report = try read(rows).report
        #expect(report.equalProfiles == [["s0", "s3"]])
        #expect(report.warnings == ["the profiles of s0, s3 are equal"])
    }

    /// One wrong member, and what the diagnostic must say.
    static let wrongMembers: [(profile: Bool, member: String, value: String, text: String)] = [
        (true, "age", "\"33\"", "profile.age: is the text \"33\"; give a whole number"),
        (true, "age", "33.5", "profile.age: is 33.5;"),
        (true, "age", "121", "profile.age: is 121;"),
        (true, "age", "-1", "profile.age: is -1;"),
        (true, "age", "", "profile.age: missing;"),
        (true, "budget", "\"80\"", "profile.budget: is the text \"80\"; give a number above 0"),
        (true, "budget", "0", "profile.budget: is 0;"),
        (true, "budget", "-5.0", "profile.budget: is -5.0;"),
        (true, "budget", "1e300", "profile.budget: is 1e+300;"),
        (true, "budget", "null", "profile.budget: is null;"),
        (true, "hobbies", "[]", "profile.hobbies: is empty;"),
        (true, "hobbies", "\"reading\"", "profile.hobbies: is the text \"reading\"; give a list"),
        (true, "hobbies", "[1]", "profile.hobbies: is a list with 1;"),
        (true, "hobbies", "[\" \"]", "profile.hobbies: is a list with an empty word;"),
        (true, "relationship", "", "profile.relationship: missing;"),
        (true, "relationship", "\"\"", "profile.relationship: is empty;"),
        (true, "occasion", "", "profile.occasion: missing;"),
        (true, "occasion", "7", "profile.occasion: is 7;"),
        (true, "preferences", "", "profile.preferences: missing;"),
        (false, "id", "", "row 0, id: missing;"),
        (false, "id", "3", "row 0, id: is 3;"),
        (false, "id", "\"s4\"", "row 4 's4', id: occurs again, first in row 0;"),
        (false, "profile", "[]", "profile.age: missing;"),
        (false, "expected_categories", "[]", "expected_categories: is empty;"),
        (false, "expected_categories", "", "expected_categories: missing;"),
        (
            false, "expected_categories", "[\"books\", \"art\", \"home\", \"food\"]",
            "expected_categories: 4 categories; give at most 3"
        ),
        (false, "expected_tools", "[]", "expected_tools: is empty;"),
        (false, "expected_tools", "{}", "expected_tools: is the object {};"),
    ]

    @Test(arguments: wrongMembers)
    func refusesWrongMembers(_ wrong: (profile: Bool, member: String, value: String, text: String))
        throws
    {
        let change = [wrong.member: wrong.value]
        let rows =
            wrong.profile ? GiftFixtures.rows(profile: change) : GiftFixtures.rows(change)
        let problems = try #require(giftProblems { _ = try read(rows) })
        #expect(problems.contains { $0.description.contains(wrong.text) }, "\(problems)")
        let isLast = wrong.value == "\"s4\""
        #expect(problems.allSatisfy { $0.row == (isLast ? 4 : 0) })
    }

    @Test func collectsAllProblemsAndShowsTen() throws {
        let rows = (0..<12).map { GiftFixtures.row($0, profile: ["age": "\"old\""]) }
        let path = try fixtures.scenarios(rows)
        do {
            _ = try GiftScenarioFile.read(path, vocabulary: extended)
            Issue.record("read")
        } catch {
            guard case .unusable(path, let problems) = error else {
                Issue.record(error)
                return
            }
            #expect(problems.count == 12)
            let lines = error.description.split(separator: "\n")
            #expect(lines[0].hasPrefix("\(path): 12 problems"))
            #expect(lines.count == 12)
            #expect(lines[10].contains("row 9 's9', profile.age"))
            #expect(lines[11] == "  and 2 more")
        }
    }

    @Test func refusesFilesThatAreNone() throws {
        let missing = fixtures.folder + "/none.json"
        #expect {
            try GiftScenarioFile.read(missing, vocabulary: extended)
        } throws: { error in
            guard case GiftError.file(.system) = error else { return false }
            return "\(error)".contains(missing)
        }
        for text in ["", "scenarios", "{\"scenarios\": [", "{\"scenarios\": [1e999]}"] {
            let path = try fixtures.file(text)
            #expect {
                try GiftScenarioFile.read(path, vocabulary: extended)
            } throws: { error in
                guard case GiftError.notJSON(path, _) = error else { return false }
                return true
            }
        }
        for (text, expected) in [
            ("[]", "is the list []; give an object with the member 'scenarios'"),
            ("{}", "scenarios: missing; give a list of scenarios"),
            ("{\"scenarios\": 3}", "scenarios: is 3; give a list of scenarios"),
            ("{\"scenarios\": []}", "0 scenarios; give at least 5"),
            ("{\"scenarios\": [1]}", "row 0: is 1; give an object"),
        ] {
            let path = try fixtures.file(text)
            let problems = giftProblems {
                _ = try GiftScenarioFile.read(path, vocabulary: extended)
            }
            #expect(problems?.map(\.description) == [expected])
        }
    }

    @Test func neverTrainsOnFewerThanFive() throws {
        let rows = (0..<4).map { GiftFixtures.row($0) }
        #expect(
            giftProblems { _ = try read(rows) }?.map(\.kind) == [
                .count(4, of: "scenarios", expected: "at least 5")
            ])
    }

    @Test func readsProfilesWithoutLabels() throws {
        let row = GiftFixtures.row(0, ["expected_categories": "", "expected_tools": ""])
        let path = try fixtures.scenarios([row])
        let file = try GiftScenarioFile.readProfiles(path, vocabulary: extended)
        #expect(file.scenarios.count == 1)
        #expect(file.scenarios[0].expectedCategories == [])
        let none = try fixtures.scenarios([])
        #expect(
            giftProblems { _ = try GiftScenarioFile.readProfiles(none, vocabulary: extended) }?
                .map(\.kind) == [.count(0, of: "scenarios", expected: "at least 1")])
    }

    @Test func checksScenariosInMemoryLikeThoseOfFiles() throws {
        let scenarios = GiftFixtures.scenarios(6)
        #expect(try GiftScenarioFile(scenarios, vocabulary: extended).scenarios == scenarios)
        var wrong = scenarios
        wrong[2].profile.budget = .nan
        wrong[3].id = "s0"
        #expect(
            giftProblems { _ = try GiftScenarioFile(wrong, vocabulary: extended) }?.map(\.row) == [
                2, 3,
            ])
    }
}
