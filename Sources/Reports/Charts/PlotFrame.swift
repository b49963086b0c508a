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
        let widths = vertical.ticks.labels.map { TextMeasure.width($0, size: 12) }
        let xTitle = chart.xTitle.isEmpty ? 0 : TextMeasure.width(chart.xTitle, size: 12)
        left = max(xTitle, widths.max() ?? 0) + 12
        right = max(left + 20, chart.size.width - labelRoom)
        let first = chart.x.first ?? 1
        horizontal = PlotAxis(
            wholeFrom: first, through: chart.x.last ?? 1,
            ticks: chart.size.horizontalTicks, from: left + 4, to: right - 4)
    }

    /// Grid, axes and their labels.
    func markup(yTitle: String, xTitle: String) -> Markup {
        var parts: [Markup] = ["<g class=\"axis\">"]
        for (value, label) in zip(vertical.ticks.values, vertical.ticks.labels) {
            let y = vertical.position(value)
            parts.append(
                """
                <line class="grid" x1="\(left)" x2="\(right)" y1="\(y)" y2="\(y)"/>\
                <text x="\(left - 8)" y="\(y + 4)" text-anchor="end">\(label)</text>
                """)
        }
        parts.append("<line x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>")
        for (value, label) in zip(horizontal.ticks.values, horizontal.ticks.labels) {
            let x = horizontal.position(value)
            parts.append(
                """
                <line x1="\(x)" x2="\(x)" y1="\(bottom)" y2="\(bottom + 4)"/>\
                <text x="\(x)" y="\(bottom + 19)" text-anchor="middle">\(label)</text>
                """)
        }
        parts.append(
            "<text x=\"\(left - 8)\" y=\"\(bottom + 19)\" text-anchor=\"end\">\(xTitle)</text>")
        parts.append("<text x=\"0\" y=\"11\">\(yTitle)</text>")
        parts.append("</g>")
        return parts.joined()
    }
}
