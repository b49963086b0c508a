import TandemBasics

/// A line chart laid out on its drawing.
struct LineDrawing {
    private let chart: LineChart
    private let frame: PlotFrame
    private let labels: [EndLabel]

    /// A name at the end of a line.
    private struct EndLabel {
        let series: Int
        let text: String
        let endX: Double
        let endY: Double
        var y: Double
    }

    init(_ chart: LineChart) {
        self.chart = chart
        let room = chart.hasLabels ? Self.labelRoom(chart) : 14
        frame = PlotFrame(chart, labelRoom: room)
        labels = chart.hasLabels ? Self.place(chart, frame, room: room) : []
    }

    private static func labelRoom(_ chart: LineChart) -> Double {
        let limit = chart.size.width * 0.3
        let widths = chart.series.map { TextMeasure.width($0.name, isBold: true) }
        return min(limit, max(14, (widths.max() ?? 0) + 16))
    }

    private static func place(_ chart: LineChart, _ frame: PlotFrame, room: Double) -> [EndLabel] {
        var labels = chart.series.enumerated().compactMap { index, series -> EndLabel? in
            let drawn = chart.x.indices.filter { PlotAxis.isDrawable(series.value(at: $0)) }
            guard let last = drawn.last else { return nil }
            let y = frame.vertical.position(series.value(at: last))
            return EndLabel(
                series: index,
                text: TextMeasure.fitted(series.name, limit: room - 12, isBold: true),
                endX: frame.horizontal.position(chart.x[last]), endY: y, y: y)
        }
        let places = LabelLayout.place(
            labels.map(\.endY), spacing: 15, within: frame.top...frame.bottom)
        for (index, y) in places.enumerated() { labels[index].y = y }
        return labels
    }

    func svg(identifier: String) -> Markup {
        var parts = [frame.markup(yTitle: chart.yTitle, xTitle: chart.xTitle)]
        if let mark = chart.mark { parts.append(markup(of: mark)) }
        if !chart.series.contains(where: { $0.values.contains(where: PlotAxis.isDrawable) }) {
            parts.append(
                """
                <text class="empty" x="\((frame.left + frame.right) / 2)" \
                y="\((frame.top + frame.bottom) / 2)" text-anchor="middle">no finite value</text>
                """)
        }
        let lines = chart.series.indices.map(line).joined()
        parts.append(chart.yExtent == nil ? lines : cut(lines, identifier: identifier))
        parts += labels.map(markup(of:))
        parts.append(hoverColumns)
        return chart.svg(identifier: identifier, summary: summary, parts)
    }

    /// The lines as far as they lie between the axes.
    private func cut(_ lines: Markup, identifier: String) -> Markup {
        """
        <clipPath id="\(identifier)-area"><rect x="\(frame.left)" y="\(frame.top)" \
        width="\(frame.right - frame.left)" height="\(frame.bottom - frame.top)"/></clipPath>
        <g clip-path="url(#\(identifier)-area)">\(lines)</g>
        """
    }

    /// What the drawing shows, in words: where each line begins, turns and ends.
    private var summary: String {
        guard let first = chart.x.first, let last = chart.x.last else { return "No values yet." }
        let places =
            first == last
            ? "\(chart.xTitle) \(Int(first))"
            : "\(chart.xTitle) \(Int(first)) to \(NumberText.grouped(Int(last)))"
        let lines = chart.series.map { series in
            let values = chart.x.indices.map { series.value(at: $0) }.filter(PlotAxis.isDrawable)
            guard let begin = values.first, let end = values.last, let low = values.min(),
                let high = values.max()
            else { return "\(series.name): no finite value" }
            let text = [begin, end, low, high].map { NumberText.significant($0, 4) }
            return "\(series.name): first \(text[0]), last \(text[1]), "
                + "lowest \(text[2]), highest \(text[3])"
        }
        return "\(chart.yTitle), \(places). " + lines.map { $0 + "." }.joined(separator: " ")
    }

    /// The path of a line, broken at gaps, with a dot for each value that stands alone.
    private func line(_ number: Int) -> Markup {
        let series = chart.series[number]
        var path = ""
        var dots: [Markup] = []
        var run: [(x: Double, y: Double)] = []
        func end() {
            if run.count == 1 {
                dots.append(dot(run[0].x, run[0].y))
            } else {
                for (index, point) in run.enumerated() {
                    path += index == 0 ? "M" : index == 1 ? "L" : " "
                    path += Markup.coordinate(point.x) + " " + Markup.coordinate(point.y)
                }
            }
            run = []
        }
        let values = chart.x.indices.map { series.value(at: $0) }
        let buckets = Int((frame.right - frame.left) / 3)
        for place in Thinning.kept(values, buckets: buckets) {
            if PlotAxis.isDrawable(values[place]) {
                let x = frame.horizontal.position(chart.x[place])
                run.append((x, frame.vertical.position(values[place])))
            } else {
                end()
            }
        }
        end()
        return """
            <g class="line \(series.style.cssClass)"><path d="\(path)"/>\(dots.joined())\
            \(endDot(number))\(markDot(series))</g>
            """
    }

    private func dot(_ x: Double, _ y: Double) -> Markup {
        "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"2.8\"/>"
    }

    private func endDot(_ number: Int) -> Markup {
        labels.first { $0.series == number }.map { dot($0.endX, $0.endY) } ?? ""
    }

