import TandemBasics
import TandemReports

/// The charts of a sweep.
struct SweepCharts {
    private let content: SweepReportContent
    private let ranking: [SweepReportContent.Variant]

    init(_ content: SweepReportContent) {
        self.content = content
        ranking = content.ranking
    }

    /// All variants on one axis, the best at the top.
    var comparison: ReportPage.Chart {
        let rows = ranking.map { variant in
            let isBaseline = variant.name == content.baseline?.name
            let gain = SweepReportContent.gain(
                variant.validation?.mean, over: content.baseline?.validation)
            return DotPlot.Row(
                variant.name, detail: variant.description,
                values: [variant.validation, variant.test],
                texts: [isBaseline ? "baseline" : gain.map(SweepReportContent.text) ?? ""],
                isChosen: variant.name == content.chosen)
        }
        var plot = DotPlot(
            title: "Loss of every variant", xTitle: "loss",
            kinds: ["validation loss", "test loss"], rows: rows)
        plot.textTitles = ["gain"]
        plot.reference = content.baseline?.validation.map {
            LineChart.Mark(x: $0, label: "baseline")
        }
        return ReportPage.Chart(
            plot, text: "Lower is better. The dotted line is the baseline's validation loss.")
    }

    /// Validation curves of the best variants and the baseline.
    var leaders: ReportPage.Chart {
        var shown = Array(ranking.filter { !$0.validationCurve.isEmpty }.prefix(5))
        let others = ranking.filter { $0.name == content.baseline?.name && !shown.contains($0) }
        shown += others
        var chart = LineChart(
            title: "Validation loss of the best variants", yTitle: "loss", x: epochs(shown),
            series: shown.enumerated().map { number, variant in
                LineChart.Series(
                    variant.name, variant.validationCurve,
                    style: variant.name == content.baseline?.name ? .reference : .color(number))
            })
        chart.yExtent = extent(shown, lowest: shown.flatMap(\.validationCurve))
        return ReportPage.Chart(
            chart, text: "A dotted line leads from the last epoch of a variant to its name.")
    }

    /// One small chart per variant, all on the same axes.
    var panels: [ReportPage.Chart] {
        let shown = panelVariants
        let baseline = ranking.first { $0.name == content.baseline?.name }
        let extent = extent(shown, lowest: shown.flatMap { $0.validationCurve + $0.trainingCurve })
        return shown.map { variant in
            var series = [LineChart.Series("validation", variant.validationCurve, style: .color(0))]
            if !variant.trainingCurve.isEmpty {
                series.insert(.init("training", variant.trainingCurve, style: .thin(1)), at: 0)
            }
            if let baseline, baseline.name != variant.name {
                let curve = baseline.validationCurve
                series.insert(.init("baseline, validation", curve, style: .reference), at: 0)
            }
            var chart = LineChart(title: variant.name, yTitle: "", x: epochs(shown), series: series)
            chart.size = .panel
            chart.xTitle = ""
            chart.hasLabels = false
            chart.yExtent = extent
            chart.mark = variant.bestEpoch.map { LineChart.Mark(x: Double($0), label: "") }
            return ReportPage.Chart(chart, text: variant.description, showsNumbers: false)
        }
    }

    var key: Markup {
        let items: [(Markup, Markup)] = [
            ("line color-0", "validation"), ("line color-1 thin", "training"),
            ("line reference", "baseline, validation"),
        ]
        let parts = items.map { style, name -> Markup in
            """
            <span class="key"><svg viewBox="0 0 26 10" aria-hidden="true"><g class="\(style)">\
            <path d="M1 5L25 5"/></g></svg>\(name)</span>
            """
        }
        return """
            <p class="note keys">\(parts.joined())<span class="key">\
            <svg viewBox="0 0 26 10" aria-hidden="true"><g class="line color-0">\
            <circle class="ring" cx="13" cy="5" r="4"/></g></svg>best epoch</span></p>
            """
    }

    var panelNumbers: ReportTable {
        let shown = panelVariants
        let (places, count) = (epochs(shown), shown.map(\.validationCurve.count).max() ?? 0)
        var table = ReportTable(
            [.number("epoch")]
                + shown.flatMap { variant in
                    ["validation", "training"].map { .number($0, group: variant.name) }
                })
        for place in Thinning.even(count, count: 200) {
            let values = shown.flatMap { [$0.validationCurve, $0.trainingCurve] }.map { curve in
                place < curve.count ? NumberText.significant(curve[place], 5) : ""
            }
            table.append(["\(Int(places[place]))"] + values.map { "\($0)" })
        }
        return table
    }

    /// The variants with small charts: the best ones where there are very many.
    private var panelVariants: [SweepReportContent.Variant] {
        Array(ranking.filter { !$0.validationCurve.isEmpty }.prefix(24))
    }

    private func epochs(_ variants: [SweepReportContent.Variant]) -> [Double] {
        let count = variants.map(\.validationCurve.count).max() ?? 0
        return (0..<count).map { Double($0 + 1) }
    }

    /// A common scale on which the ends of the curves can be told apart: from the lowest of `lowest` to a little above
    /// the worst variant, without the steep fall of the first epochs.
    private func extent(_ variants: [SweepReportContent.Variant], lowest: [Double])
        -> ClosedRange<Double>?
    {
        let ends = variants.compactMap { $0.validation?.mean }.filter(PlotAxis.isDrawable)
        guard let best = ends.min(), let worst = ends.max(),
            let low = lowest.filter(PlotAxis.isDrawable).min()
        else { return nil }
        let room = max(worst - best, 0.05 * best.magnitude)
        return min(low, best)...(worst + 1.5 * room)
    }
}
