import TandemBasics
import TandemDatasets

/// Mean, deviation and range of some numbers.
public struct DialogueSpread: Codable, Sendable, Equatable {
    /// The mean.
    public let mean: Double
    /// The standard deviation.
    public let deviation: Double
    /// The smallest number.
    public let minimum: Double
    /// The largest number.
    public let maximum: Double

    /// The spread of `values`, whose squared distances are divided by their number, or by one less for a `sample`.
    ///
    /// All is 0 when there are no values.
    public init(_ values: [Double], sample: Bool = false) {
        let mean = values.reduce(0, +) / Double(max(1, values.count))
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        deviation = (squares / Double(max(1, values.count - (sample ? 1 : 0)))).squareRoot()
        minimum = values.min() ?? 0
        maximum = values.max() ?? 0
    }
}

/// What pairs of questions and answers are like, before anything is learned.
public struct DialogueStatistics: Codable, Sendable, Equatable {
    /// The number of pairs in every part.
    public struct Counts: Codable, Sendable, Equatable {
        /// All of them.
        public internal(set) var pairs = 0
        /// Those to learn from.
        public internal(set) var training = 0
        /// Those that the epoch is chosen by.
        public internal(set) var validation = 0
        /// Those that only the final figures look at.
        public internal(set) var test = 0

        mutating func add(_ part: DialoguePair.Part) {
            pairs += 1
            switch part {
            case .training: training += 1
            case .validation: validation += 1
            case .test: test += 1
            }
        }
    }

    /// Name of the teacher with its edition.
    public let teacher: String
    /// The length of a vector.
    public let dimension: Int
    /// The number of pairs left by the filter, in all parts and in each.
    public let counts: Counts
    /// The same by category.
    public let categories: [String: Counts]
    /// The same by source.
    public let sources: [String: Counts]
    /// The number of groups.
    public let groups: Int
    /// The numbers of characters of whole questions; population deviation.
    public let questionLength: DialogueSpread
    /// The numbers of characters of whole answers; population deviation.
    public let answerLength: DialogueSpread
    /// The lengths of the teacher's vectors of questions; population deviation.
    public let questionNorm: DialogueSpread
    /// The lengths of the teacher's vectors of answers; population deviation.
    public let answerNorm: DialogueSpread
    /// The cosines of the teacher's vectors of question and answer; deviation of a sample.
    public let similarity: DialogueSpread
    /// The same by part, without parts that are empty.
    public let partSimilarity: [String: DialogueSpread]
    /// The numbers of pairs in ten bins of equal width from -0.2 to 1, what is outside in the first or last one.
    public let similarityHistogram: [Int]
    /// Whether pairs were filtered.
    public let isFiltered: Bool
    /// How many pairs every rule left out.
    public let filter: DialogueFilterCounts
    /// How many vectors the cache had; nil without a cache.
    public let cache: DialogueCacheCounts?

    /// The bounds of ``similarityHistogram``.
    public static let histogramBounds = -0.2...1.0

