import TandemBasics
import TandemReports

/// The page of a sweep: which variant is best, by how much, and whether that means anything.
struct SweepReport {
    let content: SweepReportContent

    var page: ReportPage {
        var page = ReportPage(title: content.title, kind: "Tandem sweep")
        page.lead = lead + (content.isRunning ? " The sweep is not finished." : "")
        page.facts = content.environment
        page.figures = figures
        page.source = content.source
        if !content.ranking.isEmpty {
            let charts = SweepCharts(content)
            let verdict: Markup = "<p class=\"verdict\">\(content.verdict)</p>"
            page.append(
                "Comparison",
                lead: "Chosen by validation loss; the test loss is reported and never chooses.",
                (content.verdict.isEmpty ? [] : [.markup(verdict)])
                    + [.charts([charts.comparison])])
            if !charts.panels.isEmpty {
                page.append(
                    "Learning curves",
                    lead:
                        "Losses per epoch of one seed. Lines are cut where they leave the common scale.",
                    [
                        .charts([charts.leaders]), .markup(charts.key), .charts(charts.panels),
                        .numbers(charts.panelNumbers),
                    ])
            }
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

    private var best: SweepReportContent.Variant? {
        content.variants.first { $0.name == content.chosen }
    }

    private var lead: String {
        guard let best, let validation = best.validation else {
            return "No variant has finished."
        }
        let loss = NumberText.significant(validation.mean, 4)
        guard best.name != content.baseline?.name else {
            return "No variant has a lower validation loss than the baseline \(best.name), \(loss)."
        }
        /// `, 5.2% below`, `, 1.0% above`; nothing where the baseline's loss is not known.
        func difference(_ loss: Double, _ baseline: Double?, _ name: String) -> String {
            SweepReportContent.gain(loss, over: baseline).map {
                ", \(NumberText.percent($0.magnitude)) \($0 < 0 ? "above" : "below") \(name)"
            } ?? ""
        }
        let lead =
            "\(best.name) has the lowest validation loss, \(loss)"
            + difference(validation.mean, content.baseline?.validation, "the baseline") + "."
        guard let test = best.test?.mean else { return lead }
        return lead + " Its test loss is \(NumberText.significant(test, 4))"
            + difference(test, content.baseline?.test, "the baseline's") + "."
    }

    private var figures: [ReportPage.Figure] {
        let failed = content.failures.count
        var figures = [
            ReportPage.Figure(
                "Variants", "\(content.variants.count)",
                detail: failed == 0 ? "all finished" : "\(failed) failed")
        ]
        func add(_ label: String, _ value: String?, detail: String = "") {
            if let value { figures.append(ReportPage.Figure(label, value, detail: detail)) }
        }
        func add(_ label: String, _ value: DotPlot.Value?, _ baseline: Double?) {
            let deviation = value?.deviation.map { "± \(NumberText.significant($0, 2))" }
            let gain = SweepReportContent.gain(value?.mean, over: baseline)
                .map { "gain " + SweepReportContent.text(ofGain: $0) }
            add(
                label, value.map { NumberText.significant($0.mean, 4) },
                detail: [deviation, gain].compactMap { $0 }.joined(separator: ", "))
        }
        if let best {
            add("Best validation loss", best.validation, content.baseline?.validation)
            add("Its test loss", best.test, content.baseline?.test)
            add("Its parameters", best.parameters.map(NumberText.grouped))
            add("Seeds", "\(best.seeds)", detail: best.seeds == 1 ? "no repeats" : "per variant")
        }
        let seconds = content.variants.compactMap(\.seconds).reduce(0, +)
        if seconds > 0 {
            add("Training time", NumberText.duration(seconds), detail: "all variants")
        }
        return figures
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
            let texts = [
                variant.validation?.text,
                gain(variant, variant.validation, content.baseline?.validation),
                variant.test?.text, gain(variant, variant.test, content.baseline?.test),
                variant.training.map { NumberText.significant($0, 4) },
                variant.bestEpoch.map(NumberText.grouped),
                variant.parameters.map(NumberText.grouped),
                variant.seconds.map { NumberText.fixed($0, 1) },
            ]
            table.append(
                ["\(place + 1). \(variant.name)<small>\(variant.description)</small>"]
                    + texts.map { "\($0 ?? "–")" },
                isEmphasised: variant.name == content.chosen)
        }
        return table
    }

    private func gain(
        _ variant: SweepReportContent.Variant, _ value: DotPlot.Value?, _ baseline: Double?
    ) -> String? {
        if variant.name == content.baseline?.name { return "baseline" }
        return SweepReportContent.gain(value?.mean, over: baseline).map(SweepReportContent.text)
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
