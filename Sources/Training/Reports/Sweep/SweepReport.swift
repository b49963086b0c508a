import TandemBasics
public import TandemReports

/// The page of a sweep: which variant is best, by how much, and whether that means anything.
public struct SweepReport: Sendable {
    private let content: SweepReportContent

    /// A report on a sweep.
    public init(_ content: SweepReportContent) {
        self.content = content
    }

    /// The page.
    public var page: ReportPage {
        var page = ReportPage(title: content.title, kind: "Tandem sweep")
        page.lead = lead
        page.facts = content.environment
        page.figures = figures
        page.source = content.source
        let charts = SweepCharts(content)
        if !content.ranking.isEmpty {
            let verdict: Markup = "<p class=\"verdict\">\(content.verdict)</p>"
            page.append(
                "Comparison", lead: "\(content.reason)",
                (content.verdict.isEmpty ? [] : [.markup(verdict)])
                    + [.charts([charts.comparison])])
            appendCurves(charts, to: &page)
            page.append(
                "Ranking",
                lead: """
                    By validation loss. Gains are relative to the baseline, positive is better. A \
                    wide gap between validation and training loss means overfitting.
                    """,
                [.table(ranking)])
        }
        if !content.failures.isEmpty { page.append("Failed variants", [.table(failures)]) }
        if !content.nextSteps.isEmpty { page.append("Next steps", [.markup(steps)]) }
        return page
    }

    private func appendCurves(_ charts: SweepCharts, to page: inout ReportPage) {
        guard !charts.panels.isEmpty else { return }
        page.append(
            "Learning curves",
            lead: "Losses per epoch of one seed. Lines are cut where they leave the common scale.",
            [
                .charts([charts.leaders]), .markup(charts.key), .charts(charts.panels),
                .numbers(charts.panelNumbers),
            ])
    }

    private var best: SweepReportContent.Variant? {
        content.variants.first { $0.name == content.chosen }
    }

    private var lead: String {
        let running = content.isRunning ? " The sweep is not finished." : ""
        guard let best, let validation = best.validation else {
            return "No variant has finished." + running
        }
        let loss = NumberText.significant(validation.mean, 4)
        guard best.name != content.baseline?.name else {
            return "No variant has a lower validation loss than the baseline \(best.name), \(loss)."
                + running
        }
        var text = "\(best.name) has the lowest validation loss, \(loss)"
        if let gain = SweepReportContent.gain(
            validation.mean, over: content.baseline?.validation)
        {
            text += ", \(Self.difference(gain)) the baseline"
        }
        text += "."
        if let test = best.test?.mean {
            text += " Its test loss is \(NumberText.significant(test, 4))"
            if let gain = SweepReportContent.gain(test, over: content.baseline?.test) {
                text += ", \(Self.difference(gain)) the baseline's"
            }
            text += "."
        }
        return text + running
    }

    /// `5.2% below`, `1.0% above`.
    private static func difference(_ gain: Double) -> String {
        "\(NumberText.percent(gain.magnitude)) \(gain < 0 ? "above" : "below")"
    }

    private var figures: [ReportPage.Figure] {
        let failed = content.failures.count
        var figures: [ReportPage.Figure] = [
            .init(
                "Variants", "\(content.variants.count)",
                detail: failed == 0 ? "all finished" : "\(failed) failed")
        ]
        if let best {
            if let value = best.validation {
                figures.append(
                    .init(
                        "Best validation loss", NumberText.significant(value.mean, 4),
                        detail: Self.detail(value, content.baseline?.validation)))
            }
            if let value = best.test {
                figures.append(
                    .init(
                        "Its test loss", NumberText.significant(value.mean, 4),
                        detail: Self.detail(value, content.baseline?.test)))
            }
            if let count = best.parameters {
                figures.append(.init("Its parameters", NumberText.grouped(count)))
            }
            figures.append(
                .init(
                    "Seeds", "\(best.seeds)",
                    detail: best.seeds == 1 ? "no repeats" : "per variant"))
        }
        let seconds = content.variants.compactMap(\.seconds).reduce(0, +)
        if seconds > 0 {
            figures.append(
                .init("Training time", NumberText.duration(seconds), detail: "all variants"))
        }
        return figures
    }

    private static func detail(_ value: DotPlot.Value, _ baseline: Double?) -> String {
        let deviation = value.deviation.map { "± \(NumberText.significant($0, 2))" } ?? ""
        let gain =
            SweepReportContent.gain(value.mean, over: baseline)
            .map { "gain " + SweepReportContent.text(ofGain: $0) } ?? ""
        return [deviation, gain].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    // MARK: - Tables

    private var ranking: ReportTable {
        var table = ReportTable([
            .text("variant"), .number("loss", group: "validation"),
            .number("gain", group: "validation"), .number("loss", group: "test"),
            .number("gain", group: "test"), .number("training loss"), .number("best epoch"),
            .number("parameters"), .number("seconds"),
        ])
        for (place, variant) in content.ranking.enumerated() {
            let name: Markup =
                "\(place + 1). \(variant.name)<small>\(variant.description)</small>"
            table.append(
                [
                    name, Self.cell(variant.validation?.text),
                    gain(variant, variant.validation, content.baseline?.validation),
                    Self.cell(variant.test?.text),
                    gain(variant, variant.test, content.baseline?.test),
                    Self.cell(variant.training.map { NumberText.significant($0, 4) }),
                    Self.cell(variant.bestEpoch.map(NumberText.grouped)),
                    Self.cell(variant.parameters.map(NumberText.grouped)),
                    Self.cell(variant.seconds.map { NumberText.fixed($0, 1) }),
                ], isEmphasised: variant.name == content.chosen)
        }
        return table
    }

    private static func cell(_ text: String?) -> Markup { "\(text ?? "–")" }

    private func gain(
        _ variant: SweepReportContent.Variant, _ value: DotPlot.Value?, _ baseline: Double?
    ) -> Markup {
        if variant.name == content.baseline?.name { return "baseline" }
        return Self.cell(
            SweepReportContent.gain(value?.mean, over: baseline).map(SweepReportContent.text))
    }

    private var failures: ReportTable {
        var table = ReportTable([.text("variant"), .text("what it is"), .text("reason")])
        for variant in content.failures {
            table.append([
                "\(variant.name)", "\(variant.description)",
                "\(variant.error ?? "its validation loss is not finite")",
            ])
        }
        return table
    }

    private var steps: Markup {
        let items = content.nextSteps.map { step -> Markup in
            let command: Markup =
                step.command.isEmpty ? "" : "<pre><code>\(step.command)</code></pre>"
            return "<li>\(step.text)\(command)</li>"
        }
        return "<ol class=\"steps\">\(items.joined())</ol>"
    }
}
