import TandemBasics
import Testing

@testable import TandemRecipes

/// Whatever stands in a file: the readers either use it or throw an error of their own that names the row.
@Suite struct GiftOddValuesTests {
    private static let odd: [JSONValue] = [
        .null, .bool(true), .integer(-1), .integer(.max), .unsigned(.max), .number(1e308),
        .number(-0.0), .string(""), .string("\u{0}\u{FEFF} \u{301}"), .string("İ"), .array([]),
        .array([.null]), .array([.array([])]), .object([]),
        .array((0..<60).map { .integer($0) }), .object([JSONMember("", .null)]),
    ]
    private let vocabulary = GiftVocabulary(.parity)
    private let fixtures: GiftFixtures

    init() throws { fixtures = try GiftFixtures() }

    /// Every value that comes of putting `replacement` somewhere into `value`; of lists into the first element.
    private func replacing(_ value: JSONValue, by replacement: JSONValue) -> [JSONValue] {
        var results = [replacement]
        if let elements = value.elements, let first = elements.first {
            for changed in replacing(first, by: replacement) {
                results.append(.array([changed] + elements.dropFirst()))
            }
        }
        if let members = value.orderedMembers {
            for (place, member) in members.enumerated() {
                for changed in replacing(member.value, by: replacement) {
                    var copy = members
                    copy[place] = JSONMember(member.name, changed)
                    results.append(.object(copy))
                }
            }
        }
        return results
    }

    /// Reads every variation of a text; the number of those that were used.
    private func used(
        _ text: String, _ read: (String, GiftUnknownLabels) throws(GiftError) -> Void
    ) throws -> Int {
        let value = try JSONValue.parse(Array(text.utf8))
        var used = 0
        for replacement in Self.odd {
            for variation in replacing(value, by: replacement) {
                let path = try fixtures.file(try variation.text())
                for labels in GiftUnknownLabels.allCases {
                    do throws(GiftError) {
                        try read(path, labels)
                        used += 1
                    } catch {
                        guard case .unusable(path, let problems) = error else {
                            Issue.record(error)
                            return used
                        }
                        #expect(!problems.isEmpty && !error.description.isEmpty)
                    }
                }
            }
        }
        return used
    }

    @Test func scenariosAreUsedOrRefused() throws {
        let text = "{\"scenarios\": [\(GiftFixtures.rows().joined(separator: ","))]}"
        let used = try used(text) { path, labels throws(GiftError) in
            let file = try GiftScenarioFile.read(
                path, vocabulary: vocabulary, unknownLabels: labels)
            let inputs = GiftInputs(
                profiles: file.scenarios.map(\.profile), vocabulary: vocabulary, wiring: .connected)
            #expect(
                (inputs.state + inputs.features.budget + inputs.tokenWeights).allSatisfy {
                    $0.isFinite
                })
            #expect(inputs.tokens.count == 50 * inputs.count)
        }
        #expect(used > 0)
    }

    @Test func giftsAreUsedOrRefused() throws {
        let text = "{\"gifts\": [\(GiftFixtures.gift(0)),\(GiftFixtures.gift(1))]}"
        let used = try used(text) { path, labels throws(GiftError) in
            let catalogue = try GiftCatalogue.read(
                path, vocabulary: vocabulary, unknownLabels: labels)
            let inputs = GiftCatalogueInputs(gifts: catalogue.gifts, wiring: .connected)
            #expect((inputs.features + inputs.description).allSatisfy { $0.isFinite })
        }
        #expect(used > 0)
    }

    @Test func splitsAreUsedOrRefused() throws {
        let scenarios = GiftFixtures.scenarios(5)
        let text = "{\"train_ids\": [\"s0\", \"s1\", \"s2\"], \"val_ids\": [\"s3\", \"s4\"]}"
        let used = try used(text) { path, _ throws(GiftError) in
            _ = try GiftSplit.read(path, of: scenarios)
        }
        #expect(used == 0)
    }
}
