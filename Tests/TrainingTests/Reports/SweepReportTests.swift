import TandemBasics
import TandemDatasets
import Foundation
import TandemTestSupport
import Testing

@testable import TandemReports
@testable import TandemTraining

@Suite("Report of a sweep")
struct SweepReportTests {
    private func variant(
        _ name: String, _ validation: Double?, test: Double? = nil, error: String? = nil
    ) -> SweepReportContent.Variant {
        var variant = SweepReportContent.Variant(name: name, description: "about \(name)")
        variant.validation = validation.map { DotPlot.Value($0) }
        variant.test = test.map { DotPlot.Value($0) }
        variant.validationCurve = validation.map { [$0 * 2, $0 * 1.1, $0] } ?? []
        variant.trainingCurve = variant.validationCurve.map { $0 * 0.9 }
        variant.bestEpoch = 3
        variant.error = error
        return variant
    }

    private var content: SweepReportContent {
        var content = SweepReportContent(
            title: "sweep",
            variants: [
                variant("base", 0.04, test: 0.03), variant("worse", 0.05, test: 0.02),
                variant("tie", 0.03, test: 0.033), variant("best", 0.03, test: 0.027),
                variant("broken", nil, error: "diverged at epoch 3, step 512"),
                variant("nan", .nan),
            ])
        content.baseline = SweepReportContent.Baseline(name: "base", validation: 0.04, test: 0.03)
        content.chosen = "tie"
        content.verdict = "Single run."
        content.nextSteps = [SweepReportContent.Step(text: "Register it.", command: "a < b & c")]
        return content
    }

    private func page(_ content: SweepReportContent) throws -> ParsedPage {
        let page = try ParsedPage(SweepReport(content: content).page.html)
        page.checkRules()
        return page
    }

    @Test("Variants are ranked by validation loss, ties by their order")
    func ranking() throws {
        #expect(content.ranking.map(\.name) == ["tie", "best", "base", "worse"])
        let page = try page(content)
        let rows = page.all("th").filter { $0.attributes["scope"] == "row" }.map(\.text)
        let place = try #require(rows.firstIndex(of: "1. tie"))
        #expect(rows[place..<place + 4] == ["1. tie", "2. best", "3. base", "4. worse"])
        #expect(page.texts("td").contains("+25.00%"))
        #expect(page.texts("td").contains("−25.00%"))
        #expect(page.texts("td").contains("baseline"))
    }

