/// What is done to the teacher's vectors before anything learns from them, fitted on training pairs alone.
///
/// The vectors come with length 1. With a mean it is subtracted, of questions and answers each their own; then the length is made 1
/// again, where no length is taken for less than 1e-8.
public struct DialoguePreprocessing: Codable, Sendable, Equatable {
    /// The length of a vector.
    public let dimension: Int
    /// The mean vector of the training questions; empty when nothing is subtracted.
    public let questionMean: [Float]
    /// The mean vector of the training answers; empty when nothing is subtracted.
    public let answerMean: [Float]

    /// The smallest length that vectors are divided by.
    public static let leastLength: Float = 1e-8

    /// Whether means are subtracted.
    public var isCentred: Bool { !questionMean.isEmpty }

    /// Normalisation alone.
    public init(dimension: Int) {
        self.dimension = dimension
        questionMean = []
        answerMean = []
    }

    /// Normalisation behind the subtraction of the means of some rows.
    ///
    /// - Parameters:
    ///   - questions: vectors of questions, [pairs, dimension], of length 1.
    ///   - answers: vectors of answers, of the same shape.
    ///   - rows: the numbers of the training pairs, at least one.
    ///   - dimension: the length of a vector.
    public init(questions: [Float], answers: [Float], rows: [Int32], dimension: Int) {
        self.dimension = dimension
        questionMean = Self.mean(of: questions, rows: rows, dimension: dimension)
        answerMean = Self.mean(of: answers, rows: rows, dimension: dimension)
    }

    /// Vectors of questions, [any number, dimension], as training sees them.
    public func questions(_ vectors: [Float]) -> [Float] {
        prepared(vectors, without: questionMean)
    }

    /// Vectors of answers, [any number, dimension], as training sees them.
    public func answers(_ vectors: [Float]) -> [Float] { prepared(vectors, without: answerMean) }

    /// Vectors of answers where the teacher has them: the mean added to prepared ones of length 1, and the length 1 again.
    public func inverse(_ answers: [Float]) -> [Float] {
        guard isCentred else { return Self.normalised(answers, dimension: dimension) }
        var vectors = answers
        for index in vectors.indices { vectors[index] += answerMean[index % dimension] }
        return Self.normalised(vectors, dimension: dimension)
    }

    private func prepared(_ vectors: [Float], without mean: [Float]) -> [Float] {
        guard !mean.isEmpty else { return Self.normalised(vectors, dimension: dimension) }
        var vectors = Self.normalised(vectors, dimension: dimension)
        for index in vectors.indices { vectors[index] -= mean[index % dimension] }
        return Self.normalised(vectors, dimension: dimension)
    }

    /// Rows divided by their length, which is taken for 1e-8 at least.
    static func normalised(_ vectors: [Float], dimension: Int) -> [Float] {
        var result = vectors
        result.withUnsafeMutableBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: dimension) {
                var squares = 0.0
                for index in start..<start + dimension {
                    squares += Double(values[index]) * Double(values[index])
                }
                let scale = Float(1 / max(squares.squareRoot(), Double(leastLength)))
                for index in start..<start + dimension { values[index] *= scale }
            }
        }
        return result
    }

    private static func mean(of vectors: [Float], rows: [Int32], dimension: Int) -> [Float] {
        var sum = [Double](repeating: 0, count: dimension)
        for row in rows {
            for column in 0..<dimension {
                sum[column] += Double(vectors[Int(row) * dimension + column])
            }
        }
        return sum.map { Float($0 / Double(max(1, rows.count))) }
    }
}

/// Questions with those before them in their conversations.
enum DialogueContext {
    /// The normalised sums of every question and, each weighted by `decay` against the next, at most `window` before it.
    ///
    /// - Parameters:
    ///   - questions: vectors of questions, [pairs, dimension], of length 1.
    ///   - earlier: the vectors of every pair's earlier questions, of length 1, the nearest first.
    ///   - window: the most earlier questions that count.
    ///   - decay: the factor of the weight from question to question.
    ///   - dimension: the length of a vector.
    /// - Returns: vectors of length 1, of the shape of `questions`.
    static func windows(
        _ questions: [Float], earlier: [[[Float]]], window: Int, decay: Double, dimension: Int
    ) -> [Float] {
        var sums = questions
        for (row, vectors) in earlier.enumerated() {
            var weight: Float = 1
            for vector in vectors.prefix(window) {
                weight *= Float(decay)
                for column in 0..<dimension {
                    sums[row * dimension + column] += weight * vector[column]
                }
            }
        }
        return DialoguePreprocessing.normalised(sums, dimension: dimension)
    }
}
