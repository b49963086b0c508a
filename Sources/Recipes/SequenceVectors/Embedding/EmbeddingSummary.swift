import TandemBasics
import TandemDatasets

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
        .object([
            JSONMember("madeBy", .string(EmbeddingOutput.maker)),
            JSONMember("source", .object([JSONMember("folder", .string(source))])),
            JSONMember("encoder", encoder),
            JSONMember("chunking", chunking),
            JSONMember("documents", .integer(summary.documents)),
            JSONMember("vectors", .integer(summary.sentences)),
            JSONMember("words", .integer(summary.words)),
            JSONMember("skippedFiles", skippedFiles),
            JSONMember("repairedBytes", .integer(summary.repairs)),
            JSONMember("meanCosine", meanCosine),
            JSONMember("splitDocuments", splitDocuments),
            JSONMember("documentNames", .array(names.map { .string($0) })),
        ])
    }

    private var encoder: JSONValue {
        .object([
            JSONMember("model", .string("hashed words and character n-grams")),
            JSONMember("dimension", .integer(settings.dimensions)),
            JSONMember(
                "characterGrams", .array(SentenceFeatures.gramLengths.map { .integer($0) })),
            JSONMember("weights", .string("sqrt(count) * ln((N + 1) / (n + 0.5))")),
            JSONMember("projection", .string("random signs, Philox 4x32-10")),
            JSONMember(
                "seed",
                settings.seed <= Int.max
                    ? .integer(Int(settings.seed)) : .unsigned(settings.seed)),
            JSONMember("meanVectorRemoved", .number(summary.commonComponent)),
            JSONMember("normalised", .bool(true)),
        ])
    }

    private var chunking: JSONValue {
        .object([
            JSONMember("unit", .string("sentence")),
            JSONMember("joinedBelowWords", .integer(settings.minimumWords)),
            JSONMember("cutAboveWords", .integer(settings.maximumWords)),
            JSONMember("minimumSentences", .integer(settings.minimumSentences)),
        ])
    }

    private var skippedFiles: JSONValue {
        .object([
            JSONMember("tooShort", .integer(summary.skipped.tooShort)),
            JSONMember("copies", .integer(summary.skipped.copies)),
            JSONMember("notText", .integer(summary.skipped.binary)),
            JSONMember("unusableLinks", .integer(summary.skipped.unusableLinks)),
        ])
    }

    private var meanCosine: JSONValue {
        .object([
            JSONMember("neighboursInDocument", .number(summary.cosines.neighbours)),
            JSONMember("randomPairSameDocument", .number(summary.cosines.sameDocument)),
            JSONMember("randomPair", .number(summary.cosines.differentDocuments)),
            JSONMember(
                "probabilityNeighboursAboveRandomPair",
                .number(summary.cosines.neighboursAboveRandom)),
        ])
    }

    private var splitDocuments: JSONValue {
        .object(
            SplitPart.allCases.map { part in
                JSONMember("\(part)", .integer(chains.documents(in: part).count))
            })
    }
}
