import TandemBasics
public import TandemReports
import TandemDatasets

/// The page of one run, made from what its run directory holds; it copes with any recipe.
public struct RunReport: Sendable {
    private let path: String
    private let configurationText: String
    private let configuration: JSONValue?
    private let history: [EpochRecord]
    private let summary: JSONValue?
    private let problems: [String]

    /// A report on a run.
    ///
    /// - Parameters:
    ///   - path: the run directory.
    ///   - configuration: the text of `config.json`. A text that is no JSON is shown as it is.
    ///   - history: the finished epochs.
    ///   - summary: the text of `summary.json`, `nil` while there is none.
    public init(path: String, configuration: String, history: [EpochRecord], summary: String?) {
        self.path = path
        configurationText = configuration
        self.history = history
        var problems: [String] = []
        func parse(_ text: String, _ name: String) -> JSONValue? {
            do throws(JSONProblem) {
                return try JSONValue.parse(Array(text.utf8))
            } catch {
                problems.append("\(name) cannot be read: \(error).")
                return nil
            }
        }
        self.configuration = parse(configuration, "config.json")
        self.summary = summary.flatMap { parse($0, "summary.json") }
        self.problems = problems
    }

    /// The page.
    public var page: ReportPage {
        var page = ReportPage(title: name, kind: "Tandem training run")
        page.lead = ([outcome] + problems).joined(separator: " ")
        page.facts = facts
        page.figures = history.isEmpty ? [] : figures
        page.source =
            "Made from config.json, history.jsonl and summary.json of the run directory \(path); "
            + ReportCommands.makeAgain
        if !history.isEmpty { appendCharts(to: &page) }
        appendConfiguration(to: &page)
        return page
    }

    private func appendCharts(to page: inout ReportPage) {
        let charts = RunCharts(
            history: history, bestEpoch: bestEpoch,
            learningRate: setting("training", "optimizer", "learningRate")?.double)
        page.append("Loss", [.charts([charts.loss])] + charts.lossTerms.map { .charts([$0]) })
        if !charts.metrics.isEmpty {
            page.append(
                "Metrics", lead: "On the validation data, whenever they were measured.",
                [.charts(charts.metrics)])
        }
        if let figures = summary?["test"].flatMap(TestFigures.block) {
            page.append(
                "Test", lead: "On data that took no part in training, measured once at the end.",
                [figures])
        }
        page.append("Course of the run", [.charts(charts.process)])
        appendWarnings(to: &page)
    }

    private func appendWarnings(to page: inout ReportPage) {
        let warned = history.filter { $0.warnings?.isEmpty == false }
        if warned.isEmpty { return }
        var table = ReportTable([.number("epoch"), .text("warning")])
        for record in warned {
            for warning in record.warnings ?? [] {
                table.append(["\(record.epoch)", "\(warning)"])
            }
        }
        page.append("Warnings", lead: "What looked wrong after an epoch.", [.table(table)])
    }

    private func appendConfiguration(to page: inout ReportPage) {
        let tables = configuration.map(ConfigurationTables.tables) ?? []
        page.append(
            "Configuration", lead: "Fully resolved, as in <code>config.json</code>.",
            tables.isEmpty ? [.markup("<pre>\(configurationText)</pre>")] : [.tables(tables)])
    }

    // MARK: - Head

    private var folderName: String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    private var name: String { setting("name")?.stringValue ?? folderName }

    private func setting(_ keys: String...) -> JSONValue? {
        keys.reduce(configuration) { $0?[$1] }
    }

    private var stopReason: String? { summary?["stopReason"]?.stringValue }

    private var epochLimit: Int? { setting("training", "epochs")?.wholeNumber }

    /// The last epoch that was the best so far; none when no epoch is chosen in this run.
    private var bestEpoch: Int? { history.last { $0.isBest }?.epoch }

    private var outcome: String {
        let limit = epochLimit.map { " of \(NumberText.grouped($0))" } ?? ""
        guard let last = history.last else { return "No epoch is finished yet." }
        let done = NumberText.grouped(last.epoch)
        var text: String
        switch stopReason {
        case StopReason.finishedEpochs.word: text = "All \(done) epochs are done."
        case StopReason.earlyStopping.word: text = "Stopped early after \(done)\(limit) epochs."
        case let other?: text = "Stopped after \(done)\(limit) epochs: \(TestFigures.words(other))."
        case nil: text = "Not finished: \(done)\(limit) epochs are done so far."
        }
        if let best = bestEpoch {
            text +=
                best == last.epoch
                ? " The last is the best." : " Epoch \(NumberText.grouped(best)) is the best."
        }
        return text
    }

    private var facts: [ReportPage.Figure] {
        var facts: [ReportPage.Figure] = []
        func add(_ label: String, _ value: String?) {
            if let value { facts.append(ReportPage.Figure(label, value)) }
        }
        add("Recipe", setting("recipe")?.stringValue)
        add("Data", setting("data", "path")?.stringValue)
        add("Device", summary?["device"]?.stringValue)
        add("Seed", setting("seed").flatMap { try? $0.text() })
        add("Started", Timestamp.start(ofFolder: folderName))
        return facts
    }

    private var figures: [ReportPage.Figure] {
        guard let last = history.last else { return [] }
        let chosen = history.last { $0.epoch == bestEpoch } ?? last
        var figures: [ReportPage.Figure] = []
        if let bestEpoch {
            figures.append(
                .init(
                    "Best epoch", NumberText.grouped(bestEpoch),
                    detail: "of \(NumberText.grouped(last.epoch)) trained"))
        }
        if let metric = setting("training", "earlyStopping", "metric")?.stringValue,
            let value = chosen.metrics[metric]
        {
            figures.append(
                .init(metric, NumberText.significant(value, 4), detail: "watched, validation"))
        }
        figures.append(
            .init(
                "Training loss", NumberText.significant(chosen.loss, 4),
                detail: chosen.epoch == last.epoch
                    ? "last epoch" : "last epoch \(NumberText.significant(last.loss, 4))"))
        if let count = summary?["parameters"]?.wholeNumber {
            figures.append(.init("Parameters", NumberText.grouped(count)))
        }
        figures.append(
            .init(
                "Optimiser steps", NumberText.grouped(last.step),
                detail: "\(NumberText.grouped(last.step / max(1, last.epoch))) per epoch"))
        let seconds = history.map { $0.trainingSeconds + $0.evaluationSeconds }
        let median = seconds.sorted()[seconds.count / 2]
        figures.append(
            .init(
                "Time", NumberText.duration(seconds.reduce(0, +)),
                detail: "\(NumberText.duration(median)) per epoch"))
        return figures
    }
}
