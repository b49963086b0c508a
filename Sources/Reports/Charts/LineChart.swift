import TandemBasics

/// Values over epochs as lines, drawn as SVG.
///
/// Values that are not finite appear as gaps. The names stand at the ends of the lines, in their colours. The same chart
/// always gives the same bytes.
package struct LineChart: ReportChart, Equatable {
    /// One line.
    package struct Series: Sendable, Equatable {
        /// How a line looks.
        package enum Style: Sendable, Equatable {
            /// A colour of the palette, counted from 0.
            case color(Int)
            /// The same colour, thin, for what accompanies a line of it.
            case thin(Int)
            /// Grey, for what others are compared with.
            case reference
        }

        var name: String
        /// One value per place of the chart's `x`, from the first on; those that are not finite are gaps, and a line may
        /// end early.
        var values: [Double]
        var style: Style

        package init(_ name: String, _ values: [Double], style: Style) {
            self.name = name
            self.values = values
            self.style = style
        }

        func value(at place: Int) -> Double {
            place < values.count ? values[place] : .nan
        }
    }

    /// A place on the axis that is marked by a line across the chart.
    package struct Mark: Sendable, Equatable {
        var x: Double
        /// What stands above it.
        var label: String

        package init(x: Double, label: String) {
            self.x = x
            self.label = label
        }
    }

    package var title: String
    /// Name of the horizontal axis.
    package var xTitle = "epoch"
    /// Name of the vertical axis, with its unit.
    var yTitle: String
    /// Places on the horizontal axis, rising whole numbers.
    var x: [Double]
    package var series: [Series]
    /// How the vertical axis is divided.
    package var rule = AxisRule.linear
    /// A marked place, such as the best epoch.
    package var mark: Mark?
    package var size = ChartSize.wide
    /// Whether names stand at the ends of the lines.
    package var hasLabels = true
    /// Values that the vertical axis spans in place of the data's, for charts that are to have the same; lines are cut
    /// where they leave it.
    package var yExtent: ClosedRange<Double>?

    package init(title: String, yTitle: String, x: [Double], series: [Series]) {
        self.title = title
        self.yTitle = yTitle
        self.x = x
        self.series = series
    }

    package var notes: [String] {
        var notes: [String] = []
        if axis(from: 0, to: 1).isLogarithmic { notes.append("Logarithmic scale.") }
        let gaps = series.compactMap { line -> String? in
            let count = line.values.count { !PlotAxis.isDrawable($0) }
            guard count > 0 else { return nil }
            return "\(line.name) \(NumberText.grouped(count)) of "
                + NumberText.grouped(line.values.count)
        }
        if !gaps.isEmpty {
            notes.append(
                "Gaps where values are missing or not finite: \(gaps.joined(separator: ", ")).")
        }
        return notes
    }

    /// The numbers behind the drawing; of very many only some, which the caption says.
    package var table: ReportTable {
        let rows = Thinning.even(x.count, count: 200)
        var table = ReportTable([.number(xTitle)] + series.map { .number($0.name) })
        if rows.count < x.count {
            table.caption = "\(rows.count) of \(NumberText.grouped(x.count)) rows."
        }
        for place in rows {
            table.append(
                ["\(NumberText.grouped(Int(x[place])))"]
                    + series.map { "\(NumberText.significant($0.value(at: place), 5))" })
        }
        return table
    }

    func axis(from start: Double, to end: Double) -> PlotAxis {
        let values =
            yExtent.map { [$0.lowerBound, $0.upperBound] } ?? series.flatMap(\.values)
        return PlotAxis(rule, values: values, ticks: size.verticalTicks, from: start, to: end)
    }

    package func svg(identifier: String) -> Markup {
        LineDrawing(self).svg(identifier: identifier)
    }
}

/// Leaves out points of long lines that nobody could see.
package enum Thinning {
    /// The points to draw, at most about two per bucket of `values`: each bucket's lowest and highest.
    ///
    /// Peaks and the ends stay. Values that cannot be drawn are kept as one gap per bucket, so that no line crosses them.
    /// The result are positions in `values`, rising; all of them when there are few.
    static func kept(_ values: [Double], buckets: Int) -> [Int] {
        guard values.count > 3 * buckets else { return Array(values.indices) }
        var kept: [Int] = []
        for bucket in 0..<buckets {
            let range =
                bucket * values.count / buckets..<(bucket + 1) * values.count / buckets
            var chosen: Set<Int> = []
            if bucket == 0 { chosen.insert(range.lowerBound) }
            if bucket == buckets - 1 { chosen.insert(range.upperBound - 1) }
            let drawable = range.filter { PlotAxis.isDrawable(values[$0]) }
            if let low = drawable.min(by: { values[$0] < values[$1] }) { chosen.insert(low) }
            if let high = drawable.max(by: { values[$0] < values[$1] }) { chosen.insert(high) }
            if let gap = range.first(where: { !PlotAxis.isDrawable(values[$0]) }) {
                chosen.insert(gap)
            }
            kept += chosen.sorted()
        }
        return kept
    }

    /// About `count` positions of a list of `total`, evenly spread, the first and the last among them.
    package static func even(_ total: Int, count: Int) -> [Int] {
        guard total > count, count > 1 else { return Array(0..<total) }
        return (0..<count).map { $0 * (total - 1) / (count - 1) }
    }
}
