import TandemBasics

import FoundationEssentials

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
