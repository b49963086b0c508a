/// Cuts paragraphs into sentences of useful length.
///
/// A sentence of fewer than `minimumWords` words is joined to the next one (the last to the one
/// before it), across paragraphs, so that headings go with the text below them. A sentence of more
/// than `maximumWords` words is cut into equal parts. Words are separated by spaces; what has no
/// letter or digit does not count as a word.
struct SentenceSplitter: Sendable {
    let minimumWords: Int
    let maximumWords: Int

    /// The sentences of a document, in order; each holds at least one word.
    func sentences(of paragraphs: [Scalars]) -> [Scalars] {
        var result: [[ScalarSlice]] = []
        var pending: [ScalarSlice] = []
        var pendingWords = 0
        for paragraph in paragraphs {
            for sentence in Self.sentences(in: paragraph) {
                pending += sentence
                pendingWords += Self.wordCount(sentence)
                if pendingWords >= minimumWords {
                    result.append(pending)
                    pending = []
                    pendingWords = 0
                }
            }
        }
        if let last = result.indices.last {
            result[last] += pending
        } else if pendingWords > 0 {
            result.append(pending)
        }
        return result.flatMap { parts($0) }.map { $0.spaced() }
    }

    /// Equal parts of at most `maximumWords` words.
    private func parts(_ sentence: [ScalarSlice]) -> [[ScalarSlice]] {
        let wordEnds = sentence.indices.filter { Self.isWord(sentence[$0]) }.map { $0 + 1 }
        let count = (wordEnds.count + maximumWords - 1) / maximumWords
        guard count > 1 else { return [sentence] }
        var start = 0
        return (1...count).map { part in
            let end = part == count ? sentence.count : wordEnds[wordEnds.count * part / count - 1]
            defer { start = end }
            return Array(sentence[start..<end])
        }
    }

    static func wordCount(_ tokens: [ScalarSlice]) -> Int {
        tokens.count(where: isWord)
    }

    private static func isWord(_ token: ScalarSlice) -> Bool {
        token.contains(where: \.isWordPart)
    }

    /// The sentences of one paragraph as lists of tokens.
    private static func sentences(in paragraph: Scalars) -> [[ScalarSlice]] {
        let tokens = paragraph.split(separator: " ")
        var result: [[ScalarSlice]] = []
        var start = 0
        for index in tokens.indices {
            let isLast = index + 1 == tokens.count
            if isLast || (endsSentence(tokens[index]) && beginsSentence(tokens[index + 1])) {
                result.append(Array(tokens[start...index]))
                start = index + 1
            }
        }
        return result
    }

    private static let closers = Set("\"')]}»”’*_".unicodeScalars)
    private static let openers = Set("\"'([{«“‘*_".unicodeScalars)
    private static let abbreviations: Set<String> = [
        "al", "approx", "art", "ca", "cf", "ch", "co", "corp", "dr", "e.g", "ed", "eds", "eq",
        "esp", "etc", "fig", "figs", "gen", "gov", "i.e", "inc", "jr", "ltd", "mr", "mrs", "ms",
        "mt", "no", "nos", "op", "p", "pp", "prof", "rep", "resp", "rev", "sec", "sen", "sgt",
        "sr", "st", "u.s", "vol", "vs", "viz",
    ]

    private static func endsSentence(_ token: ScalarSlice) -> Bool {
        var token = token
        while let last = token.last, closers.contains(last) {
            token.removeLast()
        }
        guard let mark = token.last, [".", "!", "?", "…", "。", "！", "？"].contains(mark) else {
            return false
        }
        guard mark == "." else { return true }
        let word = token.dropLast().drop { openers.contains($0) }
        let isInitial = word.count == 1 && word.first?.isUppercase == true
        return !isInitial && !abbreviations.contains(String(scalars: word).lowercased())
    }

    private static func beginsSentence(_ token: ScalarSlice) -> Bool {
        token.first { !openers.contains($0) }?.isLowercase == false
    }
}
