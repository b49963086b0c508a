/// The order in which people list names: numbers in them by value, `hit@5` before `hit@10`.
enum NaturalOrder {
    static func sorted(_ names: some Sequence<String>) -> [String] {
        names.map { ($0, parts($0)) }.sorted { precedes($0.1, $1.1) }.map(\.0)
    }

    /// A piece of a name: a run of digits or a run of anything else.
    private struct Part {
        let text: String
        let number: Int?
    }

    private static func parts(_ name: String) -> [Part] {
        var parts: [Part] = []
        var rest = name[...]
        while let first = rest.first {
            let isDigit = first.isASCII && first.isNumber
            let run = rest.prefix { ($0.isASCII && $0.isNumber) == isDigit }
            parts.append(Part(text: String(run), number: isDigit ? Int(run) : nil))
            rest = rest.dropFirst(run.count)
        }
        return parts
    }

    private static func precedes(_ left: [Part], _ right: [Part]) -> Bool {
        for (a, b) in zip(left, right) where a.text != b.text {
            if let x = a.number, let y = b.number, x != y { return x < y }
            return a.text < b.text
        }
        return left.count < right.count
    }
}
