import TandemBasics

/// Variants compared by dots on a common axis, one row each: means with bars for their spread.
///
/// Values that are not finite are left out of the drawing. The same plot always gives the same bytes.
package struct DotPlot: ReportChart, Equatable {
    /// A value and how far repeats spread around it.
    package struct Value: Sendable, Equatable {
        package var mean: Double
        /// Standard deviation; `nil` for a single value.
        package var deviation: Double?

        package init(_ mean: Double, deviation: Double? = nil) {
            self.mean = mean
            self.deviation = deviation
        }

        /// The ends of the bar, or the value alone.
        var extent: [Double] {
            guard let deviation else { return [mean] }
            return [mean - deviation, mean + deviation]
        }

        package var text: String {
            let mean = NumberText.significant(mean, 4)
            guard let deviation else { return mean }
            return "\(mean) ± \(NumberText.significant(deviation, 2))"
        }
    }

    package struct Row: Sendable, Equatable {
        var name: String
        /// What it is, shown when pointed at and in the table.
        var detail: String
        /// One value per kind of mark, `nil` where there is none.
        var values: [Value?]
        /// Texts at the right, behind the mean of the first kind.
        var texts: [String]
        var isChosen: Bool

        package init(
            _ name: String, detail: String = "", values: [Value?], texts: [String] = [],
            isChosen: Bool = false
        ) {
            self.name = name
            self.detail = detail
            self.values = values
            self.texts = texts
            self.isChosen = isChosen
        }

        func value(_ kind: Int) -> Value? { kind < values.count ? values[kind] : nil }

        fileprivate func text(_ column: Int) -> String {
            guard column > 0 else {
                return value(0).map { NumberText.significant($0.mean, 4) } ?? ""
            }
            return column <= texts.count ? texts[column - 1] : ""
        }
    }

    package let title: String
    /// Name of the axis, with its unit.
    let xTitle: String
    /// Names of the kinds of mark: the first is filled, the others are hollow.
    let kinds: [String]
    let rows: [Row]
    /// A value that all are compared with, drawn across the rows.
    package var reference: LineChart.Mark?
    /// Headings of the texts at the right.
    package var textTitles: [String] = []

    package init(title: String, xTitle: String, kinds: [String], rows: [Row]) {
        self.title = title
        self.xTitle = xTitle
        self.kinds = kinds
        self.rows = rows
    }

    package var size: ChartSize { ChartSize(width: 1000, height: 84 + 26 * Double(rows.count)) }

    package var notes: [String] {
        let values = rows.flatMap { $0.values.compactMap { $0 } }
        var notes: [String] = []
        if values.contains(where: { $0.deviation != nil }) {
            notes.append("Bars reach one standard deviation to both sides.")
        }
        let missing = values.count { !PlotAxis.isDrawable($0.mean) }
        if missing > 0 {
            notes.append(
                "\(missing) \(missing == 1 ? "value is" : "values are") not finite and left out.")
        }
        return notes
    }

    package var table: ReportTable {
        var table = ReportTable(
            [.text("name"), .text("what it is")] + kinds.map { .number($0) }
                + textTitles.map { .number($0) })
        for row in rows {
            let values = kinds.indices.map { row.value($0)?.text ?? "" }
            table.append(
                ["\(row.name)", "\(row.detail)"] + (values + row.texts).map { "\($0)" },
                isEmphasised: row.isChosen)
        }
        return table
    }

    package func svg(identifier: String) -> Markup {
        let drawing = DotDrawing(self)
        return svg(identifier: identifier, summary: drawing.summary, drawing.parts)
    }

    /// Headings of the columns at the right: the mean of the first kind of mark, then the texts.
    fileprivate var columnTitles: [String] { kinds.prefix(1) + textTitles }

    /// The kinds of mark of a row with their values, as text.
    fileprivate func texts(of row: Row) -> [String] {
        kinds.indices.compactMap { kind in row.value(kind).map { "\(kinds[kind]) \($0.text)" } }
    }
}

/// A dot plot laid out on its drawing.
private struct DotDrawing {
    private let plot: DotPlot
    private let axis: PlotAxis
    private let left, right: Double
    private let top = 50.0
    private let rowHeight = 26.0
    /// The right ends of the columns of texts.
    private let textEnds: [Double]
    private let nameLimit: Double

    init(_ plot: DotPlot) {
        self.plot = plot
        let width = plot.size.width
        nameLimit = width * 0.3
        let names = plot.rows.map { TextMeasure.width($0.name) * 1.05 }
        left = min(nameLimit, names.max() ?? 0) + 26
        var ends: [Double] = []
        var end = width - 8
        for column in plot.columnTitles.indices.reversed() {
            let texts = [plot.columnTitles[column]] + plot.rows.map { $0.text(column) }
            ends.insert(end, at: 0)
            end -= (texts.map { TextMeasure.width($0) }.max() ?? 0) + 18
        }
        textEnds = ends
        right = max(left + 100, ends.isEmpty ? width - 24 : end - 4)
        let values = plot.rows.flatMap { $0.values.compactMap { $0 }.flatMap(\.extent) }
        axis = PlotAxis(
            .linear, values: values + (plot.reference.map { [$0.x] } ?? []),
            ticks: max(3, Int((right - left) / 110)), from: left, to: right)
    }

