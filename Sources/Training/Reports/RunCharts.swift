import TandemBasics
import TandemReports

/// The charts of a run's history.
struct RunCharts {
    let history: [EpochRecord]
    let bestEpoch: Int?
    /// The configured learning rate, which the history's factors multiply.
    let learningRate: Double?

    private var epochs: [Double] { history.map { Double($0.epoch) } }
    private var groups: MetricGroups { MetricGroups(history) }

    private var terms: [String] {
        NaturalOrder.sorted(Set(history.flatMap { $0.lossTerms.keys }))
    }

    /// A chart over the epochs with a line in a colour of its own for each list of values.
    private func chart(
        _ title: String, _ yTitle: String, rule: AxisRule = .linear,
        _ lines: [(name: String, values: [Double])]
    ) -> LineChart {
        // `hit@5@copy` is what `hit@5` is compared with.
        func isReference(_ name: String) -> Bool {
            lines.contains { name.hasPrefix($0.name + "@") }
        }
        var colors = 0
        let series = lines.map { line in
            if isReference(line.name) {
                return LineChart.Series(line.name, line.values, style: .reference)
            }
            colors += 1
            return LineChart.Series(line.name, line.values, style: .color(colors - 1))
        }
        var chart = LineChart(title: title, yTitle: yTitle, x: epochs, series: series)
        chart.rule = rule
        chart.mark = bestEpoch.map {
            LineChart.Mark(x: Double($0), label: "best: epoch \(NumberText.grouped($0))")
        }
        return chart
    }

    private func lines(_ members: [MetricGroups.Member]) -> [(name: String, values: [Double])] {
        members.map { ($0.label, values($0.metric)) }
    }

    private func values(_ metric: String) -> [Double] {
        history.map { $0.metrics[metric] ?? .nan }
    }

    /// Total loss in training, and on other data where a metric is the same loss.
    var loss: ReportPage.Chart {
        let members = groups.losses
        let chart = chart(
            "Loss per epoch", "loss", rule: .logarithmicWhereWide,
            [("training", history.map(\.loss))] + lines(members))
        var text = "Training: mean over the epoch's examples while the weights change."
        if !members.isEmpty { text += " Validation: with the weights at the epoch's end." }
        if terms.count == 1 { text += " The only term is \(terms[0])." }
        return ReportPage.Chart(chart, text: text)
    }

    /// Every loss term by itself, when there are several.
    var lossTerms: [ReportPage.Chart] {
        guard terms.count > 1 else { return [] }
        let training = terms.map { term in (term, history.map { $0.lossTerms[term] ?? .nan }) }
        let chart = chart(
            "Loss terms per epoch", "before weighting", rule: .logarithmicWhereWide,
            training + lines(groups.terms))
        return [ReportPage.Chart(chart, text: "Each term before it is multiplied by its weight.")]
    }

    /// The metrics that are no loss, shares together.
    var metrics: [ReportPage.Chart] {
        let charts = groups.charts
        return charts.map { group in
            var chart = chart(
                group.title, "validation", group.metrics.map { ($0, values($0)) })
            chart.size = charts.count == 1 ? .wide : .half
            chart.hasLabels = group.metrics.count > 1
            return ReportPage.Chart(chart)
        }
    }

    /// How the run went: learning rate, gradient norm, time.
    var process: [ReportPage.Chart] {
        let factors = history.map(\.learningRateFactor)
        let rates = factors.map { $0 * (learningRate ?? 1) }
        let isConstant = factors.allSatisfy { $0 == factors.first }
        let pairs = [
            (
                chart(
                    learningRate == nil ? "Learning rate factor" : "Learning rate", "",
                    rule: .linearFromZero, [("learning rate", rates)]),
                isConstant ? "The same in every epoch." : "In each epoch's last step."
            ),
            (
                chart(
                    "Gradient norm", "", rule: .logarithmicWhereWide,
                    [("gradient norm", history.map(\.gradientNorm))]),
                "Before clipping, in each epoch's last step."
            ),
            (
                chart(
                    "Seconds per epoch", "", rule: .linearFromZero,
                    [
                        ("training", history.map(\.trainingSeconds)),
                        ("evaluation", history.map(\.evaluationSeconds)),
                    ]),
                "Training steps, and measuring the metrics."
            ),
        ]
        return pairs.map { pair in
            var chart = pair.0
            chart.size = .third
            chart.mark = nil
            chart.hasLabels = chart.series.count > 1
            return ReportPage.Chart(chart, text: pair.1)
        }
    }
}

