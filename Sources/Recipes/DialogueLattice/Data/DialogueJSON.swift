import TandemBasics

/// Pairs and conversations in JSON.
///
/// A record is an object with `question` and `answer`, or with `conversations`: a list of turns
/// `{"role": ..., "text" or "content": ...}`. Besides may stand `id`, `category`, `source`, `group`, `split`, and of pairs `turn`
/// (where the question stands in the conversation that its group is), `question_length` and `answer_length` (of the whole texts
/// when those here are shortened; the answer may then be called `answer_head`). Other members are not read.
enum DialogueJSON {
    /// The pairs of a file that has a record in every line; empty lines do not count.
    ///
    /// Of an embedded set every record is a pair, whose texts may be missing and whose `row` says where its vectors are.
    static func lines(
        _ bytes: [UInt8], path: String, isEmbedded: Bool = false
    ) throws(DialogueError) -> DialogueSource {
        var records = DialogueRecords(path: path, isEmbedded: isEmbedded)
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do throws(JSONProblem) {
                records.add(try JSONValue.parse(Array(line)), at: .line(index + 1))
            } catch {
                throw .notJSON(path: path, line: index + 1, error)
            }
        }
        return try records.source()
    }

    /// The pairs of a file that is one list of records, an object with such a list as `pairs`, or one record.
    static func document(_ bytes: [UInt8], path: String) throws(DialogueError) -> DialogueSource {
        let value: JSONValue
        do throws(JSONProblem) {
            value = try JSONValue.parse(bytes)
        } catch {
            throw .notJSON(path: path, line: nil, error)
        }
        var records = DialogueRecords(path: path, isEmbedded: false)
        if let rows = value.elements ?? value["pairs"]?.elements {
            for (row, value) in rows.enumerated() { records.add(value, at: .row(row)) }
        } else {
            records.add(value, at: .row(0))
        }
        return try records.source()
    }
}

/// Pairs as they are collected from records of any kind, with all that is wrong with them.
struct DialogueRecords {
    typealias Place = DialogueProblem.Place

    let path: String
    let isEmbedded: Bool
    private var pairs: [DialoguePair] = []
    private var earlier: [[DialogueSource.Turn]] = []
    private var turns: [Int?] = []
    private var places: [Place] = []
    private var problems: [DialogueProblem] = []
    private var count = 0

    private static let askers = ["user", "human", "question"]
    private static let answerers = ["assistant", "bot", "answer"]

    init(path: String, isEmbedded: Bool) {
        self.path = path
        self.isEmbedded = isEmbedded
    }

    /// What was collected; throws all problems at once.
    func source() throws(DialogueError) -> DialogueSource {
        if !problems.isEmpty { throw .unusable(path: path, problems: problems) }
        var source = DialogueSource(path: path, pairs: pairs, earlier: earlier, places: places)
        var conversations: [String: [Int]] = [:]
        for row in pairs.indices where turns[row] != nil {
            conversations[pairs[row].group, default: []].append(row)
        }
        for rows in conversations.values {
            let order = rows.sorted { (turns[$0] ?? 0, $0) < (turns[$1] ?? 0, $1) }
            for (place, row) in order.enumerated() {
                source.earlier[row] = order[..<place].reversed().map {
                    .init(row: $0, question: pairs[$0].question)
                }
            }
        }
        if source.earlier.allSatisfy(\.isEmpty) { source.earlier = [] }
        return source
    }

    /// Takes in what a record says.
    mutating func add(_ value: JSONValue, at place: Place) {
        defer { count += 1 }
        guard value.orderedMembers != nil else {
            report(place, "", .wrong(value: GiftRow.shown(value), expected: "an object"))
            return
        }
        let before = problems.count
        let id = word(value, "id", place) ?? "row-\(count)"
        if id.isEmpty { report(place, "id", .wrong(value: "''", expected: "a word")) }
        var pair = DialoguePair(
            id: id, question: "", answer: "", category: text(value, "category", place) ?? "",
            source: text(value, "source", place) ?? "", group: word(value, "group", place),
            part: part(value, place))
        if let conversation = value["conversations"], conversation != .null {
            addConversation(conversation, value, of: pair, at: place)
            return
        }
        setTexts(of: &pair, from: value, at: place)
        let turn = whole(value, "turn", place)
        if isEmbedded, let row = value["row"], row != .integer(count) {
            report(
                place, "row",
                .wrong(
                    value: GiftRow.shown(row),
                    expected: "\(count), as the vectors of a pair stand in the row of its line"))
        }
        if problems.count == before { append(pair, turn: turn, at: place) }
    }

    /// A pair that was read from a file of another kind.
    mutating func append(
        _ pair: DialoguePair, turn: Int? = nil, after: [DialogueSource.Turn] = [], at place: Place
    ) {
        pairs.append(pair)
        turns.append(turn)
        earlier.append(after)
        places.append(place)
    }

    mutating func report(_ place: Place, _ member: String, _ kind: DialogueProblem.Kind) {
        problems.append(DialogueProblem(place, member: member, kind))
    }

    // MARK: Conversations

