/// HTML: the text between the tags; block elements end paragraphs.
///
/// Left out: comments, scripts, styles, the head but for its title, navigation and code listings.
enum HTMLCleaner {
    private static let skippedElements: Set<String> = [
        "script", "style", "pre", "nav", "svg", "noscript", "template", "select", "textarea",
    ]
    private static let inlineElements: Set<String> = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em",
        "font", "i", "ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong",
        "sub", "sup", "time", "tt", "u", "var", "wbr",
    ]

    static func paragraphs(of text: Scalars) -> [Scalars] {
        var result: [Scalars] = []
        var paragraph = Scalars()
        var position = 0
        // Where the last `>` stands: behind it only a comment can begin.
        let lastEnd = text.lastIndex(of: ">") ?? -1
        while position < text.count {
            guard text[position] == "<",
                position < lastEnd || text[position...].starts(with: "<!--"),
                let tag = Tag(in: text, at: position)
            else {
                paragraph.append(text[position])
                position += 1
                continue
            }
            position = tag.end
            if !tag.isClosing && skippedElements.contains(tag.name) {
                position = endOfElement(tag.name, in: text, from: position)
            } else if !inlineElements.contains(tag.name) && !tag.name.isEmpty {
                result.append(CharacterEntities.replaced(in: paragraph))
                paragraph = []
            }
        }
        result.append(CharacterEntities.replaced(in: paragraph))
        return result
    }

    /// The position after the closing tag of an element whose contents are skipped.
    private static func endOfElement(_ name: String, in text: Scalars, from start: Int) -> Int {
        var position = start
        while let open = text[...].position(of: "</", from: position) {
            let found = text[(open + 2)...].prefix { $0.value < 0x80 && $0.isWordPart }
            if String(scalars: found).lowercased() == name {
                return text[found.endIndex...].firstIndex(of: ">").map { $0 + 1 } ?? text.count
            }
            position = open + 2
        }
        return text.count
    }

    /// A tag, comment or declaration; comments and declarations have an empty name.
    private struct Tag {
        let name: String
        let isClosing: Bool
        /// The position after the tag.
        let end: Int

        /// Reads the tag that begins at `start`, or returns nil if `<` is an ordinary character.
        init?(in text: Scalars, at start: Int) {
            let rest = text[(start + 1)...]
            if rest.starts(with: "!--") {
                let close = text[...].position(of: "-->", from: start + 4)
                (name, isClosing, end) = ("", false, close.map { $0 + 3 } ?? text.count)
                return
            }
            isClosing = rest.first == "/"
            let nameStart = isClosing ? rest.dropFirst() : rest
            guard let first = nameStart.first,
                first == "!" || first == "?" || (first.value < 0x80 && first.isWordPart)
            else { return nil }
            name = String(scalars: nameStart.prefix { $0.value < 0x80 && $0.isWordPart })
                .lowercased()
            end = Self.end(of: nameStart)
        }

        /// The position after the `>` that ends the tag; one inside quotes does not.
        ///
        /// A tag that is never ended swallows the rest of the text, as it does in browsers.
        private static func end(of rest: ScalarSlice) -> Int {
            var quote: Unicode.Scalar?
            for position in rest.indices {
                let scalar = rest[position]
                if quote != nil {
                    quote = scalar == quote ? nil : quote
                } else if scalar == "\"" || scalar == "'" {
                    quote = scalar
                } else if scalar == ">" {
                    return position + 1
                }
            }
            return rest.endIndex
        }
    }
}

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
