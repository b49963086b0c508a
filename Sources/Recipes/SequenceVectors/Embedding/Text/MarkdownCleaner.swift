/// Markdown: CommonMark's blocks and inline mark-up as far as prose needs it, and pipe tables.
///
/// Left out: front matter, fenced and indented code, link definitions, HTML tags, rules.
enum MarkdownCleaner {
    static func paragraphs(of text: Scalars) -> [Scalars] {
        var reader = BlockReader()
        for line in Lines.lines(of: text) {
            reader.read(line)
        }
        reader.endParagraph()
        return reader.paragraphs.map { InlineReader.plain($0) }
    }

    /// Collects the lines of paragraphs; everything else ends one.
    private struct BlockReader {
        private(set) var paragraphs: [Scalars] = []
        private var current = Scalars()
        private var fence: (mark: Unicode.Scalar, length: Int)?
        private var isFrontMatter = false
        private var isFirstLine = true
        private var isInList = false
        private var followsBlank = true

        mutating func read(_ line: ScalarSlice) {
            defer { isFirstLine = false }
            let content = line.trimmed
            if isFirstLine && content.elementsEqual("---".unicodeScalars) {
                isFrontMatter = true
            } else if isFrontMatter {
                isFrontMatter = !MarkdownCleaner.endsFrontMatter(content)
            } else if !readFence(content) {
                readProse(line, content)
            }
        }

        mutating func endParagraph() {
            if !current.isBlank {
                paragraphs.append(current)
            }
            current = []
        }

        /// Whether the line belongs to a fenced code block.
        private mutating func readFence(_ content: ScalarSlice) -> Bool {
            let mark = content.first ?? " "
            let length = content.prefix { $0 == mark }.count
            if let fence {
                if mark == fence.mark && length >= fence.length && length == content.count {
                    self.fence = nil
                }
                return true
            }
            guard mark == "`" || mark == "~", length >= 3,
                mark == "~" || !content.dropFirst(length).contains("`")
            else { return false }
            fence = (mark, length)
            endParagraph()
            return true
        }

        private mutating func readProse(_ line: ScalarSlice, _ content: ScalarSlice) {
            defer { followsBlank = content.isEmpty }
            if content.isEmpty {
                endParagraph()
            } else if followsBlank && current.isEmpty && line.indentation >= 4 && !isInList {
                followsBlank = true
            } else if content.first == "#" {
                endParagraph()
                current += content.drop { $0 == "#" }
                while current.last == "#" {
                    current.removeLast()
                }
                endParagraph()
                isInList = false
            } else if isRuleOrDefinition(content) {
                endParagraph()
            } else if let item = InlineMarkup.withoutListMarker(line) {
                endParagraph()
                current += item
                isInList = true
            } else {
                isInList = isInList && (line.indentation > 0 || !followsBlank)
                append(content)
            }
        }

        private mutating func append(_ content: ScalarSlice) {
            var content = content
            while content.first == ">" {
                content = content.dropFirst().trimmed
            }
            if content.first == "|" {
                endParagraph()
                current += content.map { $0 == "|" ? " " : $0 }
                endParagraph()
            } else {
                current += [" "] + content
            }
        }

        private func isRuleOrDefinition(_ content: ScalarSlice) -> Bool {
            if InlineMarkup.isRule(content, atLeast: 2, of: ["=", "-", "*", "_"]) { return true }
            if content.contains("-") && content.allSatisfy({ "|-: ".unicodeScalars.contains($0) }) {
                return true
            }
            guard content.first == "[", let close = content.firstIndex(of: "]") else {
                return false
            }
            return content[(close + 1)...].first == ":"
        }
    }

    private static func endsFrontMatter(_ content: ScalarSlice) -> Bool {
        content.elementsEqual("---".unicodeScalars) || content.elementsEqual("...".unicodeScalars)
    }

    /// Reduces links, images, tags, escapes and emphasis to their text.
    private enum InlineReader {
        static func plain(_ text: Scalars) -> Scalars {
            CharacterEntities.replaced(in: InlineMarkup.withoutEmphasis(withoutLinks(text[...])))
        }

