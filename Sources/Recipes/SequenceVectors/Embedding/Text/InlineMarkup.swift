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
    static func withoutListMarker(
        _ line: ArraySlice<Unicode.Scalar>
    ) -> ArraySlice<Unicode.Scalar>? {
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
        _ line: ArraySlice<Unicode.Scalar>, atLeast count: Int, of marks: Set<Unicode.Scalar>
    ) -> Bool {
        let dense = line.filter { !$0.isSpace }
        guard let mark = dense.first, dense.count >= count, marks.contains(mark) else {
            return false
        }
        return dense.allSatisfy { $0 == mark }
    }
}
