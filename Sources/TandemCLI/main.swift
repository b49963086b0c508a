import Glibc

let output = FileSink(descriptor: STDOUT_FILENO)
let diagnostics = FileSink(descriptor: STDERR_FILENO)
let tool = CommandLineTool(
    root: CommandTree.root, console: Console(output: output, diagnostics: diagnostics))
let status = tool.run(Array(CommandLine.arguments.dropFirst()))
if let reason = output.failureReason {
    diagnostics.write("Error: cannot write to the standard output: \(reason)\n")
    exit(ExitStatus.failure.rawValue)
}
exit(status.rawValue)
