import TandemBasics
import TandemDatasets
import Synchronization

/// Turns a folder of text into a folder of document chains: one chain per file, one vector of length
/// 1 per sentence.
///
/// Every text is read once; then the rarity of features is counted over all sentences, then the
/// vectors are made. The result depends on the texts and the settings only, not on the number of
/// threads. Memory: the text, and the vectors as 32-bit floats.
public struct FolderEmbedding: Sendable {
    /// A step of the work, for showing progress.
    public enum Stage: Sendable {
        /// Reading files and cutting them into sentences.
        case reading
        /// Counting in how many sentences features occur.
        case counting
        /// Making vectors.
        case embedding
    }

    /// Reports that one more of `total` documents is through a stage; called from several threads.
    public typealias Progress = @Sendable (_ stage: Stage, _ total: Int) -> Void

    /// The folder of texts.
    public let source: String
    /// How to cut and embed.
    public let settings: EmbeddingSettings
    private let workers: Int

    /// Prepares the work.
    ///
    /// Throws ``EmbeddingError/settings(_:)`` if the settings are impossible.
    public init(
        source: String, settings: EmbeddingSettings = EmbeddingSettings(), threads: Int = 1
    ) throws(EmbeddingError) {
        guard settings.problems.isEmpty else { throw .settings(settings.problems) }
        self.source = source
        self.settings = settings
        workers = max(1, threads)
    }

    /// Embeds the folder and writes `vectors.npy`, `documents.npy`, `split.npy`, `metadata.json`.
    ///
    /// The output folder must be absent or empty, or made by an earlier run if it may be overwritten. Throws
    /// ``EmbeddingError``; what was at `output` is then as it was.
    public func write(
        to output: String, overwrites: Bool = false, progress: Progress = { _, _ in }
    ) throws(EmbeddingError) -> EmbeddingSummary {
        let target = try EmbeddingOutput(output, overwrites: overwrites)
        do throws(EmbeddingError) {
            let result = try embed(progress: progress)
            try target.write(result)
            return result.summary
        } catch {
            target.removeIfCreated()
            throw error
        }
    }

    /// Embeds the folder in memory.
    func embed(progress: Progress = { _, _ in }) throws(EmbeddingError) -> EmbeddedFolder {
        let (documents, skipped, repairs) = try readDocuments(progress)
        var values = vectors(of: documents.map(\.text), progress)
        let common = CommonComponent.remove(from: &values, dimensions: settings.dimensions)
        let chains = try wrapping({ .output(.chains(folder: source, $0)) }) {
            () throws(ChainsProblem) in
            try DocumentChains(
                vectors: VectorTable(normalizing: values, dimension: settings.dimensions),
                documentLengths: documents.map(\.text.sentences.count), splitSeed: settings.seed)
        }
        let summary = EmbeddingSummary(
            documents: documents.count, sentences: chains.vectors.count,
            words: documents.reduce(0) { $0 + $1.text.wordCount }, skipped: skipped,
            repairs: repairs, commonComponent: common,
            cosines: CosineStatistics(of: chains, seed: settings.seed))
        return EmbeddedFolder(
            source: source, settings: settings, names: documents.map(\.name), chains: chains,
            summary: summary)
    }

    private typealias NamedDocument = (name: String, text: TextDocument)

    private func readDocuments(
        _ progress: Progress
    ) throws(EmbeddingError) -> (documents: [NamedDocument], SkippedFiles, repairs: Int) {
        let folder = try wrapping(EmbeddingError.file) { () throws(FileError) in
            try TextFolder(source)
        }
        let files = folder.files
        let splitter = SentenceSplitter(
            minimumWords: settings.minimumWords, maximumWords: settings.maximumWords)
        let read = Mutex(
            [Result<TextDocument?, FileError>](repeating: .success(nil), count: files.count))
        ParallelWork.forEach(files.count, workers: workers) { _, item in
            let file = files[item]
            let result = Result { () throws(FileError) in
                try TextDocument.read(
                    "\(source)/\(file.name)", format: file.format, splitter: splitter)
            }
            read.withLock { $0[item] = result }
            progress(.reading, files.count)
        }
        var skipped = SkippedFiles()
        skipped.unusableLinks = folder.unusableLinks
        var documents: [NamedDocument] = []
        var fingerprints: Set<UInt64> = []
        for (file, result) in zip(files, read.withLock { $0 }) {
            let document = try wrapping(EmbeddingError.file) { () throws(FileError) in
                try result.get()
            }
            guard let document else {
                skipped.binary += 1
                continue
            }
            if document.sentences.count < settings.minimumSentences {
                skipped.tooShort += 1
            } else if !fingerprints.insert(document.fingerprint).inserted {
                skipped.copies += 1
            } else {
                documents.append((file.name, document))
            }
        }
        guard !documents.isEmpty else {
            throw .noText(
                folder: source, files: files.count, skipped: skipped,
                minimumSentences: settings.minimumSentences)
        }
        return (documents, skipped, documents.reduce(0) { $0 + $1.text.repairs })
    }

    /// The vectors of all sentences, one after the other.
    private func vectors(of documents: [TextDocument], _ progress: Progress) -> [Float] {
        let embedder = HashingEmbedder(
            dimensions: settings.dimensions, seed: settings.seed,
            rarity: rarity(in: documents, progress))
        let dimensions = settings.dimensions
        let starts = documents.reduce(into: [0]) { starts, document in
            starts.append(starts[starts.count - 1] + document.sentences.count * dimensions)
        }
        return [Float](unsafeUninitializedCapacity: starts[documents.count]) { buffer, count in
            count = starts[documents.count]
            buffer.initialize(repeating: 0)
            // Each document writes rows of its own.
            nonisolated(unsafe) let rows = buffer
            ParallelWork.forEach(documents.count, workers: workers) { _, item in
                var features = SentenceFeatures()
                var start = starts[item]
                for sentence in documents[item].sentences {
                    let row = UnsafeMutableBufferPointer(rebasing: rows[start..<start + dimensions])
                    embedder.embed(sentence, using: &features, into: row)
                    start += dimensions
                }
                progress(.embedding, documents.count)
            }
        }
    }

    private func rarity(in documents: [TextDocument], _ progress: Progress) -> FeatureRarity {
        let total = Mutex(FeatureRarity())
        let share = (documents.count + workers - 1) / workers
        ParallelWork.forEach(workers, workers: workers) { _, part in
            var counted = FeatureRarity()
            var features = SentenceFeatures()
            for document in documents.dropFirst(part * share).prefix(share) {
                for sentence in document.sentences {
                    counted.count(sentence, using: &features)
                }
                progress(.counting, documents.count)
            }
            total.withLock { $0.merge(counted) }
        }
        return total.withLock { $0 }
    }
}
