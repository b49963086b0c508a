import TandemBasics
import TandemDevices

import Glibc

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
    /// A row that equals the mean keeps its direction, so that no row becomes zero. Returns the length of the mean
    /// vector: 0 if the rows have nothing in common, 1 if equal.
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

/// A random projection with entries +1 and -1 that is never stored.
///
/// The signs of a feature's row are the bits of Philox words whose counter is the feature's hash, so
/// every entry is a pure function of seed and feature. Products of independent sign rows have mean
/// zero, so dot products of projected vectors estimate those of the sparse ones (Achlioptas 2003).
struct SignProjection: Sendable {
    private static let stream: UInt32 = 0x454D_4244

    let dimensions: Int
    private let key: SIMD2<UInt32>
    /// Eight signs for every value of a byte.
    private let signs: [SIMD8<Float>]

    init(dimensions: Int, seed: UInt64) {
        self.dimensions = dimensions
        key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        signs = (0..<256).map { byte in
            var group = SIMD8<Float>(repeating: 1)
            for bit in 0..<8 where byte >> bit & 1 == 1 {
                group[bit] = -1
            }
            return group
        }
    }

    /// The number of groups of eight that an accumulator needs.
    var groupCount: Int { (dimensions + 7) / 8 }

    /// Adds `weight` times the feature's row to the accumulator of `groupCount` groups.
    func add(_ feature: UInt64, weight: Float, to accumulator: inout [SIMD8<Float>]) {
        let low = UInt32(truncatingIfNeeded: feature)
        let high = UInt32(truncatingIfNeeded: feature >> 32)
        accumulator.withUnsafeMutableBufferPointer { accumulator in
            signs.withUnsafeBufferPointer { signs in
                var group = 0
                var block: UInt32 = 0
                while group < accumulator.count {
                    let words = Philox.round10(
                        counter: SIMD4(low, high, block, Self.stream), key: key)
                    let bytes = unsafeBitCast(words, to: SIMD16<UInt8>.self)
                    for index in 0..<min(16, accumulator.count - group) {
                        accumulator[group + index] += signs[Int(bytes[index])] * weight
                    }
                    group += 16
                    block += 1
                }
            }
        }
    }
}

/// The features of a sentence: its words, and the character n-grams inside its words.
///
/// A word is a run of letters and digits, with inner apostrophes, in lower case. The n-grams of 3
/// and 4 characters are taken from the word between two boundary marks, so that "embed" and
/// "embedded" share most of theirs.
struct SentenceFeatures {
    /// The lengths of the character n-grams.
    static let gramLengths = 3...4
    private static let boundary: UInt32 = 0

    private var word: [UInt32] = []
    private var hashes: [UInt64] = []

    /// Calls `body` with every feature's hash and its number of occurrences, in ascending order.
    mutating func forEach(in sentence: String, _ body: (UInt64, Int) -> Void) {
        hashes.removeAll(keepingCapacity: true)
        collect(sentence)
        hashes.sort()
        var start = 0
        for index in hashes.indices
        where index + 1 == hashes.count || hashes[index + 1] != hashes[index] {
            body(hashes[index], index + 1 - start)
            start = index + 1
        }
    }

    private mutating func collect(_ sentence: String) {
        word = [Self.boundary]
        var followsApostrophe = false
        for scalar in sentence.unicodeScalars {
            if scalar.isWordPart {
                if followsApostrophe && word.count > 1 {
                    word.append(0x27)
                }
                append(scalar)
                followsApostrophe = false
            } else if scalar == "'" || scalar == "’" {
                followsApostrophe = true
            } else {
                endWord()
                followsApostrophe = false
            }
        }
        endWord()
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        if scalar.value < 0x80 {
            word.append(("A"..."Z").contains(scalar) ? scalar.value | 0x20 : scalar.value)
        } else {
            word += scalar.properties.lowercaseMapping.unicodeScalars.map(\.value)
        }
    }

    private mutating func endWord() {
        guard word.count > 1 else { return }
        word.append(Self.boundary)
        addHash(of: word.indices, kind: 0)
        for length in Self.gramLengths where word.count >= length {
            for start in 0...(word.count - length) {
                addHash(of: start..<start + length, kind: UInt32(length))
            }
        }
        word.removeAll(keepingCapacity: true)
        word.append(Self.boundary)
    }

    private mutating func addHash(of range: Range<Int>, kind: UInt32) {
        var hash = StableHash()
        hash.combine(kind)
        for position in range {
            hash.combine(word[position])
        }
        hashes.append(hash.value)
    }
}

/// A 64-bit hash that is the same in every run and on every machine.
///
/// FNV-1a over 32-bit units (Fowler, Noll and Vo), finished by the mixer of SplitMix64 (Steele, Lea
/// and Flood 2014) because the low bits of FNV alone are weak.
struct StableHash {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ unit: UInt32) {
        state = (state ^ UInt64(unit)) &* 0x0000_0100_0000_01B3
    }

    var value: UInt64 {
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
