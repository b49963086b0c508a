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
