import Glibc

/// How much the words of retrieved answers agree with those of the true ones: secondary to the rank of the answer, and of
/// use only where the texts are there.
///
/// Words are runs of letters and digits in lower case. Both figures are means over all pairs of texts, between 0 and 1; a
/// text without a word agrees with nothing.
public struct DialogueTextScores: Codable, Sendable, Equatable {
    /// Number of pairs of texts.
    public var count: Int
    /// ROUGE-L: the harmonic mean of precision and recall of the longest common subsequence of words (Lin 2004).
    public var rougeL: Double
    /// BLEU-4 of the single texts.
    ///
    /// The geometric mean of the shares of the sequences of 1 to 4 words that occur in the true text too, times
    /// `exp(1 - r / c)` for a text of c words shorter than the r true ones. From 2 words on 1 is added to both parts of the
    /// share. (Papineni et al. 2002; Lin and Och 2004)
    public var bleu4: Double

    /// Compares texts one by one; throws `DialogueEvaluationError` when there are none, or the numbers differ.
    public init(retrieved: [String], answers: [String]) throws {
        guard !answers.isEmpty else { throw DialogueEvaluationError.empty("texts of answers") }
        guard retrieved.count == answers.count else {
            throw DialogueEvaluationError.wrongSize(
                what: "retrieved texts", found: retrieved.count, expected: answers.count)
        }
        let pairs = zip(retrieved, answers).map { (Self.words($0), Self.words($1)) }
        count = pairs.count
        rougeL = pairs.reduce(0) { $0 + Self.rougeL($1.0, $1.1) } / Double(count)
        bleu4 = pairs.reduce(0) { $0 + Self.bleu4($1.0, $1.1) } / Double(count)
    }

    static func words(_ text: String) -> [Substring] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }
    }

    static func rougeL(_ text: [Substring], _ truth: [Substring]) -> Double {
        guard !text.isEmpty, !truth.isEmpty else { return 0 }
        var common = [Int](repeating: 0, count: truth.count + 1)
        for word in text {
            var diagonal = 0
            for (place, other) in truth.enumerated() {
                let above = common[place + 1]
                common[place + 1] = word == other ? diagonal + 1 : max(above, common[place])
                diagonal = above
            }
        }
        return 2 * Double(common[truth.count]) / Double(text.count + truth.count)
    }

    static func bleu4(_ text: [Substring], _ truth: [Substring]) -> Double {
        guard !text.isEmpty, !truth.isEmpty else { return 0 }
        var sum = 0.0
        for length in 1...4 {
            var known = sequences(truth, length)
            var matches = 0
            for (sequence, occurrences) in sequences(text, length) {
                matches += min(occurrences, known.removeValue(forKey: sequence) ?? 0)
            }
            let total = max(0, text.count - length + 1)
            let added = length > 1 ? 1.0 : 0
            sum += log((Double(matches) + added) / (Double(total) + added))
        }
        let brevity = min(0, 1 - Double(truth.count) / Double(text.count))
        return exp(sum / 4 + brevity)
    }

    private static func sequences(_ words: [Substring], _ length: Int) -> [ArraySlice<Substring>:
        Int]
    {
        var counts: [ArraySlice<Substring>: Int] = [:]
        for start in 0..<max(0, words.count - length + 1) {
            counts[words[start..<start + length], default: 0] += 1
        }
        return counts
    }
}
