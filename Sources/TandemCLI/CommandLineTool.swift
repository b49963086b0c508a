import TandemInterchange

/// How the tool ends, as the shell sees it.
enum ExitStatus: Int32 {
    case success = 0
    case failure = 1
    /// The command line could not be understood (`EX_USAGE`).
    case usage = 64
    /// Stopped by the user; work done so far was saved.
    case interrupted = 130
}

/// Finds the command, answers requests for help, runs, and reports errors.
struct CommandLineTool {
    static let version = Producer.version

    let root: CommandGroup
    let console: Console

    /// Runs the command that the arguments (without the program's own name) ask for.
    func run(_ arguments: [String]) -> ExitStatus {
        var path = [root.name]
        var node = CommandNode.group(root)
        do {
            let rest = try descend(arguments, node: &node, path: &path)
            if let answer = try answer(rest, node: node, path: path) {
                console.output.write(answer)
            } else if case .command(let type) = node {
                try type.run(ArgumentParser.parse(rest, for: type.declaration), on: console)
            }
            return .success
        } catch let error as UsageError {
            let help = path.joined(separator: " ") + " --help"
            console.note("Error: \(error)")
            console.note("Usage: \(HelpText.usage(for: node, path: path))")
            console.note("  See '\(help)' for more information.")
            return .usage
        } catch let interruption as Interrupted {
            console.note("\(interruption)")
            return .interrupted
        } catch {
            console.note("Error: \(error)" + (Advice.about(error).map { "; \($0)" } ?? ""))
            return .failure
        }
    }

    /// Follows the names of commands as far as they lead; returns the arguments that remain.
    ///
    /// Options of a group that stand before the name of its command become arguments of that command.
    private func descend(
        _ arguments: [String], node: inout CommandNode, path: inout [String]
    ) throws(UsageError) -> [String] {
        var rest = arguments[...]
        var asksForHelp = false
        var early: [String] = []
        while case .group(let group) = node, let name = rest.first {
            if let count = Self.lengthOfOption(name, of: group) {
                early += rest.prefix(count)
                rest = rest.dropFirst(count)
                continue
            }
            if name.hasPrefix("-") { break }
            rest.removeFirst()
            if name == "help" && !asksForHelp {
                asksForHelp = true
            } else if let child = group.children.first(where: { $0.name == name }) {
                node = child
                path.append(name)
            } else {
                throw .unknownCommand(name, known: group.children.map(\.name) + ["help"])
            }
        }
        if asksForHelp, let extra = rest.first(where: { !$0.hasPrefix("-") }) {
            throw .unexpectedArguments([extra])
        }
        if case .command = node { rest = early + rest }
        return asksForHelp ? ["--help"] + rest : Array(rest)
    }

    /// How many arguments an option of the group takes up; nil if it is none.
    private static func lengthOfOption(_ argument: String, of group: CommandGroup) -> Int? {
        let spellings = group.options.map { "--" + $0.name }
        if spellings.contains(argument) { return 2 }
        return spellings.contains { argument.hasPrefix($0 + "=") } ? 1 : nil
    }

    /// Whether `--version` is an option of the command itself, such as the version of a model.
    private static func hasVersionOption(_ node: CommandNode) -> Bool {
        guard case .command(let type) = node else { return false }
        return type.declaration.parameters.contains { $0.name == "version" && $0.isNamed }
    }

    /// The text to show if the arguments ask for help or the version, or lead to no command.
    private func answer(
        _ arguments: [String], node: CommandNode, path: [String]
    ) throws(UsageError) -> String? {
        let options = arguments.prefix { $0 != "--" }
        if options.contains("--help") || options.contains("-h") {
            return HelpText.text(for: node, path: path)
        } else if options.contains("--version"), !Self.hasVersionOption(node) {
            return Self.version + "\n"
        } else if case .group = node {
            if let option = arguments.first {
                throw .unknownOption(option, known: ["help", "version"])
            }
            return HelpText.text(for: node, path: path)
        }
        return nil
    }
}

/// All commands of the tool.
enum CommandTree {
    static let root = CommandGroup(
        name: "tandem",
        summary: "Train neural networks on the CPU and on OpenCL devices.",
        children: [
            .command(TrainCommand.self),
            .command(EvaluateCommand.self),
            .command(PredictCommand.self),
            .command(SweepCommand.self),
            .command(ExportCommand.self),
            .group(RegistryGroup.group),
            .command(ReportCommand.self),
            .group(bench),
            .command(DevicesCommand.self),
            .command(VerifyCommand.self),
            .command(EmbedCommand.self),
            .group(data),
        ])

    private static let bench = CommandGroup(
        name: "bench",
        summary: "Measure the speed of operations and training steps.",
        children: [
            .command(BenchMatmulCommand.self),
            .command(BenchGRUCommand.self),
            .command(BenchStepCommand.self),
            .command(BenchAttentionCommand.self),
            .command(BenchRetrievalCommand.self),
            .command(BenchTensorCommand.self),
            .command(BenchGiftCommand.self),
            .command(BenchDialogueCommand.self),
        ])

    private static let data = CommandGroup(
        name: "data",
        summary: "Make data sets for people who have none.",
        children: [
            .command(DataCallingScoreCommand.self),
            .command(DataGiftCommand.self),
            .command(DataDialogueCommand.self),
        ])
}
