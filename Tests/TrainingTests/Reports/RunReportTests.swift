import TandemBasics
import TandemDatasets
import Foundation
import TandemTestSupport
import Testing

@testable import TandemTraining

@Suite("Report of a run")
struct RunReportTests {
    static let configuration = """
        {"name": "demo", "recipe": "any", "seed": 18446744073709551615,
         "data": {"path": "Data/demo"}, "model": {"hidden": [128, 64]},
         "training": {"epochs": 50, "optimizer": {"learningRate": 0.25},
                      "earlyStopping": {"metric": "accuracy"}}}
        """

    static func record(
        _ epoch: Int, loss: Double = 1, terms: [String: Double] = ["only": 1],
        metrics: [String: Double] = [:], isBest: Bool = false
    ) -> EpochRecord {
        EpochRecord(
            epoch: epoch, step: 10 * epoch, learningRateFactor: 0.5, gradientNorm: 2, loss: loss,
            lossTerms: terms, metrics: metrics, isBest: isBest, trainingSeconds: 3,
            evaluationSeconds: 1)
    }

    private func page(
        _ history: [EpochRecord], configuration: String = Self.configuration,
        summary: String? = nil, path: String = "Runs/demo-20260131-235959"
    ) throws -> ParsedPage {
        let report = RunReport(
            path: path, configuration: configuration, history: history, summary: summary)
        #expect(report.page.html == report.page.html)
        let page = try ParsedPage(report.page.html)
        page.checkRules()
        return page
    }

    /// The rows of the table below the chart with this title, as texts.
    private func headings(_ page: ParsedPage) -> [String] { page.texts("h3") }

