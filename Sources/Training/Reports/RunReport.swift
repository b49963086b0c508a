import TandemBasics
package import TandemReports
import TandemDatasets

/// The page of one run, made from what its run directory holds; it copes with any recipe.
package struct RunReport {
    private let path: String
    private let configurationText: String
    private let configuration: JSONValue?
    private let history: [EpochRecord]
    private let summary: JSONValue?
    private let problems: [String]

    /// A report on the run in the folder `path`, by the texts of `config.json` (shown as it is when it is no JSON) and of
    /// `summary.json`, `nil` while there is none.
    init(path: String, configuration: String, history: [EpochRecord], summary: String?) {
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

    package var page: ReportPage {
        var page = ReportPage(title: name, kind: "Tandem training run")
        page.lead = ([outcome] + problems).joined(separator: " ")
        page.facts = facts
        page.figures = figures
        page.source =
            "Made from config.json, history.jsonl and summary.json of the run directory \(path); "
            + ReportCommands.makeAgain
        if !history.isEmpty { appendCharts(to: &page) }
        let tables = configuration.map { Self.tables($0, path: "") } ?? []
        page.append(
            "Configuration", lead: "Fully resolved, as in <code>config.json</code>.",
            tables.isEmpty ? [.markup("<pre>\(configurationText)</pre>")] : [.tables(tables)])
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
        if let figures = summary?["test"].map(TestFigures.blocks), !figures.isEmpty {
            page.append(
                "Test", lead: "On data that took no part in training, measured once at the end.",
                figures)
        }
        page.append("Course of the run", [.charts(charts.process)])
        func remarks(_ words: KeyPath<EpochRecord, [String]?>, _ column: ReportTable.Column)
            -> ReportTable
        {
            var table = ReportTable([.number("epoch"), column])
            for record in history {
                for text in record[keyPath: words] ?? [] {
                    table.append(["\(record.epoch)", "\(text)"])
                }
            }
            return table
        }
        let (warnings, notes) = (
            remarks(\.warnings, .text("warning")), remarks(\.notes, .text("note"))
        )
        if !warnings.isEmpty {
            page.append("Warnings", lead: "What looked wrong after an epoch.", [.table(warnings)])
        }
        if !notes.isEmpty {
            page.append("Notes", lead: "What else was seen in an epoch.", [.table(notes)])
        }
    }

    /// A configuration as small tables: single values first, then each section with its keys as they are written in the file.
    private static func tables(_ section: JSONValue, path: String) -> [(
        heading: String, table: ReportTable
    )] {
        let members = section.orderedMembers ?? []
        var table = ReportTable([.text(""), .text("")])
        for member in members where member.value.orderedMembers == nil {
            table.append(["<code>\(member.name)</code>", "\(text(member.value))"])
        }
        return (table.isEmpty ? [] : [(path.isEmpty ? "experiment" : path, table)])
            + members.filter { $0.value.orderedMembers != nil }.flatMap {
                tables($0.value, path: path.isEmpty ? $0.name : "\(path).\($0.name)")
            }
    }

    /// A value as it is written on the command line; lists with room between their elements.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
        default: (try? value.text()) ?? ""
        }
    }

    // MARK: - Head

    private var name: String { setting("name")?.stringValue ?? path.lastPathComponent }

    private func setting(_ keys: String...) -> JSONValue? {
        keys.reduce(configuration) { $0?[$1] }
    }

    /// The last epoch that was the best so far; none when no epoch is chosen in this run.
    private var bestEpoch: Int? { history.last { $0.isBest }?.epoch }

    private var outcome: String {
        guard let last = history.last else { return "No epoch is finished yet." }
        let done = NumberText.grouped(last.epoch)
        let limit = setting("training", "epochs")?.wholeNumber
            .map { " of \(NumberText.grouped($0))" }
        let epochs = "\(done)\(limit ?? "") epochs"
        let text =
            switch summary?["stopReason"]?.stringValue {
            case StopReason.finishedEpochs.word: "All \(done) epochs are done."
            case StopReason.earlyStopping.word: "Stopped early after \(epochs)."
            case let other?: "Stopped after \(epochs): \(TestFigures.words(other))."
            case nil: "Not finished: \(epochs) are done so far."
            }
        guard let best = bestEpoch else { return text }
        return text
            + (best == last.epoch
                ? " The last is the best." : " Epoch \(NumberText.grouped(best)) is the best.")
    }

    private var facts: [ReportPage.Figure] {
        ReportPage.Figure.known([
            "Recipe": setting("recipe")?.stringValue,
            "Data": setting("data", "path")?.stringValue,
            "Device": summary?["device"]?.stringValue,
            "Seed": setting("seed").flatMap { try? $0.text() },
            "Started": Timestamp.start(ofFolder: path.lastPathComponent),
        ])
    }

    private var figures: [ReportPage.Figure] {
        guard let last = history.last else { return [] }
        let chosen = history.last { $0.epoch == bestEpoch } ?? last
        var figures: [ReportPage.Figure] = []
        func add(_ label: String, _ value: String?, _ detail: String = "") {
            if let value { figures.append(ReportPage.Figure(label, value, detail: detail)) }
        }
        add(
            "Best epoch", bestEpoch.map(NumberText.grouped),
            "of \(NumberText.grouped(last.epoch)) trained")
        if let metric = setting("training", "earlyStopping", "metric")?.stringValue {
            let value = chosen.metrics[metric]
            add(metric, value.map { NumberText.significant($0, 4) }, "watched, validation")
        }
        add(
            "Training loss", NumberText.significant(chosen.loss, 4),
            chosen.epoch == last.epoch
                ? "last epoch" : "last epoch \(NumberText.significant(last.loss, 4))")
        add("Parameters", summary?["parameters"]?.wholeNumber.map(NumberText.grouped))
        add(
            "Optimiser steps", NumberText.grouped(last.step),
            "\(NumberText.grouped(last.step / max(1, last.epoch))) per epoch")
        let seconds = history.map { $0.trainingSeconds + $0.evaluationSeconds }
        let median = seconds.sorted()[seconds.count / 2]
        add(
            "Time", NumberText.duration(seconds.reduce(0, +)),
            "\(NumberText.duration(median)) per epoch")
        return figures
    }
}

/// What the pages of reports tell their reader to type: the only words of the library about the command line.
enum ReportCommands {
    static let makeAgain = "'tandem report' makes this page again."
    static let startTest = "tandem registry ab start VERSION 0.1"
    static let rollBack = "'tandem registry rollback' goes back to it."

    /// Registers the model of a variant from the results of its sweep at `path`.
    static func register(_ variant: String, of path: String) -> String {
        "tandem registry register VERSION --from-results \(path) --variant \(variant)"
    }
}

/// Why a report cannot be made.
public enum ReportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A line of a history is no record of an epoch.
    case badHistory(path: String, line: Int)
    /// The results of a sweep cannot be read.
    case badResults(path: String, problem: String)

    /// What happened, and what to do next.
    public var description: String {
        switch self {
        case .badHistory(let path, let line):
            "\(path): line \(line) is not the record of an epoch; the run itself is in "
                + "last.safetensors, and training on writes the history anew"
        case .badResults(let path, let problem):
            "\(path): \(problem); the file must be one that a sweep has written"
        }
    }
}
