/// Estimates how wide texts are in a system font, because a page is laid out without measuring them.
enum TextMeasure {
    /// The width of a text at a font size, on the generous side.
    static func width(_ text: String, size: Double) -> Double {
        text.unicodeScalars.reduce(0) { $0 + share(of: $1) } * size
    }

    /// The text, or its beginning and an ellipsis when it is wider than `limit`.
    static func fitted(_ text: String, size: Double, limit: Double) -> String {
        guard width(text, size: size) > limit else { return text }
        var result = ""
        for character in text {
            guard width(result + String(character) + "…", size: size) <= limit else { break }
            result.append(character)
        }
        return result + "…"
    }

    /// The width of a character in units of the font size.
    private static func share(of scalar: Unicode.Scalar) -> Double {
        switch scalar {
        case "i", "j", "l", "I", ".", ",", ":", ";", "'", "|", "!", " ", "(", ")": 0.32
        case "f", "t", "r", "-", "/": 0.4
        case "m", "w", "M", "W", "@", "%": 0.92
        case "A"..."Z", "_": 0.68
        case "\u{0}"..."\u{2FF}": 0.57
        case "\u{1100}"..."\u{11FF}", "\u{2E80}"..."\u{FFFD}", "\u{1F000}"..."\u{3FFFF}": 1
        default: 0.6
        }
    }
}
