import TandemBasics

/// The questions and answers about Perl that its documentation has: `perlfaq1.pod` to `perlfaq9.pod`.
///
/// Real text by many writers for people who have no pairs of their own. A question is the title of a section, its answer the
/// prose under it; listings of code are left out. The category of a pair is its file, its group is its own.
public enum PerlQuestions {
    /// Where Debian's package perl-doc has its documentation, in a folder named by the version.
    public static let root = "/usr/share/perl"
    /// The names of the files without their endings.
    public static let parts = (1...9).map { "perlfaq\($0)" }
    /// The name of the file that ``write(to:pods:overwrites:)`` writes.
    public static var fileName: String { DialogueFile.pairsName }

    /// The pairs of the documentation in `pods`; without a folder, of the newest Perl on this machine.
    ///
    /// Throws ``DialogueError/noPerlQuestions(folder:)`` when no file of questions is there.
    public static func read(_ pods: String? = nil) throws(DialogueError) -> [DialoguePair] {
        try source(pods).pairs
    }

    /// Writes the pairs as `pairs.jsonl` to a folder.
    ///
    /// - Parameters:
    ///   - folder: the folder; made where it is missing.
    ///   - pods: the folder of the documentation; that of the newest Perl on this machine without one.
    ///   - overwrites: whether a file that is there is replaced.
    /// - Returns: what was written.
    /// - Throws: when there are no questions, a file is there and must not be replaced, or cannot be written.
    @discardableResult
    public static func write(
        to folder: String, pods: String? = nil, overwrites: Bool = false
    ) throws(DialogueError) -> PerlQuestionsSummary {
        let source = try source(pods)
        let path = "\(folder)/\(fileName)"
        if !overwrites, try DialogueFile.exists(path) { throw .exists(path: path) }
        do throws(FileError) {
            try Folder.create(folder)
            try AtomicFile.write(source.pairs.map(line).joined(), to: path)
        } catch {
            throw .file(error)
        }
        return PerlQuestionsSummary(source.pairs, documentation: source.path, path: path)
    }

    static func source(_ pods: String?) throws(DialogueError) -> DialogueSource {
        let folder: String
        if let pods { folder = pods } else { folder = try newestFolder() }
        var records = DialogueRecords(path: folder, isEmbedded: false)
        for part in parts {
            let path = "\(folder)/\(part).pod"
            guard try DialogueFile.exists(path) else { continue }
            let text = String(decoding: try DialogueFile.bytes(of: path), as: UTF8.self)
            for (number, section) in sections(of: text).enumerated() {
                let paragraphs = TextCleaner.paragraphs(of: section.text, format: .pod)
                guard let question = paragraphs.first, paragraphs.count > 1 else { continue }
                let digits = NumberText.padded(number + 1, 3)
                records.append(
                    DialoguePair(
                        id: "\(part)-\(digits)", question: question,
                        answer: paragraphs.dropFirst().joined(separator: "\n"), category: part,
                        source: "perlfaq"),
                    at: .line(section.line))
            }
        }
        let source = try records.source()
        guard !source.pairs.isEmpty else { throw .noPerlQuestions(folder: folder) }
        return source
    }

    /// The sections with titles of the second degree, each from its title on, and the lines that they begin in.
    private static func sections(of text: String) -> [(line: Int, text: String)] {
        var sections: [(line: Int, lines: [ScalarSlice])] = []
        var isInside = false
        for (index, line) in Lines.lines(of: Scalars(text.unicodeScalars)).enumerated() {
            if line.starts(with: "=head2 ") {
                sections.append((index + 1, []))
                isInside = true
            } else if line.starts(with: "=head1") {
                isInside = false
            }
            if isInside { sections[sections.count - 1].lines.append(line) }
        }
        return sections.map { section in
            (section.line, section.lines.map { String(scalars: $0) }.joined(separator: "\n"))
        }
    }

    /// The folder of the highest version below ``root``.
    private static func newestFolder() throws(DialogueError) -> String {
        func version(_ name: String) -> [Int] { name.split(separator: ".").map { Int($0) ?? -1 } }
        let names = ((try? Folder.names(in: root)) ?? []).compactMap { $0 }
        let folders = names.sorted { version($0).lexicographicallyPrecedes(version($1)) }
            .map { "\(root)/\($0)/pod" }
        for folder in folders.reversed() where try DialogueFile.exists("\(folder)/perlfaq1.pod") {
            return folder
        }
        throw .noPerlQuestions(folder: root)
    }

    private static func line(_ pair: DialoguePair) -> String {
        let value = JSONValue.object([
            JSONMember("id", .string(pair.id)), JSONMember("question", .string(pair.question)),
            JSONMember("answer", .string(pair.answer)),
            JSONMember("category", .string(pair.category)),
            JSONMember("source", .string(pair.source)), JSONMember("group", .string(pair.group)),
        ])
        // Only NaN and infinities have no text.
        return ((try? value.text()) ?? "") + "\n"
    }
}

/// What was made of Perl's documentation.
public struct PerlQuestionsSummary: Sendable {
    /// The folder of the documentation.
    public let documentation: String
    /// The file that was written.
    public let path: String
    /// The number of pairs.
    public let pairs: Int
    /// The number of pairs of every file, in their order.
    public let categories: [(name: String, pairs: Int)]
    /// The mean number of characters of a question.
    public let questionLength: Double
    /// The mean number of characters of an answer.
    public let answerLength: Double

    init(_ pairs: [DialoguePair], documentation: String, path: String) {
        self.documentation = documentation
        self.path = path
        self.pairs = pairs.count
        categories = PerlQuestions.parts.map { part in
            (part, pairs.count { $0.category == part })
        }
        questionLength = DialogueSpread(pairs.map { Double($0.questionLength) }).mean
        answerLength = DialogueSpread(pairs.map { Double($0.answerLength) }).mean
    }
}