    @Test("The head names what is known, and what became of the run")
    func head() throws {
        let history = [
            Self.record(1, loss: 2, metrics: ["accuracy": 0.5], isBest: true),
            Self.record(2, loss: 1.5, metrics: ["accuracy": 0.75], isBest: true),
            Self.record(3, loss: 1.25, metrics: ["accuracy": 0.7]),
        ]
        let running = try page(history)
        #expect(running.texts("h1") == ["demo"])
        let lead = running.all("p", class: "lead").map(\.text)
        #expect(
            lead.first == "Not finished: 3 of 50 epochs are done so far. Epoch 2 is the best.")
        let values = running.texts("dd")
        for value in ["any", "Data/demo", "18446744073709551615", "2026-01-31 23:59:59"] {
            #expect(values.contains(value), "\(value)")
        }
        #expect(values.contains("0.7500") && values.contains("1.500") && values.contains("12.0 s"))
        let summary = #"{"stopReason": "earlyStopping", "device": "cpu", "parameters": 13441}"#
        let finished = try page(history, summary: summary)
        #expect(
            finished.all("p", class: "lead").first?.text
                == "Stopped early after 3 of 50 epochs. Epoch 2 is the best.")
        #expect(finished.texts("dd").contains("13,441") && finished.texts("dd").contains("cpu"))
    }

    @Test("The learning rate is the factor times the configured rate")
    func learningRate() throws {
        let page = try page([Self.record(1), Self.record(2)])
        #expect(page.texts("td").contains("0.12500"))
        let unknown = try self.page([Self.record(1)], configuration: "{}")
        #expect(headings(unknown).contains("Learning rate factor"))
    }

    @Test("Metrics are grouped by name and value, without knowledge of the recipe")
    func groups() {
        let groups = MetricGroups([
            Self.record(
                1,
                metrics: [
                    "hit@10": 0.3, "hit@5": 0.2, "hit@1": 0.1, "validationLoss": 2, "auc": 1,
                    "meanAbsoluteError": 0.2, "perplexity": 30, "accuracy": 0, "unknown": -0.5,
                    "f1": 0.2, "recall": 0.4,
                ])
        ])
        #expect(
            groups.losses == [MetricGroups.Member(metric: "validationLoss", label: "validation")])
        #expect(
            groups.charts.map(\.metrics) == [
                ["accuracy", "auc", "f1", "recall"], ["hit@1", "hit@5", "hit@10"],
                ["meanAbsoluteError"], ["perplexity"], ["unknown"],
            ])
    }

    @Test("Several loss terms have a chart of their own, with validation terms beside them")
    func lossTerms() throws {
        let one = try page([Self.record(1), Self.record(2)])
        #expect(!headings(one).contains("Loss terms per epoch"))
        let terms = ["reconstruction": 2.0, "kl": 0.001]
        let two = try page([
            Self.record(1, terms: terms, metrics: ["validationKl": 0.002]),
            Self.record(2, terms: terms, metrics: ["validationKl": 0.002]),
        ])
        #expect(headings(two).contains("Loss terms per epoch"))
        #expect(two.all("text", class: "label").map(\.text).contains("kl, validation"))
        #expect(two.texts("p").contains { $0.contains("Logarithmic scale.") })
    }

    @Test("Metrics that are missing in some epochs, and values that are not finite, are gaps")
    func gaps() throws {
        let page = try page([
            Self.record(1, loss: .infinity, metrics: ["accuracy": 0.5]), Self.record(2),
            Self.record(3, loss: .nan, metrics: ["accuracy": .nan]),
        ])
        #expect(page.texts("p").contains { $0.contains("training 2 of 3") })
        #expect(page.texts("p").contains { $0.contains("accuracy 2 of 3") })
        #expect(page.texts("td").contains("nan"))
    }

    @Test("A run without epochs has a page with its configuration")
    func noEpochs() throws {
        let page = try page([])
        #expect(page.all("svg").isEmpty)
        #expect(page.all("p", class: "lead").first?.text == "No epoch is finished yet.")
        #expect(page.texts("td").contains("[128, 64]"))
        #expect(headings(page).contains("training.optimizer"))
    }

    @Test("A run with one epoch has all charts")
    func oneEpoch() throws {
        let page = try page([Self.record(1, metrics: ["accuracy": 0.5], isBest: true)])
        #expect(page.all("svg", class: "chart").count == 5)
        #expect(page.all("details").count == 5)
    }

    @Test("Warnings stand in a table of their own")
    func warnings() throws {
        var record = Self.record(1)
        record.warnings = ["the loss term 'a<b' has collapsed"]
        let page = try page([record, Self.record(2)])
        #expect(page.texts("td").contains("the loss term 'a<b' has collapsed"))
        #expect(!(try self.page([Self.record(1)])).texts("th").contains("warning"))
    }

    @Test("A whole report as test figures: numbers, one table to compare, small tables, no lists")
    func testReport() throws {
        let found = try page(
            [Self.record(1)],
            summary: """
                {"test": {"figures": {"hit": 0.5, "gain": 0.75}, "quality": 0.125,
                 "baselines": {"random": {"hit": 0.25, "gain": 0.375}, "oracle": {"hit": 1, "gain": 1}},
                 "checkpoint": "Runs/a/best.safetensors",
                 "examples": [{"secret": 77}], "modelInfo": {"parts": ["a"], "size": 99}}}
                """)
        let titles = found.texts("th")
        #expect(["figures", "random", "oracle", "hit", "gain"].allSatisfy(titles.contains))
        #expect(found.texts("td").contains("0.3750") && found.texts("td").contains("99"))
        #expect(found.texts("h3").contains("model info"))
        let text = found.texts("td").joined() + found.texts("dd").joined()
        #expect(!text.contains("77") && !text.contains("best.safetensors"))
    }

    @Test("Test figures of any shape are shown")
    func testFigures() throws {
        let history = [Self.record(1)]
        let table = try page(
            history,
            summary: """
                {"test": [{"name": "model", "dense": {"hits": {"10": 0.5, "5": 0.25}, "pool": 1234}},
                          {"name": "<mean>", "dense": {"hits": {"10": 0.125}, "pool": 1234}}]}
                """)
        #expect(table.texts("caption").contains("In every row: dense pool 1,234."))
        let titles = table.texts("th")
        let (five, ten) = (titles.firstIndex(of: "hits 5"), titles.firstIndex(of: "hits 10"))
        #expect(try #require(five) < #require(ten))
        #expect(titles.contains("<mean>") && table.texts("td").contains("0.1250"))
        let flat = try page(history, summary: #"{"test": {"meanSquaredError": 0.0262}}"#)
        #expect(flat.texts("dt").contains("mean squared error"))
        #expect(flat.texts("dd").contains("0.02620"))
        for odd in ["[]", "{}", "null", "3", "[1, 2]", #""text""#, #"[{"a": [1]}, 2]"#] {
            _ = try page(history, summary: "{\"test\": \(odd)}")
        }
    }

    @Test("Files that cannot be read are named, and the rest is shown")
    func damagedFiles() throws {
        let page = try page(
            [Self.record(1)], configuration: "{\"a\": <&", summary: "{", path: "Runs/x")
        #expect(page.texts("h1") == ["x"])
        let lead = try #require(page.all("p", class: "lead").first?.text)
        #expect(lead.contains("config.json cannot be read"))
        #expect(lead.contains("summary.json cannot be read"))
        #expect(page.texts("pre") == ["{\"a\": <&"])
    }

    @Test("Names with markup in them are text everywhere")
    func escaping() throws {
        let odd = "<script>alert(\"1\")</script>&"
        let text = try JSONValue.object([
            JSONMember("name", .string(odd)), JSONMember("recipe", .string(odd)),
            JSONMember(odd, .object([JSONMember(odd, .string(odd))])),
        ]).text()
        let page = try page(
            [Self.record(1, terms: [odd: 1, "b": 2], metrics: [odd: 0.5, "x": 0.25])],
            configuration: text,
            summary: try JSONValue.object([
                JSONMember("device", .string(odd)),
                JSONMember("test", .object([JSONMember(odd, .string(odd))])),
            ]).text(), path: "Runs/" + odd)
        #expect(page.texts("h1") == [odd])
        #expect(page.texts("td").contains(odd) && page.texts("dd").contains(odd))
    }

    @Test("Five thousand epochs stay below a megabyte")
    func size() throws {
        let history = (1...5000).map { epoch in
            let value = 1 / Double(epoch)
            return Self.record(
                epoch, loss: value * 3, terms: ["a": value, "b": 2 * value],
                metrics: [
                    "hit@1": value, "hit@5": value / 2, "hit@10": value / 3, "mrr": value / 4,
                    "validationLoss": value * 4, "perplexity": 100 * value, "auc": 1 - value,
                    "error": value,
                ], isBest: epoch % 100 == 0)
        }
        let report = RunReport(
            path: "Runs/long", configuration: Self.configuration, history: history, summary: nil)
        #expect(report.page.html.utf8.count < 1_000_000)
        _ = try page(history)
    }

    @Test("The start is read from names that tell it, and from no others")
    func start() {
        #expect(Timestamp.start(ofFolder: "a-b-20260131-235959") == "2026-01-31 23:59:59")
        #expect(Timestamp.start(ofFolder: "a-20260131-235959-2") == "2026-01-31 23:59:59")
        for name in ["demo", "", "-", "20260131", "a-2026013x-235959", "20260131-235959-b-c"] {
            #expect(Timestamp.start(ofFolder: name) == nil)
        }
    }
}
