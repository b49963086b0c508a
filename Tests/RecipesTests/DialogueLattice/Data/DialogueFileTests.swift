import TandemTestSupport
import Testing

@testable import TandemRecipes

@Suite struct DialogueFileTests {
    private let fixtures: DialogueFixtures

    init() throws { fixtures = try DialogueFixtures() }

    private func texts(_ source: DialogueSource) -> [[String]] {
        source.pairs.map { [$0.question, $0.answer] }
    }

    // MARK: JSON

    @Test func linesHaveAllMembers() throws {
        let source = try fixtures.read(
            """
            {"id": 7, "question": " What? ", "answer": "That.", "category": "c", "source": "s", "group": "g", "split": "val"}

            {"question": "Ü?", "answer": "Ja", "answer_length": 900, "other": [1]}
            """, "a.jsonl")
        #expect(
            source.pairs == [
                DialoguePair(
                    id: "7", question: "What?", answer: "That.", category: "c", source: "s",
                    group: "g", part: .validation, questionLength: 5, answerLength: 5),
                DialoguePair(
                    id: "row-1", question: "Ü?", answer: "Ja", group: "row-1", questionLength: 2,
                    answerLength: 900),
            ])
        #expect(!source.pairs[1].hasWholeAnswer && source.pairs[1].hasWholeQuestion)
        #expect(source.places == [.line(1), .line(3)])
    }

    @Test(arguments: ["\u{FEFF}", ""], ["\n", "\r\n"])
    func byteOrderMarksAndLineEndsDoNotCount(mark: String, end: String) throws {
        let json = ["{\"question\": \"q1\", \"answer\": \"a1\"}", ""].joined(separator: end)
        let csv = ["question,answer", "q1,a1", "\"q 2\",\"a2\"", ""].joined(separator: end)
        let text = ["Q: q1", "A: a1", "Q: q2", "A: a2", ""].joined(separator: end)
        #expect(try texts(fixtures.read(mark + json, "a.jsonl")) == [["q1", "a1"]])
        #expect(try texts(fixtures.read(mark + json, "a.json")) == [["q1", "a1"]])
        #expect(try texts(fixtures.read(mark + csv, "a.csv")) == [["q1", "a1"], ["q 2", "a2"]])
        #expect(try texts(fixtures.read(mark + text, "a.txt")) == [["q1", "a1"], ["q2", "a2"]])
    }

    @Test func documentsAreListsOrObjectsOfPairs() throws {
        let list = "[{\"question\": \"q\", \"answer\": \"a\"}]"
        #expect(try texts(fixtures.read(list, "a.json")) == [["q", "a"]])
        #expect(try texts(fixtures.read("{\"pairs\": \(list)}", "b.json")) == [["q", "a"]])
    }

    @Test func everyAnsweredTurnOfAConversationIsAPair() throws {
        let source = try fixtures.read(
            """
            [{"id": "talk", "category": "chat", "conversations": [
              {"role": "system", "text": "Be kind."},
              {"role": "User", "text": "one"}, {"role": "ASSISTANT", "content": "1"},
              {"role": "human", "text": "two"},
              {"role": "question", "text": "three"}, {"role": "bot", "text": "3"},
              {"role": "answer", "text": "more"}]},
             {"conversations": [{"role": "user", "text": "x"}, {"role": "answer", "text": "y"}]}]
            """, "a.json")
        #expect(texts(source) == [["one", "1"], ["three", "3"], ["x", "y"]])
        #expect(source.pairs.map(\.id) == ["talk.0", "talk.1", "row-1.0"])
        #expect(source.pairs.map(\.group) == ["talk", "talk", "row-1"])
        #expect(source.pairs[0].category == "chat")
        // The question without an answer belongs to the context, the nearest first.
        #expect(
            source.earlier == [
                [], [.init(row: nil, question: "two"), .init(row: 0, question: "one")], [],
            ])
    }

    @Test func turnsOfAGroupAreAConversation() throws {
        let source = try fixtures.read(
            """
            {"id": "c", "question": "third", "answer": "a", "group": "g", "turn": 2}
            {"id": "a", "question": "first", "answer": "a", "group": "g", "turn": 0}
            {"id": "x", "question": "other", "answer": "a", "group": "h", "turn": 0}
            {"id": "b", "question": "second", "answer": "a", "group": "g", "turn": 1}
            """, "a.jsonl")
        #expect(
            source.earlier.map { $0.map(\.question) } == [["second", "first"], [], [], ["first"]])
        #expect(source.earlier[0].map(\.row) == [3, 1])
    }

    @Test func wrongMembersAreNamedAllAtOnce() throws {
        let problems = try fixtures.problems(
            """
            {"question": 5, "answer": "a"}
            {"question": "q"}
            ["q", "a"]
            {"question": "q", "answer": "a", "category": {}, "split": "later"}
            {"question": "long", "answer": "a", "question_length": 3}
            {"question": "q", "answer": null, "turn": -1, "id": true}
            {"id": "", "question": "q", "answer": "a"}
            """, "a.jsonl")
        #expect(
            problems == [
                "line 1, question: is 5; give a string",
                "line 2, answer: missing; give the text of the answer",
                "line 3: is the list [\"q\",\"a\"]; give an object",
                "line 4, category: is the object {}; give a string",
                "line 4, split: is 'later'; give train, val or test",
                "line 5, question_length: is 3; give at least 4, the length of the text here",
                "line 6, id: is true; give a string",
                "line 6, answer: missing; give the text of the answer",
                "line 6, turn: is -1; give a whole number, 0 or more",
                "line 7, id: is ''; give a word",
            ])
    }

    @Test func wrongConversationsAreNamed() throws {
        let problems = try fixtures.problems(
            """
            [{"conversations": [{"role": "gpt", "text": "x"}, {"role": "user", "text": "y"}]},
             {"conversations": []},
             {"conversations": 3},
             {"conversations": [{"role": 1, "text": "x"}, "y", {"role": "user"}]},
             {"conversations": [], "question": "q"}]
            """, "a.json")
        #expect(problems.count == 7)
        #expect(
            problems[0]
                == "row 0, conversations: no turn of user, human or question is followed by one of "
                + "assistant, bot or answer; the roles are gpt, user")
        #expect(problems[1].hasSuffix("there are no turns"))
        #expect(problems[2] == "row 2, conversations: is 3; give a list of turns")
        #expect(problems[3] == "row 3, turn 0, role: is 1; give a string")
        #expect(problems[4].hasPrefix("row 3, turn 1: is the text"))
        #expect(problems[5] == "row 3, turn 2, text: missing; give what is said")
        #expect(problems[6].contains("keep one of them"))
    }

    @Test func repeatedIdentifiersAreRefused() throws {
        let line = "{\"id\": \"a\", \"question\": \"q\", \"answer\": \"a\"}\n"
        #expect(
            try fixtures.problems(line + "\n" + line, "a.jsonl") == [
                "line 3, id: 'a' occurs again, first in line 1; every pair needs its own"
            ])
    }

    @Test func brokenJSONIsNamedWithItsLine() throws {
        guard
            case .notJSON(_, line: 2, _) = try fixtures.error(
                "{\"question\": \"q\", \"answer\": \"a\"}\n{\"question\"", "a.jsonl")
        else {
            Issue.record("no error of line 2")
            return
        }
        guard case .notJSON(_, line: nil, _) = try fixtures.error("{", "a.json") else {
            Issue.record("no error")
            return
        }
    }

    @Test(arguments: ["a.jsonl", "a.csv", "a.txt"]) func emptyFilesAreRefused(name: String) throws {
        #expect(try fixtures.error("", name) == .noPairs(path: fixtures.folder.file(name)))
        #expect(
            try fixtures.error("\u{FEFF}\r\n\n", name) == .noPairs(path: fixtures.folder.file(name))
        )
    }

    @Test func emptyDocumentsAreRefused() throws {
        #expect(
            try fixtures.error("[]", "a.json") == .noPairs(path: fixtures.folder.file("a.json")))
    }

    @Test func otherFilesAreRefused() throws {
        #expect(
            try fixtures.error("x", "a.pdf") == .unknownFormat(path: fixtures.folder.file("a.pdf")))
        #expect(
            dialogueError { _ = try DialogueFile.read(fixtures.folder.path) }
                == .unknownFormat(path: fixtures.folder.path))
        guard
            case .file = dialogueError({ _ = try DialogueFile.read(fixtures.folder.file("no.csv")) }
            )
        else {
            Issue.record("no error of the file")
            return
        }
    }

    // MARK: Tables and text

    @Test(arguments: [
        ("question,answer", [0, 1]), ("A,Q,x", [1, 0]), ("input,note,Response", [0, 2]),
        ("user_message,assistant_message", [0, 1]), ("Q,input,answer,A", [0, 2]),
    ])
    func columnsHaveOneOfTheirNames(header: String, columns: [Int]) throws {
        let count = header.split(separator: ",").count
        let fields = (0..<count).map { "f\($0)" }
        let source = try fixtures.read(
            "\(header)\n\(fields.joined(separator: ","))\n", "a.csv")
        #expect(texts(source) == [columns.map { "f\($0)" }])
    }

    @Test func fieldsMayBeQuotedOverLines() throws {
        let source = try fixtures.read(
            "id,question,answer,category,split\r\n"
                + "x,\"two\r\nlines, \"\"quoted\"\"\",\" yes \",c,Train\r\n\r\n,q,a,,test\r\n",
            "a.csv")
        #expect(texts(source) == [["two\r\nlines, \"quoted\"", "yes"], ["q", "a"]])
        #expect(source.pairs.map(\.id) == ["x", "row-1"])
        #expect(source.pairs.map(\.category) == ["c", ""])
        #expect(source.pairs.map(\.part) == [.training, .test])
        #expect(source.places == [.line(2), .line(5)])
    }

    @Test(arguments: [
        ("question,reply\nq,a\n", "'answer' or 'A'"), ("question,answer\nq,\"a\n", "line 2"),
        ("question,answer\nq,a,b\n", "line 2"), ("question,Question,answer\nq,q,a\n", "question"),
    ])
    func wrongTablesAreRefused(text: String, part: String) throws {
        let error = try #require(try fixtures.error(text, "a.csv"))
        guard case .table = error else {
            Issue.record("\(error)")
            return
        }
        #expect(error.description.contains(part), "\(error)")
    }

    @Test func textsHaveQuestionsAndAnswers() throws {
        let source = try fixtures.read(
            """
            Some questions
            Q: Which vitamin
            is it? A: see below
              a: Vitamin A: the first
            of all.

            q: short? A: yes Q: inline? a: no
            Q: Faq:? A: FAQ: kept
            """, "a.txt")
        #expect(
            texts(source) == [
                ["Which vitamin\nis it? A: see below", "Vitamin A: the first\nof all."],
                ["short?", "yes"], ["inline?", "no"], ["Faq:?", "FAQ: kept"],
            ])
        #expect(source.places == [.line(2), .line(7), .line(7), .line(8)])
    }

    @Test func questionsWithoutAnswersAreNamed() throws {
        #expect(
            try fixtures.problems("Q: a\nA: b\nQ: c\nQ: d\nA: e\n", "a.txt") == [
                "line 3: missing; give an answer, 'A: ...'"
            ])
    }

    @Test func textMustBeUTF8() throws {
        let path = try fixtures.folder.put(Array("Q: a\nA: ".utf8) + [0xFF], "a.txt")
        let error = dialogueError { _ = try DialogueFile.read(path) }
        #expect(error?.description.contains("line 2: is no UTF-8") == true)
        let table = try fixtures.folder.put(Array("question,answer\nq,".utf8) + [0xFF], "a.csv")
        #expect(dialogueError { _ = try DialogueFile.read(table) } != nil)
        let lines = try fixtures.folder.put(
            Array("{\"question\": \"".utf8) + [0xFF] + Array("\"}".utf8), "a.jsonl")
        #expect(dialogueError { _ = try DialogueFile.read(lines) } != nil)
    }

    /// Damaged files of every kind are read or refused, and never crash.
    @Test(arguments: ["a.jsonl", "a.json", "a.csv", "a.txt"])
    func damagedFilesNeverCrash(name: String) throws {
        let texts = [
            "a.jsonl":
                "{\"id\": \"é\", \"question\": \"q\", \"answer\": \"a\"}\n{\"conversations\": []}",
            "a.json": "[{\"conversations\": [{\"role\": \"user\", \"text\": \"\\u00e9\"}]}]",
            "a.csv": "Q,A\n\"q\"\"\n\",a\nb,\"c\"\n", "a.txt": "Q: a\r\nA: b\r\nQ:c A:",
        ]
        let bytes = Array((texts[name] ?? "").utf8)
        for position in bytes.indices {
            for byte: UInt8 in [0x00, 0x22, 0x2C, 0x5C, 0x7B, 0xFF] {
                var damaged = bytes
                damaged[position] = byte
                let path = try fixtures.folder.put(damaged, name)
                _ = try? DialogueFile.read(path)
            }
            let path = try fixtures.folder.put(Array(bytes[..<position]), name)
            _ = try? DialogueFile.read(path)
        }
    }
}
