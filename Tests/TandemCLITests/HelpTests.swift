import Foundation
import Testing

@testable import TandemCLI

/// The help of every command equals its committed text in `Snapshots/`.
///
/// After an intended change run the tests once with `TANDEM_UPDATE_SNAPSHOTS=1` and review the
/// difference.
@Suite struct HelpTests {
    static let paths: [[String]] = allPaths(.group(CommandTree.root))

    private static func allPaths(_ node: CommandNode, prefix: [String] = []) -> [[String]] {
        let path = prefix + [node.name]
        guard case .group(let group) = node else { return [path] }
        return [path] + group.children.flatMap { allPaths($0, prefix: path) }
    }

    @Test(arguments: paths)
    func helpEqualsSnapshot(path: [String]) throws {
        let invocation = Invocation(path.dropFirst() + ["--help"])
        #expect(invocation.status == .success)
        #expect(invocation.diagnostics.isEmpty)

        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Snapshots/\(path.joined(separator: "-")).txt")
        if ProcessInfo.processInfo.environment["TANDEM_UPDATE_SNAPSHOTS"] != nil {
            try Data(invocation.output.utf8).write(to: file)
        }
        #expect(invocation.output == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test(arguments: paths)
    func helpCommandAndShortFlagGiveTheSameText(path: [String]) {
        let names = Array(path.dropFirst())
        let expected = Invocation(names + ["--help"]).output
        #expect(Invocation(["help"] + names).output == expected)
        #expect(Invocation(names + ["-h"]).output == expected)
    }

    @Test(arguments: paths)
    func linesFitAnEightyColumnTerminal(path: [String]) {
        let lines = Invocation(path.dropFirst() + ["-h"]).output.split(separator: "\n")
        #expect(lines.filter { $0.count > 80 } == [])
    }

    @Test func helpWinsOverMissingArguments() {
        let invocation = Invocation(["predict", "--input", "x.npy", "--help"])
        #expect(invocation.status == .success)
        #expect(invocation.output.hasPrefix("OVERVIEW: "))
    }

    @Test func groupWithoutCommandShowsItsHelp() {
        #expect(Invocation([]).output == Invocation(["--help"]).output)
        #expect(Invocation(["bench"]).output == Invocation(["bench", "--help"]).output)
    }

    @Test(arguments: [["--version"], ["train", "--version"], ["bench", "--version"]])
    func versionIsOneLine(arguments: [String]) {
        let invocation = Invocation(arguments)
        #expect(invocation.status == .success)
        #expect(invocation.output == CommandLineTool.version + "\n")
    }
}