    private var bottom: Double { top + rowHeight * Double(plot.rows.count) }

    var parts: [Markup] {
        let bands = plot.rows.enumerated().filter(\.element.isChosen).map { number, _ -> Markup in
            """
            <rect class="band" x="0" y="\(y(number) - rowHeight / 2)" width="\(plot.size.width)" \
            height="\(rowHeight)"/>
            """
        }
        let titles = zip(textEnds, plot.columnTitles).map { end, title -> Markup in
            """
            <text class="quiet" x="\(end)" y="\(top - 10)" text-anchor="end">\(title)</text>
            """
        }
        return bands + [axisMarkup, legend, referenceMarkup] + titles
            + plot.rows.indices.map(markup(ofRow:))
    }

    /// How far the kinds of mark lie below each other, so that the bars of one do not cross the marks of another.
    private var barShift: Double {
        plot.rows.contains { $0.values.contains { $0?.deviation != nil } } ? 7 : 0
    }

    var summary: String {
        let rows = plot.rows.map { "\($0.name): \(plot.texts(of: $0).joined(separator: ", "))" }
        let reference = plot.reference.map { " Compared with \($0.label)." } ?? ""
        return "\(plot.xTitle).\(reference) " + rows.joined(separator: "; ")
    }

    private func y(_ row: Int) -> Double { top + rowHeight * (Double(row) + 0.5) }

    private var axisMarkup: Markup {
        let ticks = axis.placed.map { x, label -> Markup in
            """
            <line class="grid" x1="\(x)" x2="\(x)" y1="\(top)" y2="\(bottom)"/>\
            <text x="\(x)" y="\(bottom + 19)" text-anchor="middle">\(label)</text>
            """
        }
        let line: Markup = """
            <line x1="\(left)" x2="\(right)" y1="\(bottom)" y2="\(bottom)"/>\
            <text x="\(left - 26)" y="\(bottom + 19)" text-anchor="end">\(plot.xTitle)</text></g>
            """
        return (["<g class=\"axis\">"] + ticks + [line]).joined()
    }

    /// Names of the kinds of mark, each behind its mark.
    private var legend: Markup {
        var x = left
        return plot.kinds.enumerated().map { kind, name -> Markup in
            defer { x += TextMeasure.width(name) + 40 }
            return """
                <g class="color-\(kind % 7)">\(mark(kind, x: x + 4, y: 8))\
                <text class="label" x="\(x + 14)" y="12">\(name)</text></g>
                """
        }.joined()
    }

    private var referenceMarkup: Markup {
        guard let reference = plot.reference, PlotAxis.isDrawable(reference.x) else { return "" }
        let x = axis.position(reference.x)
        let isAtEnd = x + TextMeasure.width(reference.label) > right
        return """
            <line class="mark" x1="\(x)" x2="\(x)" y1="\(top - 6)" y2="\(bottom)"/>\
            <text class="mark-label" x="\(x)" y="\(top - 10)" \
            text-anchor="\(isAtEnd ? "end" : "middle")">\(reference.label)</text>
            """
    }

    private func markup(ofRow number: Int) -> Markup {
        let row = plot.rows[number]
        let y = y(number)
        let style = row.isChosen ? "strong" : ""
        let name = TextMeasure.fitted(row.name, limit: nameLimit)
        var parts: [Markup] = [
            """
            <g><text class="\(style)" x="\(left - 26)" y="\(y + 4)" text-anchor="end">\(name)</text>
            """
        ]
        // The first kind is drawn last, so that it lies on top.
        for kind in plot.kinds.indices.reversed() {
            guard let value = row.value(kind), PlotAxis.isDrawable(value.mean) else { continue }
            let y = y + Double(kind) * barShift - Double(plot.kinds.count - 1) * barShift / 2
            parts.append("<g class=\"color-\(kind % 7)\">")
            if let deviation = value.deviation, PlotAxis.isDrawable(deviation) {
                let ends = value.extent.map { Markup.coordinate(axis.position($0)) }
                parts.append(
                    "<path class=\"spread\" d=\"M\(ends[0]) \(y)L\(ends[1]) \(y)\"/>")
            }
            parts.append(mark(kind, x: axis.position(value.mean), y: y))
            parts.append("</g>")
        }
        for (column, end) in textEnds.enumerated() {
            parts.append(
                """
                <text class="\(style)" x="\(end)" y="\(y + 4)" \
                text-anchor="end">\(row.text(column))</text>
                """)
        }
        let lines = ([row.name, row.detail] + plot.texts(of: row)).filter { !$0.isEmpty }
        parts.append(
            """
            <rect class="column" x="0" y="\(y - rowHeight / 2)" width="\(plot.size.width)" \
            height="\(rowHeight)"><title>\(lines.joined(separator: "\n"))</title></rect></g>
            """)
        return parts.joined()
    }

    /// A filled circle for the first kind, hollow diamonds for the others.
    private func mark(_ kind: Int, x: Double, y: Double) -> Markup {
        guard kind > 0 else {
            return "<circle class=\"point\" cx=\"\(x)\" cy=\"\(y)\" r=\"5.5\"/>"
        }
        return """
            <path class="point hollow" d="M\(x - 5) \(y)L\(x) \(y - 5)L\(x + 5) \(y)\
            L\(x) \(y + 5)Z"/>
            """
    }
}
