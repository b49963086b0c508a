public import TandemBasics
public import TandemDatasets

/// How text is cut into sentences and sentences are turned into vectors.
public struct EmbeddingSettings: Sendable, Equatable {
    /// The length of each vector.
    public var dimensions = 256
    /// Sentences of fewer words are joined to the next.
    public var minimumWords = 6
    /// Sentences of more words are cut into equal parts.
    public var maximumWords = 60
    /// Files with fewer sentences are skipped.
    public var minimumSentences = 20
    /// The seed of the random projection and of the split by document.
    public var seed: UInt64 = 42

    /// The default settings.
    public init() {}

    /// Everything that makes these settings impossible; empty if they are fine.
    public var problems: [String] {
        var problems: [String] = []
        if !(1...65_536).contains(dimensions) {
            problems.append("dimensions is \(dimensions): must be from 1 to 65536")
        }
        if minimumWords < 1 {
            problems.append("minimumWords is \(minimumWords): must be at least 1")
        }
        if maximumWords < max(minimumWords, 1) {
            problems.append(
                "maximumWords is \(maximumWords): must be at least minimumWords, \(minimumWords)")
        }
        if minimumSentences < 1 {
            problems.append("minimumSentences is \(minimumSentences): must be at least 1")
        }
        return problems
    }
}

/// Why a folder of text could not be turned into vectors.
public enum EmbeddingError: Error, Sendable {
    /// A folder or a text could not be read.
    case file(FileError)
    /// The settings make no sense; all problems at once.
    case settings([String])
    /// The folder holds no file with text that is long enough.
    case noText(folder: String, files: Int, skipped: SkippedFiles, minimumSentences: Int)
    /// The output folder holds vectors of an earlier run.
    case outputExists(String)
    /// The output folder holds files that were not made by an embedding run.
    case outputIsForeign(String)
    /// The vectors could not be written.
    case output(DatasetError)
}

extension EmbeddingError: CustomStringConvertible {
    /// What happened, with the values, and what to do.
    public var description: String {
        switch self {
        case .file(let error):
            return error.description
        case .settings(let problems):
            return "the settings make no sense: " + problems.joined(separator: "; ")
        case .noText(let folder, 0, _, _):
            return "\(folder): no text found; files read are those that end in "
                + ".txt, .text, .md, .markdown, .pod, .rst, .html, .htm or .xhtml"
        case .noText(let folder, let files, let skipped, let minimumSentences):
            return "\(folder): none of \(files) text files can be used (\(skipped)); files need "
                + "\(minimumSentences) sentences: choose another folder or lower that number"
        case .outputExists(let folder):
            return "\(folder): holds vectors of an earlier run; "
                + "choose another folder or allow it to be replaced"
        case .outputIsForeign(let folder):
            return "\(folder): is not empty and was not made by this tool, so it is left alone; "
                + "choose another folder"
        case .output(let error):
            return error.description
        }
    }
}

/// Runs `body` and gives its error the wider type that `wrap` makes of it.
func wrapping<Result, Inner: Error>(
    _ wrap: (Inner) -> EmbeddingError, _ body: () throws(Inner) -> Result
) throws(EmbeddingError) -> Result {
    do throws(Inner) { return try body() } catch { throw wrap(error) }
}

/// The files that were found and not used, by reason.
public struct SkippedFiles: Sendable, Equatable, CustomStringConvertible {
    /// Fewer sentences than asked for.
    public internal(set) var tooShort = 0
    /// The same sentences as an earlier file: a copy would leak from training into test documents.
    public internal(set) var copies = 0
    /// Contains zero bytes, so it is not text.
    public internal(set) var binary = 0
    /// Symbolic links that lead nowhere or to what was already read, and names that are not UTF-8.
    public internal(set) var unusableLinks = 0

    /// All skipped files.
    public var count: Int { tooShort + copies + binary + unusableLinks }

    /// The counts in words; `none` if nothing was skipped.
    public var description: String {
        let parts = [
            (tooShort, "too short"), (copies, "copies"), (binary, "not text"),
            (unusableLinks, "unusable links"),
        ]
        let texts = parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return texts.isEmpty ? "none" : texts.joined(separator: ", ")
    }
}