        private static func withoutLinks(_ text: ScalarSlice, depth: Int = 0) -> Scalars {
            guard depth < TextCleaner.deepestMarkup else { return Scalars(text) }
            var result = Scalars()
            var position = text.startIndex
            while position < text.endIndex {
                switch text[position] {
                case "\\" where position + 1 < text.endIndex && !text[position + 1].isWordPart:
                    result.append(text[position + 1])
                    position += 2
                case "!" where position + 1 < text.endIndex && text[position + 1] == "[":
                    position += 1
                case "[":
                    if let link = link(in: text, at: position) {
                        result += withoutLinks(text[link.label], depth: depth + 1)
                        position = link.end
                    } else {
                        result.append("[")
                        position += 1
                    }
                case "<":
                    if let end = endOfTag(in: text, at: position) {
                        position = end
                    } else {
                        result.append("<")
                        position += 1
                    }
                default:
                    result.append(text[position])
                    position += 1
                }
            }
            return result
        }

        /// The label of `[label](target)`, `[label][reference]` or `[label]`, and the link's end.
        private static func link(
            in text: ScalarSlice, at start: Int
        ) -> (label: Range<Int>, end: Int)? {
            guard let close = matching("[", "]", in: text, at: start) else { return nil }
            let label = (start + 1)..<close
            let next = close + 1 < text.endIndex ? text[close + 1] : " "
            let brackets: (Unicode.Scalar, Unicode.Scalar)? =
                next == "(" ? ("(", ")") : next == "[" ? ("[", "]") : nil
            if let brackets,
                let end = matching(brackets.0, brackets.1, in: text, at: close + 1)
            {
                return (label, end + 1)
            }
            return (label, close + 1)
        }

        private static func matching(
            _ open: Unicode.Scalar, _ close: Unicode.Scalar, in text: ScalarSlice,
            at start: Int
        ) -> Int? {
            var depth = 0
            for position in text[start...].prefix(TextCleaner.longestMarkup).indices {
                if text[position] == open {
                    depth += 1
                } else if text[position] == close {
                    depth -= 1
                    if depth == 0 { return position }
                }
            }
            return nil
        }

        /// The position after a tag or an address in angle brackets, or nil if `<` is a plain sign.
        private static func endOfTag(in text: ScalarSlice, at start: Int) -> Int? {
            guard start + 1 < text.endIndex,
                text[start + 1].isWordPart || text[start + 1] == "/" || text[start + 1] == "!",
                let close = text[start...].prefix(TextCleaner.longestMarkup).firstIndex(of: ">")
            else { return nil }
            return close + 1
        }
    }
}

/// Mark-up within lines that Markdown and reStructuredText share in spirit.
enum InlineMarkup {
    /// The text without `*`, `**`, `~~` and backticks, and without underscores that enclose words.
    static func withoutEmphasis(_ text: Scalars) -> Scalars {
        var result = Scalars()
        for (position, scalar) in text.enumerated() {
            switch scalar {
            case "*", "`", "~":
                continue
            case "_":
                let joinsWords =
                    position > 0 && position + 1 < text.count
                    && text[position - 1].isWordPart && text[position + 1].isWordPart
                if joinsWords {
                    result.append(scalar)
                }
            default:
                result.append(scalar)
            }
        }
        return result
    }

    /// The line without a list marker (`-`, `*`, `+`, `1.`, `#.`), or nil if it has none.
    static func withoutListMarker(_ line: ScalarSlice) -> ScalarSlice? {
        let content = line.trimmed
        let marker = content.prefix { !$0.isSpace }
        guard let last = marker.last, marker.count < content.count else { return nil }
        let isBullet = marker.count == 1 && ["-", "*", "+", "•"].contains(last)
        let isNumber =
            marker.count > 1 && marker.count <= 4 && (last == "." || last == ")")
            && marker.dropLast().allSatisfy { $0.isDigit || $0 == "#" }
        return isBullet || isNumber ? content.dropFirst(marker.count).trimmed : nil
    }

    /// Whether the line consists of one punctuation mark, at least `count` times, and spaces.
    static func isRule(
        _ line: ScalarSlice, atLeast count: Int, of marks: Set<Unicode.Scalar>
    ) -> Bool {
        let dense = line.filter { !$0.isSpace }
        guard let mark = dense.first, dense.count >= count, marks.contains(mark) else {
            return false
        }
        return dense.allSatisfy { $0 == mark }
    }
}
