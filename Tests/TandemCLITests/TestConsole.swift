import Synchronization

@testable import TandemCLI

/// Keeps what is written, for inspection.
final class RecordingSink: TextSink {
    private let recorded = Mutex("")
    let terminalWidth: Int?

    init(terminalWidth: Int? = nil) {
        self.terminalWidth = terminalWidth
    }

    var text: String {
        recorded.withLock { $0 }
    }

    func write(_ text: String) {
        recorded.withLock { $0 += text }
    }
}

/// What one invocation of the tool wrote and how it ended.
struct Invocation {
    let status: ExitStatus
    let output: String
    let diagnostics: String

    /// Runs the whole tool inside the test's process.
    init(_ arguments: [String], root: CommandGroup = CommandTree.root) {
        let output = RecordingSink()
        let diagnostics = RecordingSink()
        let console = Console(output: output, diagnostics: diagnostics)
        status = CommandLineTool(root: root, console: console).run(arguments)
        self.output = output.text
        self.diagnostics = diagnostics.text
    }
}
