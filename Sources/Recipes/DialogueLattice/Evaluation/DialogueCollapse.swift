import Glibc
import TandemBasics

/// Whether predictions crowd together where the true answers do not.
public struct DialogueCollapse: Codable, Sendable, Equatable {
    /// Number of rows that were looked at.
    public var count: Int
    /// The predictions.
    public var predictions: DialogueCrowding
    /// The true answers of the same rows.
    public var answers: DialogueCrowding
    /// Whether the mean cosine between predictions exceeds that between answers by more than 0.2.
    public var isCollapsed: Bool

    /// The largest number of rows that are looked at.
    public static let sampleSize = 500
    /// By how much the mean cosine between predictions may exceed that between answers.
    public static let tolerance = 0.2

    private static let stream: UInt64 = 0x6469_616C_0002

    /// Looks at up to 500 random rows of `predictions [n, D]` and the same rows of `answers [n, D]`; all when there are fewer.
    ///
    /// Throws `DialogueEvaluationError` when the two do not fit together or a number is not finite.
    public init(predictions: [Float], answers: [Float], dimension: Int, seed: UInt64) throws {
        guard dimension > 0, !answers.isEmpty else {
            throw DialogueEvaluationError.empty("answers")
        }
        let total = answers.count / dimension
        try DialogueVectors.check(answers, "answers", count: total, dimension: dimension)
        try DialogueVectors.check(predictions, "predictions", count: total, dimension: dimension)
        var rows = Array(0..<total)
        if total > Self.sampleSize {
            var generator = Philox(RandomStream(seed: seed, identifier: Self.stream))
            generator.shuffle(&rows)
            rows = rows.prefix(Self.sampleSize).sorted()
        }
        func spread(_ values: [Float]) -> DialogueCrowding {
            DialogueCrowding(
                rows.flatMap { values[$0 * dimension..<($0 + 1) * dimension] },
                dimension: dimension)
        }
        count = rows.count
        self.predictions = spread(predictions)
        self.answers = spread(answers)
        if let mine = self.predictions.meanPairwiseCosine,
            let others = self.answers.meanPairwiseCosine
        {
            isCollapsed = mine - others > Self.tolerance
        } else {
            isCollapsed = false
        }
    }
}

/// How far vectors lie apart.
public struct DialogueCrowding: Codable, Sendable, Equatable {
    /// Mean cosine over all pairs of different rows; `nil` for a single row.
    public var meanPairwiseCosine: Double?
    /// The exponential of the entropy of the singular values, divided by their sum: between 1 for a single direction and
    /// the number of rows or columns; 0 for zeros. (Roy and Vetterli, "The effective rank", EUSIPCO 2007.)
    public var effectiveRank: Double

    /// The spread of the rows of `values [n, D]`, brought to unit length, not centred.
    init(_ values: [Float], dimension: Int) {
        var rows = HostMatrix(values, columns: dimension)
        rows.normalizeRows()
        let count = rows.rows
        let columns = rows.transposed
        let cosines = columns.transposedProduct(columns, isLowerHalf: true)
        var sum = 0.0
        for row in 0..<count {
            for column in 0..<row { sum += cosines.values[row * count + column] }
        }
        meanPairwiseCosine = count > 1 ? sum / (Double(count) * Double(count - 1) / 2) : nil
        // Rows and columns have the same singular values but for zeros: the smaller product is enough.
        effectiveRank = Self.effectiveRank(
            dimension < count ? rows.transposedProduct(rows, isLowerHalf: true) : cosines)
    }

    /// Of the singular values whose squares are the eigenvalues of the product, of which the lower half is read.
    private static func effectiveRank(_ products: HostMatrix) -> Double {
        let squares = SymmetricEigenvalues.values(products)
        // What rounding leaves of a zero would count by its root.
        let smallest = (squares.max() ?? 0) * Double(products.rows) * Double.ulpOfOne
        let values = squares.filter { $0 > smallest }.map { $0.squareRoot() }
        let sum = values.reduce(0, +)
        guard sum > 0 else { return 0 }
        return exp(values.reduce(0) { $0 - $1 / sum * log($1 / sum) })
    }
}
