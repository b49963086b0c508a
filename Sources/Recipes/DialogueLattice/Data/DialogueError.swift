public import TandemBasics
public import TandemDatasets

/// Why pairs of questions and answers cannot be read, embedded, divided or written.
public enum DialogueError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A file cannot be read or written.
    case file(FileError)
    /// A file of vectors cannot be read.
    case vectors(DatasetError)
    /// A file, or a line of it counted from 1, is no JSON.
    case notJSON(path: String, line: Int?, JSONProblem)
    /// A table cannot be read.
    case table(path: String, TableProblem)
    /// A file does not hold what it should, or pairs of it do not; all that was found.
    case unusable(path: String, problems: [DialogueProblem])
    /// A folder has none of the files that are read, or the name of a file does not say what it is.
    case unknownFormat(path: String)
    /// A file has no pair.
    case noPairs(path: String)
    /// The filter left out every pair.
    case allFiltered(path: String, counts: DialogueFilterCounts)
    /// The shape of an array of vectors is not the one that other files ask for.
    case shape(path: String, found: [Int], expected: String)
    /// The elements of an array of vectors are of a type that is not read.
    case elementType(path: String, found: String)
    /// A vector is not finite, or zero.
    case badVector(path: String, row: Int, id: String?, value: String)
    /// A text has no word that a vector could be made of.
    case noFeatures(path: String, DialogueProblem.Place, id: String, side: String)
    /// Vectors have another length than a setting, or other files, say.
    case dimension(path: String, found: Int, expected: Int, by: String)
    /// Hashed words were not asked for and no vectors stand beside the pairs.
    case noVectors(path: String)
    /// Stored vectors know the questions of their file alone.
    case unknownQuestion(String, teacher: String)
    /// A question to be embedded has no word that a vector could be made of.
    case emptyQuestion(String)
    /// Some pairs name their part and others do not; the first of each.
    case partsOfSome(path: String, with: String, without: String)
    /// A group has pairs in two parts.
    case groupDivided(path: String, group: String, first: String, second: String)
    /// Two pairs that could come into two parts ask the same.
    case sameQuestion(path: String, first: String, second: String)
    /// All pairs are held out.
    case noTraining(path: String)
    /// A file in the place of a cache is none.
    case notACache(path: String)
    /// An epoch is to be chosen by pairs of which there are none.
    case noValidation(path: String)
    /// No pair is held out to be measured.
    case nothingHeldOut(path: String)
    /// A run was trained on other pairs than there are now.
    case otherData(run: String)
    /// The loss of a batch was asked for before the batch was staged.
    case notStaged
    /// The model's answer to a question is not finite.
    case noAnswer(question: String)
    /// A file of questions is not UTF-8.
    case notText(path: String)
    /// A file of questions to be answered has none.
    case noQuestions(path: String)
    /// A model file is none of this system's.
    case modelFile(path: String, problem: String)
    /// A setting is outside what is possible.
    case setting(name: String, value: String, expected: String)
    /// A file is there and must not be replaced.
    case exists(path: String)
    /// Perl's documentation has no questions where they were looked for.
    case noPerlQuestions(folder: String)

    /// The number of problems that are shown of a file that has more.
    public static let shownProblems = 10

    /// What happened, with the values, and what to do next.
    public var description: String {
        switch self {
        case .file(let error): error.description
        case .vectors(let error): error.description
        case .notJSON(let path, let line, let problem):
            path + (line.map { ", line \($0)" } ?? "") + ": \(problem)"
        case .table(let path, let problem): "\(path): \(problem)"
        case .unusable(let path, let problems): Self.text(path, problems)
        case .unknownFormat(let path):
            "\(path): no pairs of questions and answers; give a folder with pairs.jsonl, or a "
                + "file that ends in .jsonl, .json, .csv or .txt"
        case .noPairs(let path):
            "\(path): no pair of a question and an answer; add some, or choose another file"
        case .allFiltered(let path, let counts):
            "\(path): the filter leaves out all \(counts.total) pairs (\(counts.summary)); "
                + "loosen its limits or turn it off"
        default: vectorText ?? divisionText
        }
    }

    private var vectorText: String? {
        switch self {
        case .shape(let path, let found, let expected):
            "\(path): the shape is \(found); must be \(expected)"
        case .elementType(let path, let found):
            "\(path): the numbers are \(found); store them as float16 or float32"
        case .badVector(let path, let row, let id, let value):
            "\(path): row \(row)\(id.map { " ('\($0)')" } ?? "") \(value); rows count from 0: make "
                + "the vector anew or remove the row from all three files"
        case .noFeatures(let path, let place, let id, let side):
            "\(path): \(place.description) '\(id)': the \(side) has no letters or digits, so that "
                + "no vector can be made of it; correct it, or have the filter leave it out"
        case .dimension(let path, let found, let expected, let other):
            "\(path): vectors of \(found) numbers; \(other) \(expected). Choose another file or "
                + "another dimension"
        case .noVectors(let path):
            "\(path): no vectors questions.npy and answers.npy beside the pairs; add them, or "
                + "choose the teacher 'hashing'"
        case .unknownQuestion(let question, let teacher):
            "'\(question)' has no vector: \(teacher) came as files, which know their own questions "
                + "alone. Ask one of these, or train with the teacher 'hashing'"
        case .emptyQuestion(let question):
            "'\(question)' has no letters or digits, so that no vector can be made of it"
        default: nil
        }
    }

    private var divisionText: String {
        switch self {
        case .partsOfSome(let path, let with, let without):
            "\(path): '\(with)' names its part in 'split' and '\(without)' does not; give all "
                + "pairs a part, or none"
        case .groupDivided(let path, let group, let first, let second):
            "\(path): group '\(group)' has pairs in the parts \(first) and \(second); what is "
                + "tested could be learned by heart. Give all pairs of a group one part"
        case .sameQuestion(let path, let first, let second):
            "\(path): '\(second)' asks the same as '\(first)', and the two could be tested on what "
                + "was learned; let the filter drop duplicate questions, or give both one group"
        case .noTraining(let path):
            "\(path): no training pairs; give some the part 'train', or lower data.validationShare and "
                + "data.testShare"
        case .notACache(let path):
            "\(path): the file is no cache of vectors and would be lost; choose another name for "
                + "data.cache"
        case .noValidation(let path):
            "\(path): no validation pairs, but early stopping or the schedule watches their figures; "
                + "give some pairs the part 'val' (without parts raise data.validationShare), or set "
                + "training.earlyStopping=null and training.schedule.kind=cosine"
        case .nothingHeldOut(let path):
            "\(path): neither test nor validation pairs to measure; give some pairs the part 'test', without "
                + "parts raise data.testShare"
        case .otherData(let run):
            "\(run): the run was trained on other pairs or another division than the data have now; "
                + "give it the data it began with, or train again"
        case .notStaged: "a batch's loss was asked for before stage(_:) had taken the batch in"
        case .noAnswer(let question):
            "the model's answer to '\(question)' is not a vector of finite numbers; train with a lower "
                + "learning rate"
        case .notText(let path):
            "\(path): the text is not UTF-8; convert it, for example with iconv"
        case .noQuestions(let path):
            "\(path): no questions; write one in every line, or vectors of them as .npy"
        case .modelFile(let path, let problem):
            "\(path): \(problem)"
        case .setting(let name, let value, let expected): "\(name) is \(value); give \(expected)"
        case .exists(let path):
            "\(path): the file exists; choose another folder, or allow it to be replaced"
        case .noPerlQuestions(let folder):
            "\(folder): no files perlfaq1.pod to perlfaq9.pod with questions; Debian has them in "
                + "the package perl-doc. Install it, or give a file of pairs"
        default: ""
        }
    }

    private static func text(_ path: String, _ problems: [DialogueProblem]) -> String {
        var lines = problems.prefix(shownProblems).map { "  \($0)" }
        if problems.count > lines.count {
            lines.append("  and \(problems.count - lines.count) more")
        }
        let count = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return "\(path): \(count); correct the file:\n" + lines.joined(separator: "\n")
    }
}