    /// The statistics of pairs, from the lengths and cosines of the teacher's vectors.
    init(
        pairs: [DialoguePair], split: DataSplit, questionNorms: [Double], answerNorms: [Double],
        cosines: [Float], teacher: some DialogueTeacher, isFiltered: Bool,
        filter: DialogueFilterCounts, cache: DialogueCacheCounts?
    ) {
        self.teacher = teacher.name
        dimension = teacher.dimension
        self.isFiltered = isFiltered
        self.filter = filter
        self.cache = cache
        var counts = Counts()
        var categories: [String: Counts] = [:]
        var sources: [String: Counts] = [:]
        var cosinesOfParts: [String: [Double]] = [:]
        for (part, rows) in [
            (DialoguePair.Part.training, split.training), (.validation, split.validation),
            (.test, split.test),
        ] {
            for row in rows {
                let pair = pairs[Int(row)]
                counts.add(part)
                categories[pair.category, default: Counts()].add(part)
                sources[pair.source, default: Counts()].add(part)
                cosinesOfParts[part.rawValue, default: []].append(Double(cosines[Int(row)]))
            }
        }
        self.counts = counts
        self.categories = categories
        self.sources = sources
        groups = Set(pairs.map(\.group)).count
        questionLength = DialogueSpread(pairs.map { Double($0.questionLength) })
        answerLength = DialogueSpread(pairs.map { Double($0.answerLength) })
        questionNorm = DialogueSpread(questionNorms)
        answerNorm = DialogueSpread(answerNorms)
        let all = cosines.map { Double($0) }
        similarity = DialogueSpread(all, sample: true)
        partSimilarity = cosinesOfParts.mapValues { DialogueSpread($0, sample: true) }
        var histogram = [Int](repeating: 0, count: 10)
        let bounds = Self.histogramBounds
        for value in all {
            let bin = (value - bounds.lowerBound) / (bounds.upperBound - bounds.lowerBound) * 10
            histogram[min(9, max(0, Int(bin.rounded(.down))))] += 1
        }
        similarityHistogram = histogram
    }

    /// The lengths of vectors, row by row.
    static func norms(_ vectors: [Float], _ dimension: Int) -> [Double] {
        stride(from: 0, to: vectors.count, by: dimension).map { start in
            var squares = 0.0
            for index in start..<start + dimension {
                squares += Double(vectors[index]) * Double(vectors[index])
            }
            return squares.squareRoot()
        }
    }

    /// How many pairs the filter kept; nil without a filter.
    public var filterLine: String? {
        isFiltered
            ? "filter: \(filter.kept) of \(filter.total) pairs kept; left out: \(filter.summary)"
            : nil
    }

    /// All of it for people.
    public var lines: [String] {
        var lines = [
            "\(NumberText.grouped(counts.pairs)) pairs in \(NumberText.grouped(groups)) groups: "
                + "\(NumberText.grouped(counts.training)) to train on, "
                + "\(NumberText.grouped(counts.validation)) for validation, "
                + "\(NumberText.grouped(counts.test)) for testing",
            "teacher \(teacher), \(dimension) numbers per text",
            "questions: \(Self.text(questionLength, 1, range: 0)) characters",
            "answers: \(Self.text(answerLength, 1, range: 0)) characters",
            "length of the vectors: questions \(Self.text(questionNorm, 4)); answers "
                + Self.text(answerNorm, 4),
            "cosine of question and answer: \(Self.text(similarity, 3))",
        ]
        let bins = similarityHistogram.map { "\($0)" }.joined(separator: " ")
        lines.append("cosines in ten bins from -0.2 to 1: \(bins)")
        if let filterLine { lines.append(filterLine) }
        if let cache {
            lines.append(
                "cache: \(cache.hits) of \(cache.hits + cache.misses) vectors were there, "
                    + NumberText.percent(cache.rate))
        }
        return lines + table
    }

    /// The numbers of pairs by category, and by source where there are several.
    private var table: [String] {
        var table = TextTable(["", "pairs", "training", "validation", "test"])
        func append(_ rows: [String: Counts], _ unnamed: String) {
            for (name, counts) in rows.sorted(by: { $0.key < $1.key }) {
                table.append([
                    name.isEmpty ? unnamed : name, NumberText.grouped(counts.pairs),
                    NumberText.grouped(counts.training), NumberText.grouped(counts.validation),
                    NumberText.grouped(counts.test),
                ])
            }
        }
        append(categories, "no category")
        if sources.count > 1 { append(sources, "no source") }
        return table.lines
    }

    private static func text(
        _ spread: DialogueSpread, _ decimals: Int, range: Int? = nil
    ) -> String {
        let ends = [spread.minimum, spread.maximum]
            .map { NumberText.fixed($0, range ?? decimals) }
        return "\(NumberText.fixed(spread.mean, decimals)) "
            + "± \(NumberText.fixed(spread.deviation, decimals)) in [\(ends[0]), \(ends[1])]"
    }
}
