/// A page that holds everything it shows: no script, picture or font is loaded from anywhere.
///
/// It is HTML that is also well-formed XML, light or dark as the reader's system is, and it can be printed. The same
/// content always gives the same bytes.
public struct ReportPage: Sendable {
    /// A named figure or fact.
    public struct Figure: Sendable, Equatable {
        /// What it is.
        public var label: String
        /// The figure.
        public var value: String
        /// What belongs to it, in small letters.
        public var detail: String

        /// A figure with its name and a remark.
        public init(_ label: String, _ value: String, detail: String = "") {
            self.label = label
            self.value = value
            self.detail = detail
        }
    }

    /// A chart with words above it and its numbers below.
    public struct Chart: Sendable {
        /// The chart.
        public var drawing: any ReportChart
        /// What is to be seen, in a sentence.
        public var text: String
        /// Whether its numbers stand below; without them they must stand elsewhere on the page.
        public var showsNumbers: Bool

        /// A chart with a sentence.
        public init(_ drawing: any ReportChart, text: String = "", showsNumbers: Bool = true) {
            self.drawing = drawing
            self.text = text
            self.showsNumbers = showsNumbers
        }
    }

    /// A piece of a section.
    public enum Block: Sendable {
        /// Charts of one size, beside each other where there is room.
        case charts([Chart])
        /// A table.
        case table(ReportTable)
        /// Figures in large letters.
        case figures([Figure])
        /// A table of numbers that appears when asked for.
        case numbers(ReportTable)
        /// Small tables with headings, beside each other where there is room.
        case tables([(heading: String, table: ReportTable)])
        /// Anything else.
        case markup(Markup)
    }

    /// The heading, also of the browser's window.
    public let title: String
    /// What kind of page it is, above the heading.
    public let kind: String
    /// The result in a sentence or two, below the heading.
    public var lead = ""
    /// Facts in small letters.
    public var facts: [Figure] = []
    /// The figures of the head, in large letters.
    public var figures: [Figure] = []
    /// Where the numbers come from, at the foot of the page.
    public var source = ""

    private var sections: [(heading: String, lead: Markup, blocks: [Block])] = []

    /// An empty page.
    public init(title: String, kind: String) {
        self.title = title
        self.kind = kind
    }

    /// Appends a part with a heading and a sentence or two.
    public mutating func append(_ heading: String, lead: Markup = "", _ blocks: [Block]) {
        sections.append((heading, lead, blocks))
    }

    /// The whole page.
    public var html: String {
        var charts = 0
        let body = sections.map { section -> Markup in
            let blocks = section.blocks.map { markup(of: $0, charts: &charts) }.joined()
            return """
                <section><h2>\(section.heading)</h2>\(paragraph(section.lead, "lead"))
                \(blocks)</section>
                """
        }.joined()
        let page: Markup = """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy" \
            content="default-src 'none'; style-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <title>\(title) · \(kind)</title>
            <style>
            \(ReportStyle.sheet)</style></head><body>
            \(header)
            <main>
            \(body)
            </main>
            <footer><p>\(source)</p></footer></body></html>

            """
        return page.text
    }

    private var header: Markup {
        let facts = facts.map { fact -> Markup in
            "<div><dt>\(fact.label)</dt><dd>\(fact.value)</dd></div>"
        }
        return """
            <header><p class="kind">\(kind)</p><h1>\(title)</h1>
            \(paragraph("\(lead)", "lead"))
            \(list(facts, "facts"))
            \(markup(of: figures))</header>
            """
    }

    private func markup(of figures: [Figure]) -> Markup {
        let items = figures.map { figure -> Markup in
            let detail: Markup =
                figure.detail.isEmpty ? "" : "<dd class=\"detail\">\(figure.detail)</dd>"
            return "<div><dt>\(figure.label)</dt><dd>\(figure.value)</dd>\(detail)</div>"
        }
        return list(items, "figures")
    }

    private func list(_ items: [Markup], _ style: Markup) -> Markup {
        items.isEmpty ? "" : "<dl class=\"\(style)\">\(items.joined())</dl>"
    }

    private func paragraph(_ content: Markup, _ style: Markup) -> Markup {
        content.text.isEmpty ? "" : "<p class=\"\(style)\">\(content)</p>"
    }

    private func markup(of block: Block, charts count: inout Int) -> Markup {
        switch block {
        case .charts(let charts):
            var parts: [Markup] = []
            for chart in charts {
                count += 1
                parts.append(markup(of: chart, number: count))
            }
            let width = charts.first?.drawing.size.width ?? 0
            return "<div class=\"charts \(Self.columns(width))\">\(parts.joined())</div>"
        case .table(let table):
            return table.markup
        case .figures(let figures):
            return markup(of: figures)
        case .numbers(let table):
            return numbers(table)
        case .tables(let tables):
            let parts = tables.map { part -> Markup in
                "<div><h3>\(part.heading)</h3>\(part.table.markup)</div>"
            }
            return "<div class=\"tables\">\(parts.joined())</div>"
        case .markup(let markup):
            return markup
        }
    }

    /// The class of charts of a width, by how many stand beside each other.
    private static func columns(_ width: Double) -> Markup {
        switch width {
        case ...ChartSize.panel.width: "four"
        case ...ChartSize.third.width: "three"
        case ...ChartSize.half.width: "two"
        default: "one"
        }
    }

    private func markup(of chart: Chart, number: Int) -> Markup {
        let words = ([chart.text] + chart.drawing.notes).filter { !$0.isEmpty }
        return """
            <figure><figcaption><h3>\(chart.drawing.title)</h3>\
            \(paragraph("\(words.joined(separator: " "))", "note"))</figcaption>
            <div class="scroll">\(chart.drawing.svg(identifier: "chart-\(number)"))</div>
            \(chart.showsNumbers ? numbers(chart.drawing.table) : "")</figure>
            """
    }

    private func numbers(_ table: ReportTable) -> Markup {
        table.isEmpty ? "" : "<details><summary>Numbers</summary>\(table.markup)</details>"
    }
}

/// A chart that a page can show.
public protocol ReportChart: Sendable {
    /// What the chart shows.
    var title: String { get }
    /// Size of the drawing.
    var size: ChartSize { get }
    /// What has to be said about the drawing in words.
    var notes: [String] { get }
    /// The numbers behind the drawing.
    var table: ReportTable { get }

    /// The drawing as an SVG element.
    ///
    /// - Parameter identifier: unlike all others on the page; made of letters, digits and hyphens.
    /// - Returns: one `svg` element.
    func svg(identifier: String) -> Markup
}

/// Width and height of a drawing in units that are about a pixel each.
public struct ChartSize: Sendable, Equatable {
    /// Width.
    public let width: Double
    /// Height.
    public let height: Double

    /// As wide as the page.
    public static let wide = ChartSize(width: 1000, height: 340)
    /// Two beside each other.
    public static let half = ChartSize(width: 484, height: 260)
    /// Three beside each other.
    public static let third = ChartSize(width: 314, height: 190)
    /// Four beside each other.
    public static let panel = ChartSize(width: 236, height: 140)

    var verticalTicks: Int { max(3, Int(height / 52)) }
    var horizontalTicks: Int { max(3, Int(width / 75)) }
}
