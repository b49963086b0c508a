import TandemBasics
import TandemDatasets
import TandemDevices

/// What an embedding run did.
public struct EmbeddingSummary: Sendable, Equatable {
    /// Chains written, one per file.
    public let documents: Int
    /// Vectors written, one per sentence.
    public let sentences: Int
    /// Words in those sentences.
    public let words: Int
    /// Files found and not used.
    public let skipped: SkippedFiles
    /// Runs of bytes that were not UTF-8 and were replaced by U+FFFD.
    public let repairs: Int
    /// The length of the mean vector that was removed from all vectors.
    public let commonComponent: Double
    /// How similar neighbouring sentences are compared with unrelated ones.
    public let cosines: CosineStatistics
}

/// The vectors of a folder with everything that describes them.
struct EmbeddedFolder: Sendable {
    let source: String
    let settings: EmbeddingSettings
    let names: [String]
    let chains: DocumentChains
    let summary: EmbeddingSummary

    /// The contents of `metadata.json`; no date, so that equal runs write equal files.
    var metadata: JSONValue {
        [
            "madeBy": .string(EmbeddingOutput.maker), "source": ["folder": .string(source)],
            "encoder": [
                "model": "hashed words and character n-grams",
                "dimension": .integer(settings.dimensions),
                "characterGrams": .array(SentenceFeatures.gramLengths.map { .integer($0) }),
                "weights": "sqrt(count) * ln((N + 1) / (n + 0.5))",
                "projection": "random signs, Philox 4x32-10", "seed": .unsigned(settings.seed),
                "meanVectorRemoved": .number(summary.commonComponent), "normalised": .bool(true),
            ],
            "chunking": [
                "unit": "sentence", "joinedBelowWords": .integer(settings.minimumWords),
                "cutAboveWords": .integer(settings.maximumWords),
                "minimumSentences": .integer(settings.minimumSentences),
            ],
            "documents": .integer(summary.documents), "vectors": .integer(summary.sentences),
            "words": .integer(summary.words),
            "skippedFiles": [
                "tooShort": .integer(summary.skipped.tooShort),
                "copies": .integer(summary.skipped.copies),
                "notText": .integer(summary.skipped.binary),
                "unusableLinks": .integer(summary.skipped.unusableLinks),
            ],
            "repairedBytes": .integer(summary.repairs),
            "meanCosine": [
                "neighboursInDocument": .number(summary.cosines.neighbours),
                "randomPairSameDocument": .number(summary.cosines.sameDocument),
                "randomPair": .number(summary.cosines.differentDocuments),
                "probabilityNeighboursAboveRandomPair":
                    .number(summary.cosines.neighboursAboveRandom),
            ],
            "splitDocuments": .object(
                SplitPart.allCases.map { part in
                    JSONMember("\(part)", .integer(chains.documents(in: part).count))
                }),
            "documentNames": .array(names.map { .string($0) }),
        ]
    }
}

/// How similar neighbouring sentences are compared with unrelated ones.
public struct CosineStatistics: Sendable, Equatable {
    /// The mean cosine of two consecutive sentences of a document.
    public let neighbours: Double
    /// The mean cosine of two random sentences of one document.
    public let sameDocument: Double
    /// The mean cosine of two random sentences of different documents; 0 with a single document.
    public let differentDocuments: Double
    /// The probability that a neighbouring pair has a larger cosine than a pair from different
    /// documents: 0.5 if the vectors know nothing about the order of the text.
    public let neighboursAboveRandom: Double

    private static let pairCount = 100_000
    private static let stream: UInt64 = 0x434F_5349 << 32

    /// Measures pairs drawn by the seed.
    init(of chains: DocumentChains, seed: UInt64) {
        let vectors = chains.vectors
        let documents = chains.documents.filter { $0.count > 1 }
        var random = Philox(RandomStream(seed: seed, identifier: Self.stream))
        var neighbours: [Double] = []
        var sameDocument: [Double] = []
        var differentDocuments: [Double] = []
        let owners = chains.documents.enumerated().flatMap { index, rows in
            [Int](repeating: index, count: rows.count)
        }
        for rows in documents {
            for row in rows.dropLast() {
                neighbours.append(Self.cosine(row, row + 1, vectors))
                let other = rows.lowerBound + Int(random.nextInteger(below: UInt32(rows.count)))
                if other != row {
                    sameDocument.append(Self.cosine(row, other, vectors))
                }
            }
        }
        for _ in 0..<Self.pairCount where chains.documents.count > 1 {
            let first = Int(random.nextInteger(below: UInt32(vectors.count)))
            let second = Int(random.nextInteger(below: UInt32(vectors.count)))
            if owners[first] != owners[second] {
                differentDocuments.append(Self.cosine(first, second, vectors))
            }
        }
        self.neighbours = Self.mean(neighbours)
        self.sameDocument = Self.mean(sameDocument)
        self.differentDocuments = Self.mean(differentDocuments)
        neighboursAboveRandom = Self.shareAbove(neighbours, differentDocuments)
    }

    private static func cosine(_ first: Int, _ second: Int, _ vectors: VectorTable) -> Double {
        let dimension = vectors.dimension
        return vectors.values.withUnsafeBufferPointer { values in
            var sum: Float = 0
            for index in 0..<dimension {
                sum += values[first * dimension + index] * values[second * dimension + index]
            }
            return Double(sum)
        }
    }

    private static func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }

    /// The share of pairs (a, b) with a > b, where ties count half; 0.5 if either list is empty.
    private static func shareAbove(_ first: [Double], _ second: [Double]) -> Double {
        guard !first.isEmpty, !second.isEmpty else { return 0.5 }
        let first = first.sorted()
        let second = second.sorted()
        var below = 0
        var upTo = 0
        var sum = 0.0
        for value in first {
            while below < second.count, second[below] < value {
                below += 1
            }
            while upTo < second.count, second[upTo] <= value {
                upTo += 1
            }
            sum += Double(below + upTo) / 2
        }
        return sum / (Double(first.count) * Double(second.count))
    }
}
