import TandemBasics
import TandemDatasets

/// Pairs in a table with a header: columns of questions and answers by one of their names, whatever the case.
///
/// Columns `id`, `category`, `source`, `group` and `split` are read where they are, and where a field is not empty; other columns
/// are not. Lines without anything do not count.
enum DialogueTable {
    private static let questionNames = ["question", "Q", "input", "user_message"]
    private static let answerNames = ["answer", "A", "response", "assistant_message"]

    static func read(_ bytes: [UInt8], path: String) throws(DialogueError) -> DialogueSource {
        var records = DialogueRecords(path: path, isEmbedded: false)
        do throws(TableProblem) {
            try bytes.withUnsafeBufferPointer { bytes throws(TableProblem) in
                var reader = CSVReader(bytes)
                try collect(&reader, into: &records)
            }
        } catch {
            throw .table(path: path, error)
        }
        return try records.source()
    }

    private static func collect(
        _ reader: inout CSVReader, into records: inout DialogueRecords
    ) throws(TableProblem) {
        guard let header = try reader.next() else { return }
        let names = try strings(header)
        let question = try column(questionNames, of: names)
        let answer = try column(answerNames, of: names)
        let others = ["id", "category", "source", "group", "split"].map { place($0, in: names) }
        var row = 0
        while let line = try reader.next() {
            if line.fields.count == 1, line.fields[0].isEmpty { continue }
            guard line.fields.count == names.count else {
                throw .raggedRow(
                    line: line.number, expected: names.count, found: line.fields.count)
            }
            let fields = try strings(line)
            let rest = others.map { column in
                column.flatMap { fields[$0].isEmpty ? nil : fields[$0] }
            }
            let part = rest[4].flatMap { records.part(named: $0, .line(line.number)) }
            records.append(
                DialoguePair(
                    id: rest[0] ?? "row-\(row)", question: fields[question],
                    answer: fields[answer], category: rest[1] ?? "", source: rest[2] ?? "",
                    group: rest[3], part: part),
                at: .line(line.number))
            row += 1
        }
    }

    private static func strings(_ line: CSVLine) throws(TableProblem) -> [String] {
        var texts: [String] = []
        for field in line.fields {
            guard let text = String(validating: field, as: UTF8.self) else {
                throw .invalidUTF8(line: line.number)
            }
            texts.append(DialogueFile.trimmed(text))
        }
        return texts
    }

    private static func place(_ name: String, in names: [String]) -> Int? {
        names.firstIndex { $0.lowercased() == name.lowercased() }
    }

    /// The first of the possible names that is there; refuses a name that is there twice.
    private static func column(
        _ possible: [String], of names: [String]
    ) throws(TableProblem) -> Int {
        for name in possible {
            guard let column = place(name, in: names) else { continue }
            let isRepeated = names[(column + 1)...].contains {
                $0.lowercased() == name.lowercased()
            }
            if isRepeated { throw .duplicateColumn(names[column]) }
            return column
        }
        throw .missingColumns([possible.joined(separator: "' or '")], available: names)
    }
}

/// Pairs in a text as `Q: ... A: ...`, whatever the case, over as many lines as they need.
///
/// A question begins at `Q:` at the beginning of the text or behind white space, and its answer ends at the next. The answer
/// begins at `A:` at the beginning of a line where there is one, else at the first `A:` behind white space. What stands before
/// the first question is not read.
enum DialogueText {
    static func read(_ bytes: [UInt8], path: String) throws(DialogueError) -> DialogueSource {
        guard let string = String(validating: bytes, as: UTF8.self) else {
            let line = firstInvalidLine(bytes)
            throw .unusable(
                path: path,
                problems: [DialogueProblem(.line(line), .other("is no UTF-8; convert the file"))])
        }
        let text = Scalars(string.unicodeScalars)
        var records = DialogueRecords(path: path, isEmbedded: false)
        let starts = marks("q", in: text[...])
        var line = 1
        var counted = 0
        for (row, start) in starts.enumerated() {
            line += text[counted..<start].count { $0 == "\n" }
            counted = start
            let end = row + 1 < starts.count ? starts[row + 1] : text.count
            let block = text[(start + 2)..<end]
            let answers = marks("a", in: block)
            guard let answer = answers.first(where: { begins(line: $0, in: text) }) ?? answers.first
            else {
                records.report(.line(line), "", .missing(expected: "an answer, 'A: ...'"))
                continue
            }
            records.append(
                DialoguePair(
                    id: "row-\(row)", question: trimmed(block[..<answer]),
                    answer: trimmed(block[(answer + 2)...])),
                at: .line(line))
        }
        return try records.source()
    }

    private static func trimmed(_ part: ScalarSlice) -> String { String(scalars: part.trimmed) }

    /// Where a letter with a colon begins the text or follows white space.
    private static func marks(_ letter: Unicode.Scalar, in text: ScalarSlice) -> [Int] {
        var places: [Int] = []
        var follows = true
        for position in text.indices {
            let scalar = text[position]
            let isLetter = scalar.value | 0x20 == letter.value && scalar.value < 0x80
            if follows, isLetter, position + 1 < text.endIndex, text[position + 1] == ":" {
                places.append(position)
            }
            follows = scalar.isSpace
        }
        return places
    }

    /// Whether only spaces stand between the beginning of a line and a position.
    private static func begins(line position: Int, in text: Scalars) -> Bool {
        var place = position - 1
        while place >= 0, text[place] != "\n", text[place] != "\r" {
            if !text[place].isSpace { return false }
            place -= 1
        }
        return true
    }

    private static func firstInvalidLine(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0)
    }
}
