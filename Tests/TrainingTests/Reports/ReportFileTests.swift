import TandemBasics
import TandemDatasets
import TandemDevices
import Foundation
import TandemNetworks
import TandemTestSupport
import Testing

@testable import TandemTraining

@Suite("The report in the run directory")
struct ReportFileTests {
    private func makeTrainer(_ run: RunDirectory) throws -> Trainer<CurveRecipe> {
        let recipe = try CurveRecipe(on: CPUDevice(threads: 1))
        var configuration = TrainingConfiguration()
        configuration.epochs = 3
        configuration.batchSize = 16
        configuration.earlyStopping = EarlyStoppingConfiguration(
            metric: "error", patience: 50, threshold: 0)
        return try Trainer(
            recipe, arena: ParameterArena(recipe.model, device: recipe.device, seed: 3),
            configuration: configuration, seed: 3, run: run, isInterrupted: { false })
    }

    private func withRun(_ body: (RunDirectory) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try body(try RunDirectory(creating: folder + "/run", configuration: "{}"))
        }
    }

    @Test("Training writes it, and it can be made again from the files to the byte")
    func written() throws {
        try withRun { run in
            let trainer = try makeTrainer(run)
            _ = try trainer.run()
            #expect(try run.readHistory() == trainer.state.history)
            let html = try String(contentsOfFile: run.report, encoding: .utf8)
            let page = try ParsedPage(html)
            page.checkRules()
            #expect(page.texts("p").contains { $0.contains("3 epochs are done so far") })
            #expect(page.texts("h3").contains("Loss terms per epoch"))
            try run.writeReport()
            #expect(try String(contentsOfFile: run.report, encoding: .utf8) == html)
            try run.writeSummary(#"{"stopReason": "finishedEpochs", "test": {"error": 0.5}}"#)
            try run.writeReport()
            let final = try ParsedPage(String(contentsOfFile: run.report, encoding: .utf8))
            #expect(final.texts("dd").contains("0.5000"))
        }
    }

    @Test("When it cannot be written the run ends with an error and its checkpoint is whole")
    func failure() throws {
        try withRun { run in
            // A folder in its place makes the last step of writing fail, as a full disk does.
            try FileManager.default.createDirectory(
                atPath: run.report, withIntermediateDirectories: false)
            #expect(throws: FileError.notARegularFile(path: run.report)) {
                try makeTrainer(run).run()
            }
            #expect(try run.readHistory().map(\.epoch) == [1])
            try FileManager.default.removeItem(atPath: run.report)
            let resumed = try makeTrainer(run)
            try resumed.resume(run)
            #expect(resumed.state.epoch == 1)
            _ = try resumed.run()
            let whole = try RunDirectory(creating: run.path + "/whole", configuration: "{}")
            _ = try makeTrainer(whole).run()
            #expect(try weights(at: run.lastCheckpoint) == weights(at: whole.lastCheckpoint))
            #expect(
                try ParsedPage(String(contentsOfFile: run.report, encoding: .utf8)).all("svg").count
                    > 3)
        }
    }

    @Test("Values that are not finite survive the history file")
    func notFinite() throws {
        try withRun { run in
            let record = RunReportTests.record(
                1, loss: .infinity, metrics: ["a": .nan, "b": -.infinity])
            try run.writeHistory([record])
            let read = try #require(try run.readHistory().first)
            #expect(read.loss == .infinity && read.metrics["b"] == -.infinity)
            #expect(read.metrics["a"]?.isNaN == true)
        }
    }

    @Test("A damaged line of the history is named")
    func damagedHistory() throws {
        try withRun { run in
            try run.writeHistory([RunReportTests.record(1), RunReportTests.record(2)])
            var text = try String(contentsOfFile: run.history, encoding: .utf8)
            text.removeLast(20)
            try AtomicFile.write(text, to: run.history)
            #expect(throws: ReportError.badHistory(path: run.history, line: 2)) {
                try run.writeReport()
            }
            #expect(!FileManager.default.fileExists(atPath: run.report))
            try FileManager.default.removeItem(atPath: run.history)
            #expect(try run.readHistory().isEmpty)
        }
    }

    @Test("Reports take fifty times their duration apart, and the last one is always written")
    func pace() {
        var time = Duration.zero
        var written: [Int] = []
        var pace = ReportPace { time }
        for epoch in 1...200 {
            pace.report(isLast: epoch == 200) {
                time += .milliseconds(10)
                written.append(epoch)
            }
            time += .milliseconds(10)
        }
        #expect(written == [1, 51, 101, 151, 200])
    }
}
