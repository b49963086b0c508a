/// The teacher's vectors of some pairs, scaled to length 1, and what they were like before.
struct DialogueRawVectors {
    let dimension: Int
    var questions: [Float]
    var answers: [Float]
    /// Those of the earlier questions of every pair, the nearest first; empty without context.
    var earlier: [[[Float]]] = []
    var questionNorms: [Double]
    var answerNorms: [Double]
    var cosines: [Float]
    var cache: DialogueCacheCounts?

    /// Takes the vectors of the pairs in `rows` from the source, or has the teacher make them.
    init(
        _ source: DialogueSource, rows: [Int], _ teacher: any DialogueTeacher,
        _ settings: DialogueDataConfiguration
    ) throws(DialogueError) {
        let width = teacher.dimension
        let window = settings.contextWindow
        if window > 0, source.earlier.isEmpty {
            throw .setting(
                name: "contextWindow", value: "\(window)",
                expected: "0, as \(source.path) has no conversations of several questions, nor "
                    + "pairs that say by 'turn' where they stand in one")
        }
        let turns =
            window > 0 ? rows.map { Array(source.earlier[$0].prefix(window)) } : []
        var before: [[Float]] = []
        if let vectors = source.vectors, teacher is DialogueFileTeacher {
            func pick(_ values: [Float], _ rows: [Int]) -> [Float] {
                rows.flatMap { values[$0 * width..<($0 + 1) * width] }
            }
            (questions, answers) = (pick(vectors.questions, rows), pick(vectors.answers, rows))
            before = turns.map { pick(vectors.questions, $0.compactMap(\.row)) }
        } else {
            let pairs = rows.map { source.pairs[$0] }
            let made = try Self.made(
                [pairs.map(\.question), pairs.map(\.answer)]
                    + turns.map { $0.map(\.question) }, teacher, cache: settings.cache
            ) { (vectors) throws(DialogueError) in
                for (values, side) in zip(vectors, ["question", "answer"]) {
                    try Self.check(values, source, rows: rows, side: side, width)
                }
            }
            (questions, answers) = (made.vectors[0], made.vectors[1])
            before = Array(made.vectors.dropFirst(2))
            cache = made.counts
        }
        dimension = width
        questionNorms = DialogueStatistics.norms(questions, width)
        answerNorms = DialogueStatistics.norms(answers, width)
        questions = DialoguePreprocessing.normalised(questions, dimension: width)
        answers = DialoguePreprocessing.normalised(answers, dimension: width)
        earlier = before.map { values in
            let unit = DialoguePreprocessing.normalised(values, dimension: width)
            return stride(from: 0, to: unit.count, by: width).map { Array(unit[$0..<$0 + width]) }
        }
        cosines = Self.products(questions, answers, width)
    }

    /// The vectors of some lists of texts, kept ones from the cache; new ones are kept when `check` finds nothing wrong.
    private static func made(
        _ texts: [[String]], _ teacher: some DialogueTeacher, cache path: String?,
        _ check: ([[Float]]) throws(DialogueError) -> Void
    ) throws(DialogueError) -> (vectors: [[Float]], counts: DialogueCacheCounts?) {
        let all = texts.flatMap { $0 }
        var cache: DialogueEmbeddingCache?
        let values: [Float]
        if let path {
            var kept = try DialogueEmbeddingCache(path, dimension: teacher.dimension)
            values = try kept.embed(all, by: teacher)
            cache = kept
        } else {
            values = try teacher.embed(all)
        }
        var start = 0
        let vectors = texts.map { texts in
            defer { start += texts.count * teacher.dimension }
            return Array(values[start..<start + texts.count * teacher.dimension])
        }
        try check(vectors)
        try cache?.write()
        return (vectors, cache?.counts)
    }

    private static func check(
        _ values: [Float], _ source: DialogueSource, rows: [Int], side: String, _ width: Int
    ) throws(DialogueError) {
        for (index, row) in rows.enumerated()
        where values[index * width..<(index + 1) * width].allSatisfy({ $0 == 0 }) {
            throw .noFeatures(
                path: source.path, source.places[row], id: source.pairs[row].id, side: side)
        }
    }

    /// The vectors of the pairs at some places.
    func selecting(_ places: [Int]) -> DialogueRawVectors {
        var result = self
        func rows(_ values: [Float]) -> [Float] {
            places.flatMap { values[$0 * dimension..<($0 + 1) * dimension] }
        }
        result.questions = rows(questions)
        result.answers = rows(answers)
        if !earlier.isEmpty { result.earlier = places.map { earlier[$0] } }
        result.questionNorms = places.map { questionNorms[$0] }
        result.answerNorms = places.map { answerNorms[$0] }
        result.cosines = places.map { cosines[$0] }
        return result
    }

    private static func products(_ left: [Float], _ right: [Float], _ width: Int) -> [Float] {
        stride(from: 0, to: left.count, by: width).map { start in
            var sum: Float = 0
            for index in start..<start + width { sum += left[index] * right[index] }
            return sum
        }
    }
}