/// Which metrics of a run are drawn together, by their names and values alone: the report knows no recipe.
struct MetricGroups: Equatable {
    /// Metrics that are the total loss of other data, by the name they have on its chart.
    var losses: [Member] = []
    /// Metrics that are a loss term of other data.
    var terms: [Member] = []
    /// Metrics that are drawn by themselves, each list on one chart.
    var charts: [Chart] = []

    struct Member: Equatable {
        let metric: String
        let label: String
    }

    struct Chart: Equatable {
        let title: String
        let metrics: [String]
    }

    /// More lines than this nobody can tell apart.
    private static let linesPerChart = 6
    private static let errorWords = [
        "error", "loss", "mse", "mae", "deviation", "distance", "perplexity",
    ]

    init(_ history: [EpochRecord]) {
        let terms = NaturalOrder.sorted(Set(history.flatMap { $0.lossTerms.keys }))
        let names = NaturalOrder.sorted(Set(history.flatMap { $0.metrics.keys }))
        var shares: [String] = []
        for name in names {
            let subject = Self.withoutDataName(name)
            let term = terms.first { $0.lowercased() == subject }
            if subject == "loss" || (terms.count == 1 && term != nil) {
                losses.append(Member(metric: name, label: losses.isEmpty ? "validation" : name))
            } else if let term {
                self.terms.append(Member(metric: name, label: "\(term), validation"))
            } else if Self.isShare(name, history) {
                shares.append(name)
            } else {
                charts.append(Chart(title: name, metrics: [name]))
            }
        }
        let groups = Self.groups(shares)
        charts =
            groups.map { Chart(title: Self.title($0, isOnly: groups.count == 1), metrics: $0) }
            + charts
    }

    /// Names in lists of a few each: one list where they fit, else those that differ only behind an `@` by themselves.
    private static func groups(_ names: [String]) -> [[String]] {
        if names.count <= linesPerChart { return [names].filter { !$0.isEmpty } }
        func stem(_ name: String) -> Substring { name.prefix { $0 != "@" } }
        let families = Dictionary(grouping: names, by: stem)
        let single = names.filter { families[stem($0)]?.count == 1 }
        let larger = families.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
        return ([single] + larger).flatMap { names in
            stride(from: 0, to: names.count, by: linesPerChart).map {
                Array(names.dropFirst($0).prefix(linesPerChart))
            }
        }
    }

    private static func title(_ metrics: [String], isOnly: Bool) -> String {
        metrics.count > 4 && isOnly
            ? "Metrics between 0 and 1" : metrics.joined(separator: ", ")
    }

    /// `validationLoss` and `val_loss` are both `loss`.
    private static func withoutDataName(_ name: String) -> String {
        var text = name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        for prefix in ["validation", "valid", "val"] where text.hasPrefix(prefix) {
            text.removeFirst(prefix.count)
            break
        }
        return text
    }

    /// Whether all values lie between 0 and 1 and the name is not that of an error, which has a unit of its own.
    private static func isShare(_ name: String, _ history: [EpochRecord]) -> Bool {
        let lowercased = name.lowercased()
        guard !errorWords.contains(where: lowercased.contains) else { return false }
        let values = history.compactMap { $0.metrics[name] }.filter(\.isFinite)
        return !values.isEmpty && values.allSatisfy { (0...1).contains($0) }
    }
}

/// The order in which people list names: numbers in them by value, `hit@5` before `hit@10`.
enum NaturalOrder {
    static func sorted(_ names: some Sequence<String>) -> [String] {
        names.map { ($0, parts($0)) }.sorted { precedes($0.1, $1.1) }.map(\.0)
    }

    /// A run of digits or a run of anything else.
    private typealias Part = (text: String, number: Int?)

    private static func parts(_ name: String) -> [Part] {
        var parts: [Part] = []
        var rest = name[...]
        while let first = rest.first {
            let isDigit = first.isASCII && first.isNumber
            let run = rest.prefix { ($0.isASCII && $0.isNumber) == isDigit }
            parts.append((String(run), isDigit ? Int(run) : nil))
            rest = rest.dropFirst(run.count)
        }
        return parts
    }

    private static func precedes(_ left: [Part], _ right: [Part]) -> Bool {
        for (a, b) in zip(left, right) where a.text != b.text {
            if let x = a.number, let y = b.number, x != y { return x < y }
            return a.text < b.text
        }
        return left.count < right.count
    }
}
