/// One command of the tool: its options, and what it does with them.
protocol Command: Sendable {
    static var declaration: CommandDeclaration { get }

    /// Does the work. Any error ends the tool with status 1, `UsageError` with status 64, `Interrupted` with status 130.
    static func run(_ arguments: ParsedArguments, on console: Console) throws
}

/// The name, the description and the parameters of a command, in the order of the help text.
struct CommandDeclaration: Sendable {
    let name: String
    /// One line, shown in the list of commands and at the top of the command's help.
    let summary: String
    /// Further paragraphs of the command's help.
    let discussion: String
    private let makeParameters: @Sendable () -> [any Parameter]

    /// The parameters are made when they are asked for: lists of commands need names and summaries alone.
    init(
        name: String, summary: String, discussion: String = "",
        parameters: @autoclosure @escaping @Sendable () -> [any Parameter]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        makeParameters = parameters
    }

    var parameters: [ParameterDescription] { makeParameters().map(\.description) }
}

/// A command that only leads to further commands.
struct CommandGroup: Sendable {
    let name: String
    let summary: String
    let discussion: String
    /// Options with a value that all commands of the group have; they may also stand before the command's name.
    let options: [ParameterDescription]
    let children: [CommandNode]

    init(
        name: String, summary: String, discussion: String = "", options: [any Parameter] = [],
        children: [CommandNode]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.options = options.map(\.description)
        self.children = children
    }
}

/// A node in the tree of commands.
indirect enum CommandNode: Sendable {
    case command(any Command.Type)
    case group(CommandGroup)

    var name: String { texts.name }
    var summary: String { texts.summary }
    var discussion: String { texts.discussion }

    private var texts: (name: String, summary: String, discussion: String) {
        switch self {
        case .command(let type):
            let declaration = type.declaration
            return (declaration.name, declaration.summary, declaration.discussion)
        case .group(let group): return (group.name, group.summary, group.discussion)
        }
    }
}

/// Thrown by a command that stopped because the user asked for it.
struct Interrupted: Error, CustomStringConvertible {
    /// What was saved and how to go on.
    let description: String
}