    private mutating func addConversation(
        _ list: JSONValue, _ record: JSONValue, of pair: DialoguePair, at place: Place
    ) {
        guard !isEmbedded, record["question"] == nil, record["answer"] == nil else {
            report(
                place, "conversations",
                .other(
                    isEmbedded
                        ? "stands beside vectors, which belong to single pairs; write the pairs"
                        : "stands beside 'question' or 'answer'; keep one of them"))
            return
        }
        guard let values = list.elements else {
            report(
                place, "conversations",
                .wrong(value: GiftRow.shown(list), expected: "a list of turns"))
            return
        }
        let before = problems.count
        var turns: [(role: String, text: String)] = []
        for (number, value) in values.enumerated() {
            let place = Place.turn(number, of: place)
            guard value.orderedMembers != nil else {
                report(place, "", .wrong(value: GiftRow.shown(value), expected: "an object"))
                continue
            }
            let role = text(value, "role", place, required: "a role, such as user or assistant")
            let name = value["text"] == nil && value["content"] != nil ? "content" : "text"
            let words = text(value, name, place, required: "what is said")
            turns.append(((role ?? "").lowercased(), words ?? ""))
        }
        guard problems.count == before else { return }
        if !appendPairs(of: turns, as: pair, at: place) {
            report(
                place, "conversations", .noAnsweredTurn(roles: Set(turns.map(\.role)).sorted()))
        }
    }

    /// Every turn of an asker that is followed by one of an answerer; false when there is none.
    private mutating func appendPairs(
        of turns: [(role: String, text: String)], as pair: DialoguePair, at place: Place
    ) -> Bool {
        var asked: [DialogueSource.Turn] = []
        var found = 0
        for (number, turn) in turns.enumerated() where Self.askers.contains(turn.role) {
            var row: Int?
            if number + 1 < turns.count, Self.answerers.contains(turns[number + 1].role) {
                row = pairs.count
                append(
                    DialoguePair(
                        id: "\(pair.id).\(found)", question: turn.text,
                        answer: turns[number + 1].text, category: pair.category,
                        source: pair.source, group: pair.group, part: pair.part),
                    after: asked.reversed(), at: .turn(number, of: place))
                found += 1
            }
            asked.append(.init(row: row, question: turn.text))
        }
        return found > 0
    }

    // MARK: Members

    private mutating func setTexts(
        of pair: inout DialoguePair, from value: JSONValue, at place: Place
    ) {
        let answerName =
            value["answer"] == nil && value["answer_head"] != nil ? "answer_head" : "answer"
        for (name, length, path, count) in [
            ("question", "question_length", \DialoguePair.question, \DialoguePair.questionLength),
            (answerName, "answer_length", \DialoguePair.answer, \DialoguePair.answerLength),
        ] {
            let stated = whole(value, length, place)
            let isOptional = isEmbedded && (value[name] == nil || value[name] == .null)
            let original =
                isOptional ? "" : string(value, name, place, required: "the text of the \(name)")
            guard let original else { continue }
            pair[keyPath: path] = DialogueFile.trimmed(original)
            let scalars = original.unicodeScalars.count
            pair[keyPath: count] = pair[keyPath: path].unicodeScalars.count
            guard let stated, stated != scalars else { continue }
            if stated < scalars {
                report(
                    place, length,
                    .wrong(
                        value: "\(stated)",
                        expected: "at least \(scalars), the length of the text here"))
            }
            pair[keyPath: count] = stated
        }
    }

    private mutating func string(
        _ value: JSONValue, _ name: String, _ place: Place, required: String? = nil
    ) -> String? {
        let member = value[name] ?? .null
        if let text = member.stringValue { return text }
        if member != .null {
            report(place, name, .wrong(value: GiftRow.shown(member), expected: "a string"))
        } else if let required {
            report(place, name, .missing(expected: required))
        }
        return nil
    }

    private mutating func text(
        _ value: JSONValue, _ name: String, _ place: Place, required: String? = nil
    ) -> String? {
        string(value, name, place, required: required).map { DialogueFile.trimmed($0) }
    }

    /// A string, or a whole number as one.
    private mutating func word(_ value: JSONValue, _ name: String, _ place: Place) -> String? {
        value[name]?.wholeNumber.map { "\($0)" } ?? text(value, name, place)
    }

    private mutating func whole(_ value: JSONValue, _ name: String, _ place: Place) -> Int? {
        guard let member = value[name], member != .null else { return nil }
        if let number = member.wholeNumber, number >= 0 { return number }
        report(
            place, name,
            .wrong(value: GiftRow.shown(member), expected: "a whole number, 0 or more"))
        return nil
    }

    private mutating func part(_ value: JSONValue, _ place: Place) -> DialoguePair.Part? {
        guard let name = text(value, "split", place) else { return nil }
        return part(named: name, place)
    }

    /// The part that a word means; reports a word that means none.
    mutating func part(named name: String, _ place: Place) -> DialoguePair.Part? {
        let part = DialogueFile.part(named: name)
        if part == nil {
            report(
                place, "split", .wrong(value: "'\(name)'", expected: DialogueFile.partNames))
        }
        return part
    }
}