    /// A ring on the line at the marked place.
    private func markDot(_ series: LineChart.Series) -> Markup {
        guard let mark = chart.mark, let place = chart.x.firstIndex(of: mark.x),
            PlotAxis.isDrawable(series.value(at: place)), series.style.isMain
        else { return "" }
        return """
            <circle class="ring" cx="\(frame.horizontal.position(mark.x))" \
            cy="\(frame.vertical.position(series.value(at: place)))" r="4"/>
            """
    }

    private func markup(of mark: LineChart.Mark) -> Markup {
        let x = frame.horizontal.position(mark.x)
        // To the right of the lines' ends stand their names.
        let end = chart.hasLabels ? frame.right : chart.size.width
        let isAtEnd = x + TextMeasure.width(mark.label) + 6 > end
        let start = mark.label.isEmpty ? frame.top : frame.top - 10
        return """
            <line class="mark" x1="\(x)" x2="\(x)" y1="\(start)" y2="\(frame.bottom)"/>
            <text class="mark-label" x="\(isAtEnd ? x - 5 : x + 5)" y="\(frame.top - 5)" \
            text-anchor="\(isAtEnd ? "end" : "start")">\(mark.label)</text>
            """
    }

    private func markup(of label: EndLabel) -> Markup {
        let x = frame.right + 10
        let style = chart.series[label.series].style.cssClass
        var leader: Markup = ""
        if (label.y - label.endY).magnitude > 4 || frame.right - label.endX > 4 {
            leader = """
                <path class="leader" d="M\(label.endX + 5) \(label.endY)L\(frame.right + 1) \
                \(label.endY)L\(x - 2) \(label.y)"/>
                """
        }
        return """
            \(leader)<text class="label \(style)" x="\(x)" y="\(label.y + 4)">\(label.text)</text>
            """
    }

    /// Invisible columns that show their numbers when pointed at.
    private var hoverColumns: Markup {
        let places = Thinning.even(chart.x.count, count: Int((frame.right - frame.left) / 7))
        let centers = places.map { frame.horizontal.position(chart.x[$0]) }
        let middles = zip(centers, centers.dropFirst()).map { ($0 + $1) / 2 }
        let edges = [frame.left] + middles + [frame.right]
        return places.enumerated().map { index, place -> Markup in
            let (start, end) = (edges[index], edges[index + 1])
            let values = chart.series.map {
                "\($0.name) \(NumberText.significant($0.value(at: place), 4))"
            }
            let text =
                "\(chart.xTitle) \(NumberText.grouped(Int(chart.x[place])))\n"
                + values.joined(separator: "\n")
            return """
                <rect class="column" x="\(start)" y="\(frame.top)" width="\(max(0, end - start))" \
                height="\(frame.bottom - frame.top)"><title>\(text)</title></rect>
                """
        }.joined()
    }
}

extension LineChart.Series.Style {
    /// Whether the line is neither a companion nor for comparison.
    var isMain: Bool {
        if case .color = self { true } else { false }
    }

    /// The class that gives a line its colour; the palette begins anew after its last colour.
    var cssClass: String {
        switch self {
        case .color(let number): "color-\(number % 7)"
        case .thin(let number): "color-\(number % 7) thin"
        case .reference: "reference"
        }
    }
}

/// The axes of a line chart and the area between them.
struct PlotFrame {
    let horizontal: PlotAxis
    let vertical: PlotAxis
    let left, right, top, bottom: Double

    /// Lays the axes out, leaving room for the labels on both sides and for a mark's label above.
    init(_ chart: LineChart, labelRoom: Double) {
        top = (chart.yTitle.isEmpty ? 8 : 18) + ((chart.mark?.label ?? "").isEmpty ? 0 : 15)
        bottom = chart.size.height - 26
        vertical = chart.axis(from: bottom, to: top)
        let widths = vertical.ticks.labels.map { TextMeasure.width($0) }
        let xTitle = chart.xTitle.isEmpty ? 0 : TextMeasure.width(chart.xTitle)
        left = max(xTitle, widths.max() ?? 0) + 12
        right = max(left + 20, chart.size.width - labelRoom)
        let first = chart.x.first ?? 1
        horizontal = PlotAxis(
            wholeFrom: first, through: chart.x.last ?? 1,
            ticks: chart.size.horizontalTicks, from: left + 4, to: right - 4)
    }

    func markup(yTitle: String, xTitle: String) -> Markup {
        let rows = vertical.placed.map { y, label -> Markup in
            """
            <line class="grid" x1="\(left)" x2="\(right)" y1="\(y)" y2="\(y)"/>\
            <text x="\(left - 8)" y="\(y + 4)" text-anchor="end">\(label)</text>
            """
        }
        let line: Markup =
            "<line x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>"
        let columns = horizontal.placed.map { x, label -> Markup in
            """
            <line x1="\(x)" x2="\(x)" y1="\(bottom)" y2="\(bottom + 4)"/>\
            <text x="\(x)" y="\(bottom + 19)" text-anchor="middle">\(label)</text>
            """
        }
        let titles: Markup = """
            <text x="\(left - 8)" y="\(bottom + 19)" text-anchor="end">\(xTitle)</text>
            <text x="0" y="11">\(yTitle)</text>
            </g>
            """
        return (["<g class=\"axis\">"] + rows + [line] + columns + [titles]).joined()
    }
}
