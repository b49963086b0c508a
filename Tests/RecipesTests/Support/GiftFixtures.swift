import Foundation
import TandemBasics
import TandemDatasets

@testable import TandemRecipes

/// Small scenarios and gifts, and files of them in a folder of their own that goes away at the end.
final class GiftFixtures {
    let folder = FileManager.default.temporaryDirectory.path + "/gift-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A file in the folder.
    func file(_ text: String, _ name: String = "file.json") throws -> String {
        try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        return "\(folder)/\(name)"
    }

    /// A file of scenarios.
    func scenarios(_ rows: [String]) throws -> String {
        try file("{\"scenarios\": [\(rows.joined(separator: ",\n"))]}", "scenarios.json")
    }

    /// A scenario as text, with members replaced by others.
    static func row(
        _ id: Int, _ changes: [String: String] = [:], profile: [String: String] = [:]
    ) -> String {
        var fields = [
            "age": "\(20 + id)", "hobbies": "[\"reading\", \"yoga\"]",
            "relationship": "\"friend\"", "budget": "80.5", "occasion": "\"birthday\"",
            "preferences": "[\"practical\"]",
        ]
        fields.merge(profile) { $1 }
        var members = [
            "id": "\"s\(id)\"", "profile": object(fields),
            "expected_categories": "[\"books\", \"wellness\"]",
            "expected_tools": "[\"price_comparison\", \"review_analysis\"]",
        ]
        members.merge(changes) { $1 }
        return object(members)
    }

    /// Five scenarios, the first of them changed.
    static func rows(
        _ changes: [String: String] = [:], profile: [String: String] = [:]
    ) -> [String] {
        [row(0, changes, profile: profile)] + (1..<5).map { row($0) }
    }

    /// A gift as text, with members replaced by others.
    static func gift(_ id: Int, _ changes: [String: String] = [:]) -> String {
        var members = [
            "id": "\"g\(id)\"", "name": "\"Gift \(id)\"", "category": "\"books\"",
            "price": "20", "rating": "4.5", "tags": "[\"reading\"]", "age_range": "[16, 70]",
            "occasions": "[\"any\"]",
        ]
        members.merge(changes) { $1 }
        return object(members)
    }

    /// An object of members; those with an empty value are left out.
    private static func object(_ members: [String: String]) -> String {
        let texts = members.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
            .map { "\"\($0.key)\": \($0.value)" }
        return "{\(texts.joined(separator: ", "))}"
    }

    /// A profile to change.
    static func profile(
        age: Int = 30, hobbies: [String] = ["reading"], relationship: String = "friend",
        budget: Double = 100, occasion: String = "birthday", preferences: [String] = ["practical"]
    ) -> GiftProfile {
        GiftProfile(
            age: age, hobbies: hobbies, relationship: relationship, budget: budget,
            occasion: occasion, preferences: preferences)
    }

    /// So many scenarios with profiles of their own.
    static func scenarios(_ count: Int) -> [GiftScenario] {
        (0..<count).map {
            GiftScenario(
                id: "s\($0)", profile: profile(age: 16 + $0 % 60, budget: Double(30 + $0)),
                expectedCategories: ["books"], expectedTools: ["price_comparison"])
        }
    }
}

/// The problems that `body` throws; nil when it throws none.
func giftProblems(_ body: () throws -> Void) -> [GiftProblem]? {
    do {
        try body()
        return nil
    } catch GiftError.unusable(_, let problems) {
        return problems
    } catch {
        return nil
    }
}
