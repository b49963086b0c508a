import TandemBasics

import FoundationEssentials
import Glibc
import Synchronization

/// Where a command's words go: results to `output`, progress and complaints to `diagnostics`.
struct Console: Sendable {
    let output: any TextSink
    let diagnostics: any TextSink

    /// Prints one line of the result.
    func print(_ line: String) {
        output.write(line + "\n")
    }

    /// Prints a table as part of the result.
    func print(_ table: TextTable) {
        print(table.lines.joined(separator: "\n"))
    }

    /// Prints facts as part of the result, one per line, their names in a column.
    func print(facts: [(name: String, text: String)]) {
        let width = facts.map(\.name.count).max() ?? 0
        for (name, text) in facts {
            print(name + String(repeating: " ", count: width - name.count) + "  " + text)
        }
    }

    /// Prints one line that is not part of the result: a notice, a warning, an error.
    func note(_ line: String) {
        diagnostics.write(line + "\n")
    }
}

/// Takes text, in order, from any thread.
protocol TextSink: AnyObject, Sendable {
    /// The width in columns if the text is shown on a terminal, else nil.
    var terminalWidth: Int? { get }

    func write(_ text: String)
}

extension Console {
    /// Prints one JSON object as the whole result of a command, members in their order.
    func printJSON(_ value: JSONValue) throws {
        print(try value.text(isIndented: true))
    }

    /// Prints one JSON object as the whole result of a command, keys sorted.
    ///
    /// Numbers that JSON cannot express are written as the strings `NaN`, `Infinity`, `-Infinity`.
    func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        print(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

/// Writes to an open file descriptor without buffering.
final class FileSink: TextSink {
    private let descriptor: CInt
    private let failure = Mutex<CInt?>(nil)

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// The reason of the first write that failed, if any did.
    var failureReason: String? {
        failure.withLock { code in code.map { String(cString: strerror($0)) } }
    }

    var terminalWidth: Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    func write(_ text: String) {
        failure.withLock { failure in
            guard failure == nil else { return }
            var bytes = Array(text.utf8)[...]
            while !bytes.isEmpty {
                let written = bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress, $0.count)
                }
                if written >= 0 {
                    bytes = bytes.dropFirst(written)
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
    }
}
