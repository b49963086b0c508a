public import TandemBasics
public import TandemDatasets

/// Why the gift recommender's data cannot be read, divided or written.
public enum GiftError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file cannot be read or written.
    case file(FileError)
    /// A file is no JSON.
    case notJSON(path: String, JSONProblem)
    /// A file does not hold what it should, or rows of it do not; all that was found.
    case unusable(path: String, problems: [GiftProblem])
    /// The scenarios cannot be divided into parts or folds.
    case division(SplitProblem)
    /// A setting is outside what is possible.
    case setting(name: String, value: String, expected: String)
    /// A file is there and must not be replaced.
    case exists(path: String)
    /// A run was trained on other scenarios, gifts or parts.
    case otherData(run: String)
    /// A prediction was asked of something else than a run directory.
    case notARun

    /// The number of problems that are shown of a file that has more.
    public static let shownProblems = 10

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .file(let error): return error.description
        case .notJSON(let path, let problem): return "\(path): \(problem)"
        case .unusable(let path, let problems):
            var lines = problems.prefix(Self.shownProblems).map { "  \($0)" }
            if problems.count > lines.count {
                lines.append("  and \(problems.count - lines.count) more")
            }
            let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
            return "\(path): \(count) (rows count from 0); correct the file:\n"
                + lines.joined(separator: "\n")
        case .division(let problem): return "\(problem)"
        case .setting(let name, let value, let expected):
            return "\(name) is \(value); give \(expected)"
        case .exists(let path):
            return "\(path): the file exists; choose another folder, or allow it to be replaced"
        case .notARun:
            return
                "gifts are recommended from a run directory, which knows the catalogue; an exported "
                + "model is for other programs"
        case .otherData(let run):
            return "\(run) was trained on other scenarios, gifts or parts than its files hold now; "
                + "scenarios it was trained on could be among those tested. Give it the old files"

        }
    }
}

/// One thing that is wrong with a file of scenarios or gifts, or with a split of scenarios.
public struct GiftProblem: Sendable, Equatable, CustomStringConvertible {
    /// What can be wrong.
    public enum Kind: Sendable, Equatable {
        /// A member is not there.
        case missing(expected: String)
        /// A member is not of the kind, or not in the range, that it must be.
        case wrong(value: String, expected: String)
        /// A list has no words, or one of them is empty.
        case empty(expected: String)
        /// Two members mean the same.
        case ambiguous(other: String)
        /// A word is none of those that there are; the nearest of them, if one is near.
        case unknown(word: String, suggestion: String?, advice: String)
        /// An identifier occurs again.
        case repeated(first: String)
        /// A scenario is in no part of a split.
        case unassigned
        /// There are too few or too many of something.
        case count(Int, of: String, expected: String)
    }

    /// The row in its file, counted from 0; nil when the whole file is meant.
    public let row: Int?
    /// The identifier of the row, where it has one.
    public let id: String?
    /// The member, such as `profile.budget`; empty when the whole row or file is meant.
    public let member: String
    /// What is wrong.
    public let kind: Kind

    /// A problem of a member of a row, or of a file.
    public init(row: Int? = nil, id: String? = nil, member: String = "", _ kind: Kind) {
        self.row = row
        self.id = id
        self.member = member
        self.kind = kind
    }

    /// Where it is, what is there, and what should be.
    public var description: String {
        var place = [row.map { "row \($0)" }, id.map { "'\($0)'" }].compactMap { $0 }
            .joined(separator: " ")
        if !member.isEmpty { place += (place.isEmpty ? "" : ", ") + member }
        return (place.isEmpty ? "" : place + ": ") + text
    }

    private var text: String {
        switch kind {
        case .missing(let expected): "missing; give \(expected)"
        case .wrong(let value, let expected): "is \(value); give \(expected)"
        case .empty(let expected): "is empty; give \(expected)"
        case .ambiguous(let other): "means the same as '\(other)', which is there too; keep one"
        case .unknown(let word, let suggestion, let advice):
            "unknown word '\(word)'; " + (suggestion.map { "is '\($0)' meant? " } ?? "") + advice
        case .repeated(let first): "occurs again, first \(first); every one needs its own"
        case .unassigned: "is in no part of the split; put it into one"
        case .count(let count, let name, let expected): "\(count) \(name); give \(expected)"
        }
    }
}
