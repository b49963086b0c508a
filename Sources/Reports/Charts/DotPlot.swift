import TandemBasics

/// Variants compared by dots on a common axis, one row each: means with bars for their spread.
///
/// Values that are not finite are left out of the drawing. The same plot always gives the same bytes.
public struct DotPlot: ReportChart, Equatable {
    /// A value and how far repeats spread around it.
    public struct Value: Sendable, Equatable {
        /// Mean, or the single value.
        public var mean: Double
        /// Standard deviation; `nil` for a single value.
        public var deviation: Double?

        /// A mean with its standard deviation.
        public init(_ mean: Double, deviation: Double? = nil) {
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

    /// One row.
    public struct Row: Sendable, Equatable {
        /// Name at the left.
        public var name: String
        /// What it is, shown when pointed at and in the table.
        public var detail: String
        /// One value per kind of mark, `nil` where there is none.
        public var values: [Value?]
        /// Texts at the right, behind the mean of the first kind.
        public var texts: [String]
        /// Whether the row stands out.
        public var isChosen: Bool

        /// A row with its marks and texts.
        public init(
            _ name: String, detail: String = "", values: [Value?], texts: [String] = [],
            isChosen: Bool = false
        ) {
            self.name = name
            self.detail = detail
            self.values = values
            self.texts = texts
            self.isChosen = isChosen
        }
    }

    /// What the plot shows.
    public var title: String
    /// Name of the axis, with its unit.
    public var xTitle: String
    /// Names of the kinds of mark: the first is filled, the others are hollow.
    public var kinds: [String]
    /// The rows from the top.
    public var rows: [Row]
    /// A value that all are compared with, drawn across the rows.
    public var reference: LineChart.Mark?
    /// Headings of the texts at the right.
    public var textTitles: [String] = []

    /// A plot of rows with marks of the given kinds.
    public init(title: String, xTitle: String, kinds: [String], rows: [Row]) {
        self.title = title
        self.xTitle = xTitle
        self.kinds = kinds
        self.rows = rows
    }

    /// The width of the page; as high as the rows need.
    public var size: ChartSize {
        ChartSize(width: 1000, height: 84 + 26 * Double(rows.count))
    }

    /// Says what the bars are, and what is left out.
    public var notes: [String] {
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

    /// The numbers behind the drawing.
    public var table: ReportTable {
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

    /// The drawing as an SVG element.
    public func svg(identifier: String) -> Markup {
        DotDrawing(self).svg(identifier: identifier)
    }
}

extension DotPlot.Row {
    func value(_ kind: Int) -> DotPlot.Value? { kind < values.count ? values[kind] : nil }
}
