import Foundation
import TandemDatasets
import TandemTestSupport

@testable import TandemRecipes

/// Files of pairs in a folder of their own.
struct DialogueFixtures {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Writes a text and reads the pairs in it.
    func read(_ text: String, _ name: String) throws -> DialogueSource {
        try DialogueFile.read(folder.put(Array(text.utf8), name))
    }

    /// Writes a text and gives the error of reading it.
    func error(_ text: String, _ name: String) throws -> DialogueError? {
        let path = try folder.put(Array(text.utf8), name)
        do throws(DialogueError) {
            _ = try DialogueFile.read(path)
            return nil
        } catch {
            return error
        }
    }

    /// The problems of a file that was refused for what its pairs say.
    func problems(_ text: String, _ name: String) throws -> [String] {
        guard case .unusable(_, let problems) = try error(text, name) else { return [] }
        return problems.map(\.description)
    }

    /// Writes an embedded set; rows of two or more numbers.
    func embedded(
        _ questions: [[Float]], _ answers: [[Float]], pairs: String? = nil
    ) throws -> String {
        for (name, rows) in [("questions", questions), ("answers", answers)] {
            let array = try HostArray(
                shape: [rows.count, rows.first?.count ?? 0], elements: rows.flatMap { $0 })
            try NPYFile.write(array, to: folder.file("\(name).npy"))
        }
        let lines = questions.indices.map { "{\"id\": \"p\($0)\", \"row\": \($0)}\n" }
        _ = try folder.put(Array((pairs ?? lines.joined()).utf8), "pairs.jsonl")
        return folder.path
    }

    /// The settings of the data at a path.
    static func settings(
        _ path: String, _ change: (inout DialogueDataConfiguration) -> Void = { _ in }
    ) -> DialogueDataConfiguration {
        var settings = DialogueDataConfiguration()
        settings.path = path
        change(&settings)
        return settings
    }

    /// Pairs `0 ..< count` in groups and categories by their numbers.
    static func pairs(
        _ count: Int, group: (Int) -> String = { "g\($0)" },
        category: (Int) -> String = { _ in "" }, part: (Int) -> DialoguePair.Part? = { _ in nil }
    ) -> [DialoguePair] {
        (0..<count).map {
            DialoguePair(
                id: "p\($0)", question: "question \($0)", answer: "the answer \($0)",
                category: category($0), group: group($0), part: part($0))
        }
    }
}

/// The error of a body that throws one of the dialogue data's; nil when it throws none or another.
func dialogueError(_ body: () throws -> Void) -> DialogueError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DialogueError
    }
}
