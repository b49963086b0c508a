/// Finds the name a user most likely meant, for "did you mean" suggestions.
package enum NearestName {
    /// Returns the candidate closest to `name`, or nil if none is close enough to be worth suggesting.
    ///
    /// Close enough means an edit distance below 4 that is also at most half the longer name, so
    /// that short names are not matched with unrelated ones. Upper and lower case count as equal.
    /// The first of equally close candidates wins.
    package static func suggestion(
        for name: String, among candidates: some Sequence<String>
    ) -> String? {
        let wanted = Array(name.lowercased())
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            let distance = editDistance(wanted, letters)
            let isClose = distance < 4 && distance * 2 <= max(wanted.count, letters.count)
            if isClose && distance < best?.distance ?? Int.max {
                best = (candidate, distance)
            }
        }
        return best?.candidate
    }

    /// Returns ` Did you mean 'x'?` for the nearest candidate, or an empty string.
    package static func question(
        for name: String, among candidates: some Sequence<String>, prefix: String = ""
    ) -> String {
        guard let nearest = suggestion(for: name, among: candidates) else { return "" }
        return " Did you mean '\(prefix)\(nearest)'?"
    }

    /// The Levenshtein distance: the least number of insertions, deletions and replacements.
    static func editDistance(_ first: [Character], _ second: [Character]) -> Int {
        var previous = Array(0...second.count)
        for (row, letter) in first.enumerated() {
            var current = [row + 1]
            current.reserveCapacity(second.count + 1)
            for (column, other) in second.enumerated() {
                let replaced = previous[column] + (letter == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[second.count]
    }
}
