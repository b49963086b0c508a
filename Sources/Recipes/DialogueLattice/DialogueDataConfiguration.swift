public import TandemConfiguration

/// Which pairs of questions and answers, who makes vectors of them, how they are divided and how training varies them.
public struct DialogueDataConfiguration: ConfigurationSection, Equatable {
    /// A folder or file of pairs, relative to `$TANDEM_DATA` (or `Data/`) unless it begins with `/` or `.`; the questions and
    /// answers of Perl's documentation on this machine without it.
    public var path: String?
    /// Who makes the vectors.
    public var teacher = DialogueTeacherConfiguration()
    /// A file, named as it stands, that keeps the vectors of texts from run to run; stored vectors need none.
    public var cache: String?
    /// Which pairs are left out.
    public var filter = DialogueFilterConfiguration()
    /// Share of every category's pairs that the epoch is chosen by; 0 for none.
    ///
    /// Shares do not count where pairs name their part.
    public var validationShare = 0.1
    /// Share of every category's pairs that only the final figures look at.
    public var testShare = 0.1
    /// Seed of the division, which stays the same when the seed of a run changes.
    public var splitSeed: UInt64 = 42
    /// Whether the mean vector of the training questions, and that of the answers, is subtracted.
    public var centre = false
    /// The number of earlier questions of a conversation that are added to a question; 0 for none.
    public var contextWindow = 0
    /// Factor of the weight of each earlier question against the next.
    public var contextDecay = 0.5
    /// Length of the noise that is added to training questions, against their own length 1; 0 for none.
    public var noise = 0.0
    /// The largest weight with which a training question is led towards its answer, each time by a random part of it; 0 for
    /// none.
    public var leading = 0.0
    /// Both parameters of the Beta distribution by which two training pairs are mixed; 0 for no mixing.
    public var mixing = 0.0
    /// Whether every source is drawn equally often in an epoch.
    public var balancedSources = false
    /// The number of epochs over which harder pairs join the easy ones; 0 to train on all from the start.
    public var curriculumEpochs = 0

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.require(path != "", "path", "''", mustBe: "a folder or file")
        checks.section("teacher", teacher)
        checks.require(cache != "", "cache", "''", mustBe: "a file")
        checks.section("filter", filter)
        for (key, share) in [("validationShare", validationShare), ("testShare", testShare)] {
            checks.require((0..<1).contains(share), key, share, mustBe: "at least 0 and below 1")
        }
        checks.require(
            !(validationShare + testShare >= 1), "testShare", testShare,
            mustBe: "below 1 together with validationShare, \(validationShare)")
        checks.require(
            (0...1_000).contains(contextWindow), "contextWindow", contextWindow,
            mustBe: "from 0 to 1000")
        checks.require(
            contextDecay > 0 && contextDecay <= 1, "contextDecay", contextDecay,
            mustBe: "above 0 and at most 1")
        checks.require((0...100).contains(noise), "noise", noise, mustBe: "from 0 to 100")
        checks.require((0...100).contains(leading), "leading", leading, mustBe: "from 0 to 100")
        checks.require(
            mixing == 0 || (0.01...5).contains(mixing), "mixing", mixing,
            mustBe: "0, or from 0.01 to 5")
        checks.require(
            (0...1_000_000).contains(curriculumEpochs), "curriculumEpochs", curriculumEpochs,
            mustBe: "from 0 to 1000000")
    }
}

/// Who makes vectors of questions and answers.
public struct DialogueTeacherConfiguration: ConfigurationSection, Equatable {
    /// The kinds of teachers.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The vectors beside the pairs where there are any, else hashed words.
        case auto
        /// The vectors `questions.npy` and `answers.npy` beside the pairs.
        case files
        /// Hashed words and parts of words, weighted by their rarity in the texts.
        case hashing
    }

    /// Which teacher.
    public var kind = Kind.auto
    /// Length of a vector; of hashed words 384 without it, of stored vectors whatever the files have.
    public var dimension: Int?
    /// Hashed words: seed of the signs.
    public var seed: UInt64 = 42

    /// The length of hashed vectors where nothing else is said.
    public static let hashingDimension = 384

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        // The regressions beside the model take time with the cube of it.
        if let dimension { checks.count(dimension, "dimension", atMost: 4096) }
    }
}

/// Which pairs are left out before training; the rules hold in the order of ``DialogueFilterRule``.
///
/// Characters are Unicode scalars of the whole text without white space around it.
public struct DialogueFilterConfiguration: ConfigurationSection, Equatable {
    /// Whether any pair is left out.
    public var enabled = false
    /// Fewest characters of a question.
    public var minimumQuestionLength = 5
    /// Fewest characters of an answer.
    public var minimumAnswerLength = 10
    /// Most characters of a question; 0 for any number.
    public var maximumQuestionLength = 512
    /// Most characters of an answer; 0 for any number.
    public var maximumAnswerLength = 1024
    /// Whether a question that occurred before, whatever its case, is left out with its answer.
    public var dropsDuplicateQuestions = true
    /// Whether an answer that occurred before, whatever its case, is left out with its question; shortened answers are kept.
    public var dropsDuplicateAnswers = true
    /// Least cosine of the teacher's vectors of question and answer; -1 for any.
    public var minimumSimilarity = 0.1

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for (key, length) in [
            ("minimumQuestionLength", minimumQuestionLength),
            ("minimumAnswerLength", minimumAnswerLength),
            ("maximumQuestionLength", maximumQuestionLength),
            ("maximumAnswerLength", maximumAnswerLength),
        ] { checks.notNegative(length, key) }
        for (key, least, most) in [
            ("maximumQuestionLength", minimumQuestionLength, maximumQuestionLength),
            ("maximumAnswerLength", minimumAnswerLength, maximumAnswerLength),
        ] {
            checks.require(
                most == 0 || most >= least, key, most,
                mustBe: "0 for any length, or not below the minimum, \(least)")
        }
        checks.require(
            (-1...1).contains(minimumSimilarity), "minimumSimilarity", minimumSimilarity,
            mustBe: "a cosine, -1 to 1")
    }
}
