import TandemTestSupport
import Testing

@testable import TandemReports

@Suite("Charts")
struct ChartTests {
    private func chart(_ values: [Double]..., rule: AxisRule = .linear) -> LineChart {
        var chart = LineChart(
            title: "Loss", yTitle: "loss",
            x: (0..<(values.map(\.count).max() ?? 0)).map { Double($0 + 1) },
            series: values.enumerated().map {
                LineChart.Series("line \($0)", $1, style: .color($0))
            })
        chart.rule = rule
        return chart
    }

    private func parsed(_ chart: some ReportChart) throws -> ParsedPage {
        let page = try ParsedPage(chart.svg(identifier: "a").text)
        page.checkRules()
        return page
    }

    /// The points of the path of each line, one list per unbroken stretch.
    private func stretches(_ page: ParsedPage) -> [[String]] {
        page.all("path").filter { $0.parents.last == "g" }.map { element in
            (element.attributes["d"] ?? "").split(separator: "M").map(String.init)
        }
    }

    @Test("A value that is not finite breaks the line, and the chart says so")
    func gaps() throws {
        let broken = chart([3, 2, .nan, 1, 0.9, .infinity, 0.8])
        let page = try parsed(broken)
        #expect(stretches(page)[0].count == 2)
        // The value alone behind the last gap is a dot, and so is the end of the line.
        #expect(page.all("circle").count == 2)
        #expect(
            broken.notes
                == ["Gaps where values are missing or not finite: line 0 2 of 7."])
        #expect(chart([1, 2]).notes.isEmpty)
    }

    @Test("A chart without any finite value says so")
    func nothingToDraw() throws {
        for values in [[], [.nan], [.infinity, .nan]] as [[Double]] {
            let page = try parsed(chart(values))
            #expect(page.texts("text").contains("no finite value"))
        }
    }

    @Test("One epoch is a dot in the middle")
    func oneEpoch() throws {
        let page = try parsed(chart([0.5]))
        #expect(page.all("circle").count >= 1)
        #expect(stretches(page)[0].isEmpty)
        #expect(page.texts("text").filter { $0 == "1" }.count == 1)
    }

    @Test("Awkward values give finite coordinates", arguments: AxisRuleCase.allCases)
    func awkward(rule: AxisRuleCase) throws {
        for values in [
            [0, 0, 0], [7, 7], [1e300, 1], [.leastNonzeroMagnitude, 1], [-1e149, 1e149],
            [1e-12, 1e12],
            [5, 5.0000000001],
        ] as [[Double]] {
            _ = try parsed(chart(values, rule: rule.rule))
        }
    }

    enum AxisRuleCase: CaseIterable {
        case linear, fromZero, logarithmic

        var rule: AxisRule {
            switch self {
            case .linear: .linear
            case .fromZero: .linearFromZero
            case .logarithmic: .logarithmicWhereWide
            }
        }
    }

    @Test("Higher values lie higher, later ones further right")
    func directions() throws {
        let page = try parsed(chart([1, 3], [3, 1]))
        let points = stretches(page).map { stretch in
            stretch[0].split { " L".contains($0) }.compactMap { Double($0) }
        }
        #expect(points[0][0] < points[0][2])
        #expect(points[0][1] > points[0][3])
        #expect(points[1][1] < points[1][3])
    }

    @Test("Names stand at the line ends without overlap, and every number in the table")
    func labels() throws {
        let chart = chart([1, 0.50], [1, 0.51], [1, 0.505], [1, 9])
        let page = try parsed(chart)
        let labels = page.all("text", class: "label")
        #expect(labels.map(\.text) == ["line 0", "line 1", "line 2", "line 3"])
        let places = labels.compactMap { $0.attributes["y"].flatMap(Double.init) }.sorted()
        for (a, b) in zip(places.dropFirst(), places) { #expect(a - b >= 14.5) }
        let table = try ParsedPage(chart.table.markup.text)
        #expect(table.texts("td").contains("0.50500"))
        #expect(table.all("tr").count == 3)
    }

    @Test("Thousands of epochs stay small and keep the peak")
    func thousands() throws {
        var values = (1...5000).map { 1 / Double($0) + 0.5 }
        values[2500] = 40
        let chart = chart(values)
        let page = try parsed(chart)
        #expect(chart.svg(identifier: "a").text.utf8.count < 60_000)
        #expect(chart.table.markup.text.utf8.count < 30_000)
        #expect(chart.table.caption == "200 of 5,000 rows.")
        let highest = stretches(page)[0][0].split { " L".contains($0) }.compactMap { Double($0) }
            .enumerated().filter { $0.offset % 2 == 1 }.map(\.element).min()
        #expect(try #require(highest) < 40)
    }

    @Test("The same chart gives the same bytes")
    func deterministic() {
        let values = (1...300).map { Double($0 % 17) }
        #expect(chart(values).svg(identifier: "a") == chart(values).svg(identifier: "a"))
    }

    @Test("Names with markup in them are text")
    func escaping() throws {
        let name = #"<b onclick="x">&'"# + "\u{1}\u{FFFF}"
        let shown = "<b onclick=\"x\">&'\u{FFFD}\u{FFFD}"
        var line = chart([1, 2])
        line.title = name
        line.series[0].name = name
        line.mark = LineChart.Mark(x: 1, label: name)
        let page = try parsed(line)
        #expect(page.texts("title").first == shown)
        #expect(page.texts("text").filter { $0 == shown }.count == 2)
        let plot = DotPlot(
            title: name, xTitle: name, kinds: [name],
            rows: [DotPlot.Row(name, detail: name, values: [DotPlot.Value(1)], texts: [name])])
        #expect(try parsed(plot).texts("title").contains { $0.contains(shown + "\n") })
    }

    @Test("Rows of a dot plot lie below each other, with bars for their spread")
    func dotPlot() throws {
        var plot = DotPlot(
            title: "Variants", xTitle: "loss", kinds: ["validation", "test"],
            rows: [
                DotPlot.Row(
                    "a", values: [DotPlot.Value(1, deviation: 0.25), DotPlot.Value(2)],
                    isChosen: true),
                DotPlot.Row("b", values: [DotPlot.Value(2), nil]),
                DotPlot.Row("c", values: [DotPlot.Value(.nan)]),
            ])
        plot.reference = LineChart.Mark(x: 2, label: "baseline")
        let page = try parsed(plot)
        let points = page.all("circle", class: "point").dropFirst()
        let x = points.compactMap { $0.attributes["cx"].flatMap(Double.init) }
        let y = points.compactMap { $0.attributes["cy"].flatMap(Double.init) }
        #expect(x.count == 2 && x[0] < x[1] && y[0] < y[1])
        let bar = try #require(page.all("path", class: "spread").first?.attributes["d"])
        let ends = bar.split { " ML".contains($0) }.compactMap { Double($0) }
        #expect(abs((x[0] - ends[0]) - (x[1] - x[0]) / 4) < 0.2)
        #expect(abs((ends[2] - x[0]) - (x[1] - x[0]) / 4) < 0.2)
        let reference = try #require(page.all("line", class: "mark").first?.attributes["x1"])
        #expect(Double(reference) == x[1])
        #expect(page.all("rect", class: "band").count == 1)
        #expect(
            plot.notes == [
                "Bars reach one standard deviation to both sides.",
                "1 value is not finite and left out.",
            ])
    }
}