/// One thing that is wrong with a file of pairs.
public struct DialogueProblem: Sendable, Equatable, CustomStringConvertible {
    /// Where something stands in a file.
    public enum Place: Sendable, Equatable, CustomStringConvertible {
        /// A line, counted from 1.
        case line(Int)
        /// A row of a list, or of vectors, counted from 0.
        case row(Int)
        /// A turn of a conversation, counted from 0, in a line or row.
        indirect case turn(Int, of: Place)

        /// `line 3`, `row 2`, `row 2, turn 0`.
        public var description: String {
            switch self {
            case .line(let line): "line \(line)"
            case .row(let row): "row \(row)"
            case .turn(let turn, let place): "\(place.description), turn \(turn)"
            }
        }
    }

    /// What can be wrong.
    public enum Kind: Sendable, Equatable {
        /// A member is not there.
        case missing(expected: String)
        /// A member is not of the kind, or not among the values, that it must be.
        case wrong(value: String, expected: String)
        /// An identifier occurs again.
        case repeated(id: String, first: Place)
        /// No user's turn of a conversation is followed by one of the assistant; the roles it has.
        case noAnsweredTurn(roles: [String])
        /// Something else.
        case other(String)
    }

    /// Where it is.
    public let place: Place
    /// The member or column; empty when the whole pair is meant.
    public let member: String
    /// What is wrong.
    public let kind: Kind

    /// A problem of a member of a pair.
    public init(_ place: Place, member: String = "", _ kind: Kind) {
        self.place = place
        self.member = member
        self.kind = kind
    }

    /// Where it is, what is there, and what should be.
    public var description: String {
        let text =
            switch kind {
            case .missing(let expected): "missing; give \(expected)"
            case .wrong(let value, let expected): "is \(value); give \(expected)"
            case .repeated(let id, let first):
                "'\(id)' occurs again, first in \(first); every pair needs its own"
            case .noAnsweredTurn(let roles):
                "no turn of user, human or question is followed by one of assistant, bot or answer; "
                    + (roles.isEmpty
                        ? "there are no turns" : "the roles are \(roles.joined(separator: ", "))")
            case .other(let text): text
            }
        return place.description + (member.isEmpty ? "" : ", \(member)") + ": " + text
    }
}
