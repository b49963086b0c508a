/// Turns sentences into vectors without a trained model.
///
/// The vector of a sentence is the sum over its features of `sqrt(count) * rarity * signs(feature)`,
/// scaled to length 1. It depends on the sentence, the seed and the rarities only.
struct HashingEmbedder: Sendable {
    private let projection: SignProjection
    private let rarity: [Float]

    init(dimensions: Int, seed: UInt64, rarity: FeatureRarity) {
        projection = SignProjection(dimensions: dimensions, seed: seed)
        self.rarity = rarity.weights()
    }

    /// Writes the sentence's vector to `row`; zeros if the sentence has no feature.
    func embed(
        _ sentence: String, using features: inout SentenceFeatures,
        into row: UnsafeMutableBufferPointer<Float>
    ) {
        var sum = [SIMD8<Float>](repeating: .zero, count: projection.groupCount)
        features.forEach(in: sentence) { feature, count in
            let weight = Float(count).squareRoot() * rarity[FeatureRarity.bucket(of: feature)]
            projection.add(feature, weight: weight, to: &sum)
        }
        for index in row.indices {
            row[index] = sum[index / 8][index % 8]
        }
        Self.normalize(row)
    }

    /// Divides the row by its length; a row of zeros stays.
    static func normalize(_ row: UnsafeMutableBufferPointer<Float>) {
        let squares = row.reduce(0.0) { $0 + Double($1) * Double($1) }
        guard squares > 0 else { return }
        let scale = Float(1 / squares.squareRoot())
        for index in row.indices {
            row[index] *= scale
        }
    }
}

/// Removing what all vectors have in common.
///
/// Frequent words point most sentences the same way, which hides how near two sentences are.
/// Without the mean vector, sentences that have nothing in common have a cosine near 0 (compare
/// Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", 2017).
enum CommonComponent {
    /// Subtracts the mean of all rows from each and scales the rows to length 1 again.
    ///
    /// A row that equals the mean keeps its direction, so that no row becomes zero.
    ///
    /// - Parameters:
    ///   - values: The rows, one after the other.
    ///   - dimensions: The length of a row.
    /// - Returns: The length of the mean vector: 0 if the rows have nothing in common, 1 if equal.
    static func remove(from values: inout [Float], dimensions: Int) -> Double {
        var mean = [Double](repeating: 0, count: dimensions)
        for (index, value) in values.enumerated() {
            mean[index % dimensions] += Double(value)
        }
        let count = Double(max(1, values.count / dimensions))
        mean = mean.map { $0 / count }
        values.withUnsafeMutableBufferPointer { values in
            for start in stride(from: 0, to: values.count, by: dimensions) {
                let row = UnsafeMutableBufferPointer(rebasing: values[start..<start + dimensions])
                let squares = row.indices.reduce(0.0) { sum, index in
                    let difference = Double(row[index]) - mean[index]
                    return sum + difference * difference
                }
                guard squares > 1e-8 else { continue }
                for index in row.indices {
                    row[index] = Float(Double(row[index]) - mean[index])
                }
                HashingEmbedder.normalize(row)
            }
        }
        return mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
}