    @Test("The head tells what was chosen and by how much")
    func lead() throws {
        let page = try page(content)
        #expect(
            page.all("p", class: "lead").first?.text
                == "tie has the lowest validation loss, 0.03000, 25.0% below the baseline. "
                + "Its test loss is 0.03300, 10.0% above the baseline's.")
        #expect(page.all("p", class: "verdict").map(\.text) == ["Single run."])
        var own = content
        own.chosen = "base"
        own.variants.removeAll { ["tie", "best"].contains($0.name) }
        #expect(
            try self.page(own).all("p", class: "lead").first?.text
                == "No variant has a lower validation loss than the baseline base, 0.04000.")
    }

    @Test("Failed variants are listed with their reasons, and commands stay commands")
    func failures() throws {
        let page = try page(content)
        #expect(page.texts("td").contains("diverged at epoch 3, step 512"))
        #expect(page.texts("td").contains("its validation loss is not finite"))
        #expect(page.texts("code").contains("a < b & c"))
    }

    @Test("Every variant with a curve has a small chart, on one scale")
    func panels() throws {
        let page = try page(content)
        let panels = page.all("figure").count
        #expect(panels == 2 + 4)
        let charts = SweepCharts(content).panels.compactMap { $0.drawing as? LineChart }
        #expect(Set(charts.map { $0.axis(from: 0, to: 1).range }).count == 1)
        #expect(charts.map(\.series.count) == [3, 3, 2, 3])
    }

    @Test("A sweep in which nothing finished has a page")
    func nothing() throws {
        for variants in [[], [variant("broken", nil, error: "no <data>")]] {
            let page = try page(SweepReportContent(title: "s", variants: variants))
            #expect(
                page.all("p", class: "lead").first?.text == "No variant has finished.")
            #expect(page.all("svg").isEmpty)
        }
    }

    @Test("Four hundred variants stay readable: the best have small charts")
    func many() throws {
        var content = content
        content.variants += (0..<400).map { variant("grid \($0)", 0.06 + Double($0) * 1e-4) }
        let html = SweepReport(content: content).page.html
        #expect(html.utf8.count < 1_500_000)
        #expect(SweepCharts(content).panels.count == 24)
    }

    private static let results = """
        {"baseline": {"test_loss": 0.026, "val_loss": 0.028, "version": "v1_0_baseline",
                      "source": "measured"},
         "variants": [
          {"config": {"name": "v1_0_baseline", "description": "Baseline"}, "test_loss": 0.026,
           "val_loss": 0.028, "train_loss": 0.021, "best_epoch": 2, "training_time": 5.5,
           "params_count": 13441, "success": true, "error": null, "model_path": "m0.onnx",
           "seeds": [{"seed": 1}, {"seed": 2}], "val_loss_std": 0.001, "test_loss_std": 0.002,
           "curves": {"train_loss": [0.05, 0.021], "val_loss": [0.04, null]}},
          {"config": {"name": "v1_1_batch_64"}, "test_loss": 0.0255, "val_loss": 0.027,
           "success": true, "model_path": "m1.onnx"},
          {"config": {"name": "v1_1_lr_0.005"}, "test_loss": null, "val_loss": null,
           "success": false, "error": "diverged"},
          {}],
         "summary": {"best_variant": "v1_1_batch_64", "verdict": "Within noise."},
         "environment": {"device": "cpu", "rows": 10000, "split": [7000, 1500, 1500],
                         "finished_at": "2026-01-31T00:00:00Z", "seed": 42}}
        """

    @Test("The results file gives the content, whatever it lacks")
    func resultsFile() throws {
        let json = try JSONValue.parse(Array(Self.results.utf8))
        let content = try SweepReportContent(results: json, title: "s", path: "x/results.json")
        #expect(content.variants.count == 4)
        let first = content.variants[0]
        #expect(first.validation == DotPlot.Value(0.028, deviation: 0.001))
        #expect(first.test == DotPlot.Value(0.026, deviation: 0.002))
        #expect(first.seeds == 2 && first.parameters == 13441 && first.seconds == 5.5)
        #expect(first.validationCurve[0] == 0.04 && first.validationCurve[1].isNaN)
        #expect(content.variants[2].error == "diverged")
        #expect(content.ranking.map(\.name) == ["v1_1_batch_64", "v1_0_baseline"])
        #expect(content.failures.map(\.name) == ["v1_1_lr_0.005", "variant 4"])
        #expect(content.verdict == "Within noise." && !content.isRunning)
        #expect(
            content.nextSteps.contains {
                $0.command.contains("--from-results x/results.json --variant ")
            })
        #expect(
            content.environment.contains(ReportPage.Figure("Split", "7,000 / 1,500 / 1,500")))
        _ = try page(content)
    }

    @Test("A file that lists no variants is refused", arguments: ["{}", "[]", "3"])
    func noResults(text: String) throws {
        let json = try JSONValue.parse(Array(text.utf8))
        #expect(throws: ReportError.self) {
            try SweepReportContent(results: json, title: "s", path: "x")
        }
    }

    @Test("The page of a folder has the name of its configuration")
    func folder() throws {
        try withTemporaryFolder { folder in
            let path = SweepReportFile.results(in: folder)
            try AtomicFile.write(Self.results, to: path)
            let name = try #require(folder.split(separator: "/").last)
            #expect(try SweepReportFile.page(in: folder).title == String(name))
            try AtomicFile.write(#"{"name": "calls"}"#, to: folder + "/config.json")
            #expect(try SweepReportFile.page(in: folder).title == "calls")
            try AtomicFile.write("{", to: path)
            #expect(throws: ReportError.self) { try SweepReportFile.page(in: folder) }
        }
    }
}
