/// Writes the help of commands and groups in the layout of swift-argument-parser.
enum HelpText {
    private static let width = 80
    private static let labelColumns = 26

    /// The full help of a node reached by `path`, for example `["tandem", "bench"]`.
    static func text(for node: CommandNode, path: [String]) -> String {
        var sections = ["OVERVIEW: " + node.summary]
        if !node.discussion.isEmpty {
            sections.append(node.discussion)
        }
        sections.append("USAGE: " + wrapped(usageParts(for: node, path: path), indent: 7))
        switch node {
        case .command(let type):
            sections += parameterSections(type.declaration.parameters)
        case .group(let group):
            sections.append(optionSection(group.options))
            sections.append(
                "COMMANDS:\n"
                    + group.children.map { entry($0.name, $0.summary) }.joined(separator: "\n")
                    + "\n\n  See '\(helpCommand(path)) <command>' for the help of one command.")
        }
        return sections.joined(separator: "\n\n") + "\n"
    }

    /// The usage line without its title, for example `tandem devices [--json]`.
    static func usage(for node: CommandNode, path: [String]) -> String {
        usageParts(for: node, path: path).joined(separator: " ")
    }

    private static func usageParts(for node: CommandNode, path: [String]) -> [String] {
        switch node {
        case .command(let type): path + type.declaration.parameters.map(\.usage)
        case .group(let group): path + group.options.map(\.usage) + ["<command>"]
        }
    }

    private static func helpCommand(_ path: [String]) -> String {
        ([path[0], "help"] + path.dropFirst()).joined(separator: " ")
    }

    private static func parameterSections(_ parameters: [ParameterDescription]) -> [String] {
        let positionals = parameters.filter { !$0.isNamed }
        var sections: [String] = []
        if !positionals.isEmpty {
            let entries = positionals.map { entry($0.spelling, $0.help) }
            sections.append("ARGUMENTS:\n" + entries.joined(separator: "\n"))
        }
        sections.append(optionSection(parameters.filter(\.isNamed)))
        return sections
    }

    private static func optionSection(_ parameters: [ParameterDescription]) -> String {
        var entries = parameters.map { parameter in
            let suffix = parameter.defaultText.map { " (default: \($0))" } ?? ""
            return entry(parameter.spelling, parameter.help + suffix)
        }
        if !parameters.contains(where: { $0.name == "version" }) {
            entries.append(entry("--version", "Show the version."))
        }
        entries.append(entry("-h, --help", "Show help information."))
        return "OPTIONS:\n" + entries.joined(separator: "\n")
    }

    private static func entry(_ label: String, _ help: String) -> String {
        let body = wrapped(help.split(separator: " ").map(String.init), indent: labelColumns)
        if label.count + 4 > labelColumns {
            return "  \(label)\n" + spaces(labelColumns) + body
        }
        return "  " + label + spaces(labelColumns - 2 - label.count) + body
    }

    /// Puts the words into lines; the first line is taken to begin at column `indent`.
    private static func wrapped(_ words: [String], indent: Int) -> String {
        var lines: [String] = []
        var line = ""
        for word in words {
            if !line.isEmpty && indent + line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        lines.append(line)
        return lines.joined(separator: "\n" + spaces(indent))
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: count)
    }
}
