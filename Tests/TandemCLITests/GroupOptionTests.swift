import Testing

@testable import TandemCLI

/// Prints what it was given.
private struct EchoCommand: Command {
    static let file = Option<String?>("file", "path", help: "A file.")
    static let first = Positional<String>("first", help: "Needed.")
    static let second = Positional<Int?>("second", help: "Not needed.")
    static let declaration = CommandDeclaration(
        name: "echo", summary: "Echo.", parameters: [first, second, file])

    static func run(_ arguments: ParsedArguments, on console: Console) throws {
        console.print(
            arguments[first] + " " + (arguments[second].map { "\($0)" } ?? "none") + " "
                + (arguments[file] ?? "no file"))
    }
}

@Suite struct GroupOptionTests {
    private let root = CommandGroup(
        name: "tool", summary: "Tool.",
        children: [
            .group(
                CommandGroup(
                    name: "group", summary: "Group.", options: [EchoCommand.file],
                    children: [
                        .command(EchoCommand.self),
                        .group(
                            CommandGroup(
                                name: "inner", summary: "Inner.",
                                children: [.command(EchoCommand.self)])),
                    ])),
            .command(EchoCommand.self),
        ])

    private func output(_ arguments: String...) -> String {
        let invocation = Invocation(arguments, root: root)
        #expect(invocation.status == .success, "\(invocation.diagnostics)")
        return invocation.output
    }

    @Test func optionsOfAGroupMayStandBeforeTheCommand() {
        #expect(output("group", "--file", "x", "echo", "a", "2") == "a 2 x\n")
        #expect(output("group", "--file=x", "echo", "a") == "a none x\n")
        #expect(output("group", "echo", "a", "--file", "x") == "a none x\n")
        #expect(output("group", "--file", "x", "inner", "echo", "a") == "a none x\n")
        #expect(output("group", "--file=x", "echo", "a", "--file=y") == "a none y\n")
        #expect(output("group", "--file", "x", "echo", "--help").contains("OVERVIEW: Echo."))
        #expect(output("group", "--file", "x").contains("OVERVIEW: Group."))
    }

    @Test func othersMayNot() {
        #expect(Invocation(["group", "--fil", "x", "echo", "a"], root: root).status == .usage)
        #expect(Invocation(["--file", "x", "echo", "a"], root: root).status == .usage)
        #expect(Invocation(["group", "--file"], root: root).status == .success)
    }

    @Test func optionalPositionals() {
        #expect(Invocation(["echo"], root: root).diagnostics.contains("<first>"))
        #expect(Invocation(["echo", "a", "b"], root: root).status == .usage)
        #expect(Invocation(["echo", "a", "2", "c"], root: root).status == .usage)
        #expect(output("echo", "--help").contains("USAGE: tool echo <first> [<second>]"))
    }

    @Test func helpOfTheGroupShowsItsOptions() {
        let help = output("group", "--help")
        #expect(help.contains("USAGE: tool group [--file <path>] <command>"))
        #expect(help.contains("  --file <path>           A file.\n"))
    }
}
