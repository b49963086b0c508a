import TandemBasics
import Synchronization
import Testing

@testable import TandemCLI

@Suite struct TextTableTests {
    @Test func alignsColumns() {
        var table = TextTable(["model", "Hit@1", "Hit@10"])
        table.append(["copy", "9.5", "36.7"])
        table.append(["mean of last 4", "10.8"])
        #expect(
            table.lines == [
                "model           Hit@1  Hit@10",
                "--------------  -----  ------",
                "copy              9.5    36.7",
                "mean of last 4   10.8",
            ])
    }
}

@Suite struct ProgressBarTests {
    /// A clock that the test sets.
    private final class Clock: Sendable {
        let now = Mutex(0.0)
    }

    private func progress(_ sink: RecordingSink, _ clock: Clock) -> ProgressBar {
        ProgressBar("Embedding", total: 200, unit: "files", sink: sink) {
            clock.now.withLock { $0 }
        }
    }

    @Test func writesPlainLinesWithoutATerminal() {
        let sink = RecordingSink()
        let clock = Clock()
        let bar = progress(sink, clock)
        for (time, completed) in [(1.0, 10), (2.0, 20), (11.0, 110), (20.0, 120)] {
            clock.now.withLock { $0 = time }
            bar.update(completed: completed)
        }
        bar.update(completed: 200, detail: "loss 0.5")
        bar.finish()
        bar.finish()
        #expect(
            sink.text == """
                Embedding: 110/200 files, 10.0 files/s, ETA 9.00 s
                Embedding: 200/200 files, 10.0 files/s, in 20.0 s, loss 0.5

                """)
    }

    @Test func redrawsOneLineOnATerminal() {
        let sink = RecordingSink(terminalWidth: 80)
        let clock = Clock()
        let bar = progress(sink, clock)
        clock.now.withLock { $0 = 1 }
        bar.advance(by: 100)
        clock.now.withLock { $0 = 1.05 }
        bar.advance(by: 50)
        clock.now.withLock { $0 = 2 }
        bar.advance(by: 50)
        bar.finish()
        let drawings = sink.text.split(separator: "\r").map(String.init)
        #expect(drawings.count == 3)
        #expect(drawings[0].hasPrefix("Embedding [##########"))
        #expect(drawings[0].contains("100/200 files"))
        #expect(drawings[1].contains("200/200 files"))
        #expect(!drawings[2].contains("." + "]"))
        #expect(sink.text.hasSuffix("\n"))
        #expect(drawings.allSatisfy { $0.count <= 80 })
    }

    @Test func workDoneEarlierDoesNotCountForTheRate() {
        let sink = RecordingSink()
        let clock = Clock()
        let bar = ProgressBar("Epoch", total: 100, from: 80, unit: "batches", sink: sink) {
            clock.now.withLock { $0 }
        }
        clock.now.withLock { $0 = 10 }
        bar.update(completed: 90, detail: "loss 0.5")
        bar.update(completed: 100)
        bar.finish()
        #expect(
            sink.text == """
                Epoch: 90/100 batches, 1.00 batches/s, ETA 10.0 s, loss 0.5
                Epoch: 100/100 batches, 2.00 batches/s, in 10.0 s, loss 0.5

                """)
    }

    @Test func narrowTerminalsGetNoBar() {
        let sink = RecordingSink(terminalWidth: 20)
        let bar = progress(sink, Clock())
        bar.update(completed: 1)
        #expect(sink.text == "\rEmbedding 1/200 fil")
    }
}

@Suite struct JSONOutputTests {
    private struct Result: Encodable {
        var path = "a/b"
        var median = 0.1
        var gap = Double.nan
    }

    @Test func keysAreSortedAndNonFiniteNumbersSurvive() throws {
        let sink = RecordingSink()
        try Console(output: sink, diagnostics: RecordingSink()).printJSON(Result())
        let compact = sink.text.filter { !$0.isWhitespace }
        #expect(compact == #"{"gap":"NaN","median":0.1,"path":"a/b"}"#)
    }
}
