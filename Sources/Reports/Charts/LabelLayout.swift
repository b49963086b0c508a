/// Places labels beside the ends of lines without overlap.
enum LabelLayout {
    /// Positions as near as possible to the wanted ones, at least `spacing` apart and within `range` where they fit.
    ///
    /// Labels keep their order; those that collide share the displacement. Each group of colliding labels moves as one
    /// block, centred on the mean of what its members want (pool adjacent violators).
    static func place(_ wanted: [Double], spacing: Double, within range: ClosedRange<Double>)
        -> [Double]
    {
        let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }
        var blocks: [Block] = []
        for index in order {
            var block = Block(members: [index], center: wanted[index])
            block.clamp(range, spacing)
            while let last = blocks.last, last.end(spacing) > block.start(spacing) {
                blocks.removeLast()
                block.members = last.members + block.members
                block.center =
                    block.members.reduce(0) { $0 + wanted[$1] } / Double(block.members.count)
                block.clamp(range, spacing)
            }
            blocks.append(block)
        }
        var positions = [Double](repeating: 0, count: wanted.count)
        for block in blocks {
            for (place, index) in block.members.enumerated() {
                positions[index] = block.start(spacing) + (Double(place) + 0.5) * spacing
            }
        }
        return positions
    }

    /// Labels that touch each other.
    private struct Block {
        var members: [Int]
        var center: Double

        func start(_ spacing: Double) -> Double { center - Double(members.count) * spacing / 2 }
        func end(_ spacing: Double) -> Double { center + Double(members.count) * spacing / 2 }

        /// Keeps the members' centres within the range; the upper end gives way when there are too many.
        mutating func clamp(_ range: ClosedRange<Double>, _ spacing: Double) {
            let reach = Double(members.count - 1) * spacing / 2
            center = max(min(center, range.upperBound - reach), range.lowerBound + reach)
        }
    }
}

/// Estimates how wide texts are in the charts' font of 12 pixels, because a page is laid out without measuring them.
enum TextMeasure {
    /// The width of a text, on the generous side; bold letters of wide fonts take a fifth more.
    static func width(_ text: String, isBold: Bool = false) -> Double {
        text.unicodeScalars.reduce(0) { $0 + share(of: $1) } * (isBold ? 14.6 : 12)
    }

    /// The text, or its beginning and an ellipsis when it is wider than `limit`.
    static func fitted(_ text: String, limit: Double, isBold: Bool = false) -> String {
        guard width(text, isBold: isBold) > limit else { return text }
        var result = ""
        for character in text {
            guard width(result + String(character) + "…", isBold: isBold) <= limit else { break }
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
