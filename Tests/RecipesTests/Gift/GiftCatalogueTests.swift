import TandemBasics
import Testing

@testable import TandemRecipes

@Suite struct GiftCatalogueTests {
    private let vocabulary = GiftVocabulary(.extended)
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    private func read(_ text: String, _ labels: GiftUnknownLabels = .refuse) throws -> GiftCatalogue
    {
        try GiftCatalogue.read(
            try fixtures.file(text), vocabulary: vocabulary, unknownLabels: labels)
    }

    private func object(_ gifts: [String]) -> String {
        "{\"gifts\": [\(gifts.joined(separator: ","))]}"
    }

    @Test func readsEveryMember() throws {
        let gift = Gift(
            id: "g1", name: "Gift 1", category: "books", price: 20, rating: 4.5,
            tags: ["reading"], ages: 16...70, occasions: ["any"])
        let text = GiftFixtures.gift(1)
        #expect(try read(object([text])).gifts == [gift])
        #expect(try read("[\(text)]").gifts == [gift])
        let aliases = GiftFixtures.gift(
            1,
            [
                "age_range": "", "age_suitability": "[16, 70]", "occasions": "",
                "occasion_fit": "[\"Any\", \"any\"]",
            ])
        let catalogue = try read(object([aliases]))
        #expect(catalogue.gifts == [gift])
        #expect(catalogue.report.repeatedWords == 1)
        #expect(try GiftCatalogue([gift], vocabulary: vocabulary).gifts == [gift])
    }

    @Test func refusesUnknownCategoriesUnlessTheyMayBeDropped() throws {
        let text = object([
            GiftFixtures.gift(0), GiftFixtures.gift(1, ["category": "\"kitchen\""]),
        ])
        let problems = try #require(giftProblems { _ = try read(text) })
        #expect(problems.count == 1)
        #expect(problems[0].description.hasPrefix("row 1 'g1', category: unknown word 'kitchen';"))
        let catalogue = try read(text, .drop)
        #expect(catalogue.gifts.map(\.id) == ["g0"])
        #expect(catalogue.report.leftOut == ["g1"])
        #expect(catalogue.report.gifts == 1)
        #expect(catalogue.report[.giftCategory].unknown == 1)
    }

    static let wrongMembers = [
        ("id", "\"g0\"", "id: occurs again, first in row 0"),
        ("id", "", "id: missing"),
        ("name", "", "name: missing"),
        ("name", "\"  \"", "name: is empty"),
        ("category", "", "category: missing"),
        ("price", "0", "price: is 0; give a number above 0"),
        ("price", "\"20\"", "price: is the text \"20\""),
        ("price", "-1", "price: is -1"),
        ("rating", "5.1", "rating: is 5.1; give a number from 0 to 5"),
        ("rating", "-0.5", "rating: is -0.5"),
        ("tags", "\"a\"", "tags: is the text \"a\"; give a list of words"),
        ("age_range", "\"18-65\"", "age_range: is the text \"18-65\"; give two ascending"),
        ("age_range", "[70, 16]", "age_range: is the list [70,16]"),
        ("age_range", "[16]", "age_range: is the list [16]"),
        ("age_range", "[16, 20, 30]", "age_range: is the list [16,20,30]"),
        ("age_range", "[16, \"70\"]", "age_range: is the list [16,\"70\"]"),
        ("age_range", "[1, 200]", "age_range: is the list [1,200]"),
        ("age_range", "", "age_range: missing"),
        ("age_suitability", "[16, 70]", "age_suitability: means the same as 'age_range'"),
        ("occasions", "\"any\"", "occasions: is the text \"any\"; give a list of words"),
        ("occasion_fit", "[]", "occasion_fit: means the same as 'occasions'"),
    ]

    @Test(arguments: wrongMembers)
    func refusesWrongMembers(member: String, value: String, text: String) throws {
        let rows = [GiftFixtures.gift(0), GiftFixtures.gift(1, [member: value])]
        let problems = try #require(giftProblems { _ = try read(object(rows)) })
        #expect(problems.count == 1)
        #expect(problems[0].row == 1)
        #expect(problems[0].description.contains(text), "\(problems)")
    }

    @Test func refusesTooManyGiftsAndNone() throws {
        for (count, expected) in [(0, "at least 1"), (51, "at most 50")] {
            let text = object((0..<count).map { GiftFixtures.gift($0) })
            #expect(
                giftProblems { _ = try read(text) }?.map(\.kind) == [
                    .count(count, of: "gifts", expected: expected)
                ])
        }
        #expect(try read(object((0..<50).map { GiftFixtures.gift($0) })).gifts.count == 50)
        let unknown = object([GiftFixtures.gift(0, ["category": "\"kitchen\""])])
        #expect(
            giftProblems { _ = try read(unknown, .drop) }?.map(\.kind) == [
                .count(0, of: "gifts of known categories", expected: "at least 1")
            ])
    }

    @Test func refusesFilesThatAreNone() throws {
        for text in ["3", "{\"gift\": []}", "{\"gifts\": {}}", "[[]]"] {
            #expect(giftProblems { _ = try read(text) }?.count == 1)
        }
        #expect(throws: GiftError.self) { try read("[") }
    }
}
