/// Character references of HTML: `amp`, `#233`, `#xE9`.
enum CharacterEntities {
    /// The text that a reference (without `&` and `;`) stands for, or nil if it is unknown.
    static func scalars(named name: String) -> Scalars? {
        if let text = named[name] {
            return Scalars(text.unicodeScalars)
        }
        guard name.hasPrefix("#") else { return nil }
        let digits = name.dropFirst()
        let isHexadecimal = digits.first == "x" || digits.first == "X"
        let code = isHexadecimal ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { [$0] }
    }

    /// The text with its references replaced; what is not a known reference stays as it is.
    static func replaced(in text: Scalars) -> Scalars {
        guard text.contains("&") else { return text }
        var result = Scalars()
        var position = 0
        while position < text.count {
            let longest = text[position...].prefix(12)
            if text[position] == "&", let end = longest.firstIndex(of: ";"),
                let scalars = scalars(named: String(scalars: text[(position + 1)..<end]))
            {
                result += scalars
                position = end + 1
            } else {
                result.append(text[position])
                position += 1
            }
        }
        return result
    }

    private static let named: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ",
        "ndash": "–", "mdash": "—", "hellip": "…", "lsquo": "‘", "rsquo": "’", "ldquo": "“",
        "rdquo": "”", "laquo": "«", "raquo": "»", "copy": "©", "reg": "®", "trade": "™",
        "times": "×", "deg": "°", "sect": "§", "para": "¶", "middot": "·", "bull": "•",
        "euro": "€", "pound": "£", "yen": "¥", "cent": "¢", "frac12": "½", "szlig": "ß",
        "agrave": "à", "aacute": "á", "acirc": "â", "atilde": "ã", "auml": "ä", "aring": "å",
        "aelig": "æ", "ccedil": "ç", "egrave": "è", "eacute": "é", "ecirc": "ê", "euml": "ë",
        "igrave": "ì", "iacute": "í", "icirc": "î", "iuml": "ï", "ntilde": "ñ", "ograve": "ò",
        "oacute": "ó", "ocirc": "ô", "otilde": "õ", "ouml": "ö", "oslash": "ø", "ugrave": "ù",
        "uacute": "ú", "ucirc": "û", "uuml": "ü", "yacute": "ý", "Agrave": "À", "Aacute": "Á",
        "Auml": "Ä", "Aring": "Å", "AElig": "Æ", "Ccedil": "Ç", "Eacute": "É", "Ouml": "Ö",
        "Oslash": "Ø", "Uuml": "Ü",
    ]
}
