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
                texts: [
                    variant.validation.map { NumberText.significant($0.mean, 4) } ?? "",
                    isBaseline ? "baseline" : gain.map(NumberText.change) ?? "",
                ], isChosen: variant.name == content.chosen)
        }
        var plot = DotPlot(
            title: "Loss of every variant", xTitle: "loss",
            kinds: ["validation loss", "test loss"], rows: rows)
        plot.textTitles = ["validation", "gain"]
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
        let count = shown.map(\.validationCurve.count).max() ?? 0
        var chart = LineChart(
            title: "Validation loss of the best variants", yTitle: "loss",
            x: (0..<count).map { Double($0 + 1) },
            series: shown.enumerated().map { number, variant in
                LineChart.Series(
                    variant.name, variant.validationCurve,
                    style: variant.name == content.baseline?.name ? .reference : .color(number))
            })
        chart.yExtent = extent(shown.flatMap(\.validationCurve))
        return ReportPage.Chart(
            chart, text: "A dotted line leads from the last epoch of a variant to its name.")
    }

    /// One small chart per variant, all on the same axes.
    var panels: [ReportPage.Chart] {
        let shown = ranking.filter { !$0.validationCurve.isEmpty }
        let baseline = shown.first { $0.name == content.baseline?.name }
        let count = shown.map(\.validationCurve.count).max() ?? 0
        let extent = extent(shown.flatMap { $0.validationCurve + $0.trainingCurve.dropFirst() })
        return shown.map { variant in
            var series: [LineChart.Series] = []
            if let baseline, baseline.name != variant.name {
                series.append(
                    LineChart.Series(
                        "baseline, validation", baseline.validationCurve, style: .reference))
            }
            if !variant.trainingCurve.isEmpty {
                series.append(
                    LineChart.Series("training", variant.trainingCurve, style: .thin(1)))
            }
            series.append(
                LineChart.Series("validation", variant.validationCurve, style: .color(0)))
            let length = series.map(\.values.count).max() ?? 0
            var chart = LineChart(
                title: variant.name, yTitle: "", x: (0..<length).map { Double($0 + 1) },
                series: series)
            chart.size = .panel
            chart.xTitle = ""
            chart.hasLabels = false
            chart.xEnd = Double(count)
            chart.yExtent = extent
            chart.mark = variant.bestEpoch.map { LineChart.Mark(x: Double($0), label: "") }
            return ReportPage.Chart(chart, text: variant.description)
        }
    }

    /// What the lines of the small charts are.
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
            <svg viewBox="0 0 26 10" aria-hidden="true"><line class="mark" x1="13" x2="13" \
            y1="0" y2="10"/></svg>best epoch</span></p>
            """
    }

    /// A common scale on which the ends of the curves can be told apart: without the highest twentieth of the values,
    /// which belong to the first epochs.
    private func extent(_ values: [Double]) -> ClosedRange<Double>? {
        let sorted = values.filter(PlotAxis.isDrawable).sorted()
        guard let low = sorted.first else { return nil }
        return low...sorted[(sorted.count - 1) * 19 / 20]
    }
}
