import Glibc

/// In how many sentences each feature occurs, by buckets of the feature's hash.
///
/// The size is fixed, whatever the vocabulary; features that share a bucket share a weight.
struct FeatureRarity: Sendable {
    private static let bucketBits = 20

    private var counts = [UInt32](repeating: 0, count: 1 << bucketBits)
    private var sentenceCount = 0

    static func bucket(of feature: UInt64) -> Int {
        Int(feature >> (64 - UInt64(bucketBits)))
    }

    /// Counts the features of one sentence.
    mutating func count(_ sentence: String, using features: inout SentenceFeatures) {
        sentenceCount += 1
        features.forEach(in: sentence) { feature, _ in
            counts[Self.bucket(of: feature)] += 1
        }
    }

    /// Adds the counts of other sentences; the order of additions does not matter.
    mutating func merge(_ other: FeatureRarity) {
        sentenceCount += other.sentenceCount
        for bucket in counts.indices {
            counts[bucket] &+= other.counts[bucket]
        }
    }

    /// The inverse document frequency of every bucket: `ln((N + 1) / (n + 0.5))`, always above 0.
    func weights() -> [Float] {
        counts.map { count in
            // Two features of one sentence may share a bucket, so the count can exceed N.
            let occurrences = min(Int(count), sentenceCount)
            return Float(log(Double(sentenceCount + 1) / (Double(occurrences) + 0.5)))
        }
    }
}
