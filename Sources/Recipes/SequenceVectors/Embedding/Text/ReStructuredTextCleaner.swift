/// reStructuredText: paragraphs, headings, lists and the contents of admonitions.
///
/// Left out: other directives with their contents, comments, targets, literal and doctest blocks,
/// field lists, the rules of headings and tables.
enum ReStructuredTextCleaner {
    private static let rules = Set("=-`:.'\"~^_*+#<>".unicodeScalars)
    private static let admonitions: Set<String> = [
        "admonition", "attention", "caution", "danger", "epigraph", "error", "hint", "important",
        "note", "seealso", "tip", "topic", "versionadded", "versionchanged", "warning",
    ]

    static func paragraphs(of text: Scalars) -> [Scalars] {
        var reader = BlockReader()
        for line in Lines.lines(of: text) {
            reader.read(line)
        }
        reader.endParagraph()
        return reader.paragraphs.map { plain($0) }
    }

    private struct BlockReader {
        private(set) var paragraphs: [Scalars] = []
        private var current = Scalars()
        private var indentation = 0
        /// Blocks indented more than this are left out.
        private var skippedBelow: Int?
        /// Inside a session of Python, which ends with an empty line.
        private var isDoctest = false

        mutating func read(_ line: ScalarSlice) {
            let content = line.trimmed
            isDoctest = !content.isEmpty && (isDoctest || content.starts(with: ">>> "))
            if content.isEmpty || isDoctest {
                endParagraph()
                return
            }
            let lineIndentation = line.indentation
            if let limit = skippedBelow {
                if lineIndentation > limit { return }
                skippedBelow = nil
            }
            if content.starts(with: ".. ") || content.elementsEqual("..".unicodeScalars) {
                endParagraph()
                readExplicitMarkup(content, indentation: lineIndentation)
            } else if ReStructuredTextCleaner.isRule(content) {
                endParagraph()
            } else if ReStructuredTextCleaner.isField(content) {
                endParagraph()
                skippedBelow = lineIndentation
            } else {
                if let item = InlineMarkup.withoutListMarker(line) {
                    endParagraph()
                    append(item, indentation: lineIndentation)
                } else {
                    append(content, indentation: lineIndentation)
                }
            }
        }

        mutating func endParagraph() {
            guard !current.isEmpty else { return }
            if current.ends(with: "::") {
                skippedBelow = indentation
                current.removeLast()
            }
            paragraphs.append(current)
            current = []
        }

        private mutating func append(_ content: ScalarSlice, indentation: Int) {
            if current.isEmpty {
                self.indentation = indentation
            }
            current += [" "] + content.map { $0 == "|" ? " " : $0 }
        }

        private mutating func readExplicitMarkup(_ content: ScalarSlice, indentation: Int) {
            let body = content.dropFirst(2).trimmed
            if let colons = body.position(of: "::", from: body.startIndex),
                ReStructuredTextCleaner.admonitions.contains(
                    String(scalars: body[..<colons]).lowercased())
            {
                let argument = body[(colons + 2)...].trimmed
                if !argument.isEmpty {
                    append(argument, indentation: indentation)
                }
            } else {
                skippedBelow = indentation
            }
        }
    }

    private static func isRule(_ content: ScalarSlice) -> Bool {
        if InlineMarkup.isRule(content, atLeast: 3, of: rules) { return true }
        return content.count >= 3 && content.contains { $0 == "-" || $0 == "=" }
            && content.allSatisfy { "+-= ".unicodeScalars.contains($0) }
    }

    /// Whether the line is a field such as `:author: Name`.
    private static func isField(_ content: ScalarSlice) -> Bool {
        guard content.first == ":", let close = content.dropFirst().firstIndex(of: ":") else {
            return false
        }
        let after = content[(close + 1)...].first
        return close > content.startIndex + 1 && (after == nil || after == " ")
    }

    /// The text without roles, link targets and emphasis.
    private static func plain(_ text: Scalars) -> Scalars {
        var result = Scalars()
        var position = 0
        while position < text.count {
            if text[position] == ":", let end = endOfRole(in: text, at: position) {
                position = end
            } else if text[position] == "`", let close = closingQuote(in: text, at: position) {
                let opening = text[position...].prefix { $0 == "`" }.count
                result += withoutTarget(text[(position + opening)..<close])
                position = close + opening
                while position < text.count, text[position] == "_" {
                    position += 1
                }
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return InlineMarkup.withoutEmphasis(result)
    }

    /// The position of the back quote that follows a role such as `:ref:`.
    private static func endOfRole(in text: Scalars, at start: Int) -> Int? {
        let name = text[(start + 1)...].prefix(TextCleaner.longestMarkup).prefix {
            $0.isWordPart || "-_+.:".unicodeScalars.contains($0)
        }
        guard name.last == ":", name.endIndex < text.count, text[name.endIndex] == "`" else {
            return nil
        }
        return name.endIndex
    }

    private static func closingQuote(in text: Scalars, at start: Int) -> Int? {
        let opening = text[start...].prefix { $0 == "`" }
        return text[...].position(
            of: String(scalars: opening), from: opening.endIndex,
            limit: opening.endIndex + TextCleaner.longestMarkup)
    }

    /// `text` of `text <target>`; the whole if there is no target.
    private static func withoutTarget(_ content: ScalarSlice) -> ScalarSlice {
        guard content.last == ">", let open = content.lastIndex(of: "<"), open > content.startIndex
        else { return content }
        return content[..<open].trimmed
    }
}
