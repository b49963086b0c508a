/// Perl's plain old documentation, as perlpod and perlpodspec describe it.
///
/// Kept: ordinary paragraphs, headings and items, formatting codes reduced to their text. Left out:
/// everything outside of pod, verbatim paragraphs, index entries, blocks for other formatters.
enum PodCleaner {
    static func paragraphs(of text: Scalars) -> [Scalars] {
        var result: [Scalars] = []
        var isPod = false
        var foreignDepth = 0
        for block in Lines.blocks(of: text) {
            guard let first = block.first?.first else { continue }
            let content = block.spaced()
            if first == "=" {
                let (command, rest) = split(content)
                isPod = command != "cut"
                if command == "begin" {
                    foreignDepth += rest.first == ":" ? 0 : 1
                } else if command == "end" {
                    foreignDepth = max(0, foreignDepth - 1)
                } else if foreignDepth == 0, command.hasPrefix("head") || command == "item" {
                    result.append(plain(rest[...]))
                }
            } else if isPod && foreignDepth == 0 && !first.isSpace {
                result.append(plain(content[...]))
            }
        }
        return result
    }

    /// The name of a command paragraph and what follows it; item markers are dropped.
    private static func split(_ paragraph: Scalars) -> (command: String, rest: Scalars) {
        let name = paragraph.dropFirst().prefix { !$0.isSpace }
        var rest = paragraph[name.endIndex...].trimmed
        if name.starts(with: "item") {
            let marker = rest.prefix { !$0.isSpace }
            let isNumber = !marker.isEmpty && marker.allSatisfy { $0.isDigit || $0 == "." }
            if marker.elementsEqual(["*"]) || isNumber {
                rest = rest.dropFirst(marker.count).trimmed
            }
        }
        return (String(scalars: name), Scalars(rest))
    }

    /// The text with its formatting codes, such as `B<bold>`, resolved.
    private static func plain(_ text: ScalarSlice, depth: Int = 0) -> Scalars {
        guard depth < TextCleaner.deepestMarkup else { return Scalars(text) }
        var result = Scalars()
        var position = text.startIndex
        while position < text.endIndex {
            let scalar = text[position]
            if ("A"..."Z").contains(scalar), let code = formattingCode(in: text, at: position) {
                result += resolved(scalar, text[code.content], depth: depth)
                position = code.end
            } else {
                result.append(scalar)
                position += 1
            }
        }
        return result
    }

    /// Where the contents of the code that begins at `start` lie and where the code ends.
    private static func formattingCode(
        in text: ScalarSlice, at start: Int
    ) -> (content: Range<Int>, end: Int)? {
        let open = text[(start + 1)...].prefix { $0 == "<" }
        let limit = min(text.endIndex, start + TextCleaner.longestMarkup)
        if open.count == 1 {
            var depth = 1
            for position in open.endIndex..<max(open.endIndex, limit) {
                if text[position] == "<", isCodeLetter(text[position - 1]) {
                    depth += 1
                } else if text[position] == ">" {
                    depth -= 1
                    if depth == 0 { return (open.endIndex..<position, position + 1) }
                }
            }
        } else if open.count > 1, open.endIndex < text.endIndex, text[open.endIndex].isSpace {
            let close = " " + String(repeating: ">", count: open.count)
            if let end = text.position(of: close, from: open.endIndex, limit: limit) {
                return (min(open.endIndex + 1, end)..<end, end + close.unicodeScalars.count)
            }
        }
        return nil
    }

    private static func isCodeLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("A"..."Z").contains(scalar)
    }

    private static func resolved(
        _ letter: Unicode.Scalar, _ content: ScalarSlice, depth: Int
    ) -> Scalars {
        switch letter {
        case "X", "Z": []
        case "E": entity(String(scalars: content))
        case "L": link(content, depth: depth)
        default: plain(content, depth: depth + 1)
        }
    }

    /// The text of `L<text|target>`, or the words of the target.
    private static func link(_ content: ScalarSlice, depth: Int) -> Scalars {
        if let bar = content.firstIndex(of: "|") {
            return plain(content[..<bar], depth: depth + 1)
        }
        return plain(content, depth: depth + 1).map { $0 == "/" || $0 == "\"" ? " " : $0 }
    }

    private static func entity(_ name: String) -> Scalars {
        switch name {
        case "sol": return ["/"]
        case "verbar": return ["|"]
        default: break
        }
        let isNumber = name.first?.isNumber == true
        return CharacterEntities.scalars(named: (isNumber ? "#" : "") + name) ?? []
    }
}
