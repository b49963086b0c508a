import TandemBasics
import TandemReports

/// The charts of a run's history.
struct RunCharts {
    let history: [EpochRecord]
    /// The chosen epoch, when one has been chosen.
    let bestEpoch: Int?
    /// The configured learning rate, which the history's factors multiply.
    let learningRate: Double?

    private var epochs: [Double] { history.map { Double($0.epoch) } }
    private var groups: MetricGroups { MetricGroups(history) }

    /// Names of all loss terms.
    private var terms: [String] {
        NaturalOrder.sorted(Set(history.flatMap { $0.lossTerms.keys }))
    }

    private var mark: LineChart.Mark? {
        bestEpoch.map {
            LineChart.Mark(x: Double($0), label: "best: epoch \(NumberText.grouped($0))")
        }
    }

    private func chart(_ title: String, _ yTitle: String, _ series: [LineChart.Series])
        -> LineChart
    {
        var chart = LineChart(title: title, yTitle: yTitle, x: epochs, series: series)
        chart.mark = mark
        return chart
    }

    private func values(_ metric: String) -> [Double] {
        history.map { $0.metrics[metric] ?? .nan }
    }

    /// Total loss in training, and on other data where a metric is the same loss.
    var loss: ReportPage.Chart {
        let members = groups.losses
        var chart = chart(
            "Loss per epoch", "loss",
            [LineChart.Series("training", history.map(\.loss), style: .color(0))]
                + members.enumerated().map { number, member in
                    LineChart.Series(
                        member.label, values(member.metric), style: .color(number + 1))
                })
        chart.rule = .logarithmicWhereWide
        var text = "Training: mean over the epoch's examples while the weights change."
        if !members.isEmpty { text += " Validation: with the weights at the epoch's end." }
        if terms.count == 1 { text += " The only term is \(terms[0])." }
        return ReportPage.Chart(chart, text: text)
    }

    /// Every loss term by itself, when there are several.
    var lossTerms: [ReportPage.Chart] {
        guard terms.count > 1 else { return [] }
        let members = groups.terms
        var chart = chart(
            "Loss terms per epoch", "before weighting",
            terms.enumerated().map { number, term in
                LineChart.Series(
                    term, history.map { $0.lossTerms[term] ?? .nan }, style: .color(number))
            }
                + members.enumerated().map { number, member in
                    LineChart.Series(
                        member.label, values(member.metric), style: .color(terms.count + number))
                })
        chart.rule = .logarithmicWhereWide
        return [ReportPage.Chart(chart, text: "Each term before it is multiplied by its weight.")]
    }

    /// The metrics that are no loss, shares together.
    var metrics: [ReportPage.Chart] {
        let charts = groups.charts
        return charts.map { group in
            var chart = chart(
                group.title, "validation",
                group.metrics.enumerated().map { number, name in
                    LineChart.Series(name, values(name), style: .color(number))
                })
            chart.size = charts.count == 1 ? .wide : .half
            chart.hasLabels = group.metrics.count > 1
            return ReportPage.Chart(chart)
        }
    }

    /// How the run went: learning rate, gradient norm, time.
    var process: [ReportPage.Chart] {
        [rate, gradientNorm, seconds].map { pair in
            var chart = pair.0
            chart.size = .third
            chart.mark = nil
            chart.hasLabels = chart.series.count > 1
            return ReportPage.Chart(chart, text: pair.1)
        }
    }

    private var rate: (LineChart, String) {
        let factors = history.map(\.learningRateFactor)
        let base = learningRate ?? 1
        var chart = chart(
            learningRate == nil ? "Learning rate factor" : "Learning rate", "",
            [LineChart.Series("learning rate", factors.map { $0 * base }, style: .color(0))])
        chart.rule = .linearFromZero
        let isConstant = factors.allSatisfy { $0 == factors.first }
        return (chart, isConstant ? "The same in every epoch." : "In each epoch's last step.")
    }

    private var gradientNorm: (LineChart, String) {
        var chart = chart(
            "Gradient norm", "",
            [
                LineChart.Series(
                    "gradient norm", history.map(\.gradientNorm), style: .color(0))
            ])
        chart.rule = .logarithmicWhereWide
        return (chart, "Before clipping, in each epoch's last step.")
    }

    private var seconds: (LineChart, String) {
        var chart = chart(
            "Seconds per epoch", "",
            [
                LineChart.Series("training", history.map(\.trainingSeconds), style: .color(0)),
                LineChart.Series("evaluation", history.map(\.evaluationSeconds), style: .color(1)),
            ])
        chart.rule = .linearFromZero
        return (chart, "Training steps, and measuring the metrics.")
    }
}
