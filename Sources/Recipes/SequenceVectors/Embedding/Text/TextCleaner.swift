/// Text as a list of Unicode scalars: mark-up is parsed by position.
typealias Scalars = [Unicode.Scalar]

/// A part of such a text, at its own positions.
typealias ScalarSlice = ArraySlice<Unicode.Scalar>

/// Takes the prose out of a file: mark-up, code listings and tables' rules are left out.
public enum TextCleaner {
    /// The paragraphs of a text, with words separated by single spaces; none is empty.
    ///
    /// Headings and list items are paragraphs of their own. Code listings (indented or fenced
    /// blocks, `<pre>`) are not prose and are left out.
    public static func paragraphs(of text: String, format: TextFormat) -> [String] {
        scalarParagraphs(of: Scalars(text.unicodeScalars), format: format).map(
            String.init(scalars:))
    }

    static func scalarParagraphs(of text: Scalars, format: TextFormat) -> [Scalars] {
        let paragraphs =
            switch format {
            case .plain: Lines.blocks(of: text).map { $0.spaced() }
            case .markdown: MarkdownCleaner.paragraphs(of: text)
            case .pod: PodCleaner.paragraphs(of: text)
            case .reStructuredText: ReStructuredTextCleaner.paragraphs(of: text)
            case .html: HTMLCleaner.paragraphs(of: text)
            }
        return paragraphs.map { collapsingSpaces($0) }.filter { !$0.isEmpty }
    }

    /// The longest piece of text that inline mark-up may enclose; what is longer is taken as it is.
    ///
    /// Bounds the work on files full of brackets that are never closed.
    static let longestMarkup = 500

    /// The deepest nesting of inline mark-up that is resolved.
    static let deepestMarkup = 16

    /// The text with every run of white space and control characters made one space.
    static func collapsingSpaces(_ text: Scalars) -> Scalars {
        var result = Scalars()
        result.reserveCapacity(text.count)
        for scalar in text {
            if !scalar.isSpace {
                result.append(scalar)
            } else if let last = result.last, last != " " {
                result.append(" ")
            }
        }
        if result.last == " " {
            result.removeLast()
        }
        return result
    }
}

/// Splitting text into lines.
enum Lines {
    /// The lines without their ends (`\n`, `\r\n` or `\r`).
    static func lines(of text: Scalars) -> [ScalarSlice] {
        var lines: [ScalarSlice] = []
        var start = 0
        var position = 0
        while position < text.count {
            if text[position] == "\n" || text[position] == "\r" {
                lines.append(text[start..<position])
                let isPair = text[position] == "\r" && position + 1 < text.count
                position += isPair && text[position + 1] == "\n" ? 2 : 1
                start = position
            } else {
                position += 1
            }
        }
        if start < text.count {
            lines.append(text[start...])
        }
        return lines
    }

    /// The lines grouped into blocks that empty lines separate.
    static func blocks(of text: Scalars) -> [[ScalarSlice]] {
        lines(of: text).split { $0.isBlank }.map(Array.init)
    }
}

extension Unicode.Scalar {
    /// White space or a control character.
    var isSpace: Bool {
        if value < 0x80 { return value <= 0x20 || value == 0x7F }
        return value <= 0xA0 || value == 0xFEFF || (value >= 0x1680 && properties.isWhitespace)
    }

    var isDigit: Bool { ("0"..."9").contains(self) }

    /// A letter or a digit of any script.
    var isWordPart: Bool {
        if value < 0x80 {
            return isDigit || ("a"..."z").contains(self) || ("A"..."Z").contains(self)
        }
        return properties.isAlphabetic || properties.numericType != nil
    }

    var isUppercase: Bool {
        value < 0x80 ? ("A"..."Z").contains(self) : properties.isUppercase
    }

    var isLowercase: Bool {
        value < 0x80 ? ("a"..."z").contains(self) : properties.isLowercase
    }
}

extension Collection<Unicode.Scalar> {
    var isBlank: Bool { allSatisfy(\.isSpace) }

    /// The number of spaces at the start; a tab counts to the next multiple of four.
    var indentation: Int {
        var columns = 0
        for scalar in self {
            if scalar == " " {
                columns += 1
            } else if scalar == "\t" {
                columns += 4 - columns % 4
            } else {
                break
            }
        }
        return columns
    }

    func starts(with text: String) -> Bool {
        starts(with: text.unicodeScalars)
    }
}

extension BidirectionalCollection<Unicode.Scalar> {
    /// The part without white space at both ends.
    var trimmed: SubSequence {
        var rest = self[...]
        while let first = rest.first, first.isSpace {
            rest.removeFirst()
        }
        while let last = rest.last, last.isSpace {
            rest.removeLast()
        }
        return rest
    }

    /// Whether the text ends with another.
    func ends(with text: String) -> Bool {
        reversed().starts(with: text.unicodeScalars.reversed())
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// The position of the first occurrence of `text` at or after `start` and before `limit`.
    func position(of text: String, from start: Int, limit: Int = .max) -> Int? {
        let wanted = Array(text.unicodeScalars)
        let end = Swift.min(endIndex, limit)
        var position = start
        while position + wanted.count <= end {
            if self[position..<position + wanted.count].elementsEqual(wanted) {
                return position
            }
            position += 1
        }
        return nil
    }
}

extension Sequence<ScalarSlice> {
    /// The parts in one text, with spaces between them.
    func spaced() -> Scalars {
        var result = Scalars()
        for part in self {
            if !result.isEmpty {
                result.append(" ")
            }
            result += part
        }
        return result
    }
}

extension String {
    init(scalars: some Sequence<Unicode.Scalar>) {
        var view = UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}

/// The kinds of text files that can be embedded, told apart by the end of the file's name.
public enum TextFormat: String, CaseIterable, Sendable {
    /// Plain text: paragraphs between empty lines.
    case plain
    /// Markdown.
    case markdown
    /// Perl's plain old documentation.
    case pod
    /// reStructuredText.
    case reStructuredText
    /// HTML.
    case html

    /// The format of a file, or nil if files of this name are not read.
    public init?(fileName: String) {
        guard let dot = fileName.lastIndex(of: "."), dot != fileName.startIndex else { return nil }
        switch fileName[dot...].dropFirst().lowercased() {
        case "txt", "text": self = .plain
        case "md", "markdown": self = .markdown
        case "pod": self = .pod
        case "rst": self = .reStructuredText
        case "html", "htm", "xhtml": self = .html
        default: return nil
        }
    }
}
