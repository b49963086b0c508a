/// A page that holds everything it shows: no script, picture or font is loaded from anywhere.
///
/// It is HTML that is also well-formed XML, light or dark as the reader's system is, and it can be printed. The same
/// content always gives the same bytes.
package struct ReportPage: Sendable {
    package struct Figure: Sendable, Equatable {
        var label: String
        var value: String
        /// What belongs to it, in small letters.
        var detail: String

        package init(_ label: String, _ value: String, detail: String = "") {
            self.label = label
            self.value = value
            self.detail = detail
        }

        /// Those of the facts that have a value.
        package static func known(_ facts: KeyValuePairs<String, String?>) -> [Figure] {
            facts.compactMap { label, value in value.map { Figure(label, $0) } }
        }
    }

    /// A chart with words above it and its numbers below.
    package struct Chart: Sendable {
        package var drawing: any ReportChart
        /// What is to be seen, in a sentence.
        var text: String
        /// Whether its numbers stand below; without them they must stand elsewhere on the page.
        var showsNumbers: Bool

        package init(_ drawing: any ReportChart, text: String = "", showsNumbers: Bool = true) {
            self.drawing = drawing
            self.text = text
            self.showsNumbers = showsNumbers
        }
    }

    package enum Block: Sendable {
        /// Charts of one size, beside each other where there is room.
        case charts([Chart])
        case table(ReportTable)
        /// Figures in large letters.
        case figures([Figure])
        /// A table of numbers that appears when asked for.
        case numbers(ReportTable)
        /// Small tables with headings, beside each other where there is room.
        case tables([(heading: String, table: ReportTable)])
        case markup(Markup)
    }

    package let title: String
    /// What kind of page it is, above the heading.
    package let kind: String
    /// The result in a sentence or two, below the heading.
    package var lead = ""
    /// In small letters.
    package var facts: [Figure] = []
    /// In large letters.
    package var figures: [Figure] = []
    /// Where the numbers come from, at the foot of the page.
    package var source = ""

    private var sections: [(heading: String, lead: Markup, blocks: [Block])] = []

    package init(title: String, kind: String) {
        self.title = title
        self.kind = kind
    }

    package mutating func append(_ heading: String, lead: Markup = "", _ blocks: [Block]) {
        sections.append((heading, lead, blocks))
    }

    package var html: String {
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
            let parts = charts.enumerated().map { markup(of: $1, number: count + $0 + 1) }
            count += charts.count
            let width = charts.first?.drawing.size.width ?? 0
            return "<div class=\"charts \(Self.columns(width))\">\(parts.joined())</div>"
        case .table(let table): return table.markup
        case .figures(let figures): return markup(of: figures)
        case .numbers(let table): return numbers(table)
        case .tables(let tables):
            let parts = tables.map { part -> Markup in
                "<div><h3>\(part.heading)</h3>\(part.table.markup)</div>"
            }
            return "<div class=\"tables\">\(parts.joined())</div>"
        case .markup(let markup): return markup
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
package protocol ReportChart: Sendable {
    /// What the chart shows, for those who cannot see it too.
    var title: String { get }
    var size: ChartSize { get }
    /// What has to be said about the drawing in words.
    var notes: [String] { get }
    var table: ReportTable { get }

    /// The drawing as one SVG element; `identifier` is unlike all others on the page, made of letters, digits and hyphens.
    func svg(identifier: String) -> Markup
}

extension ReportChart {
    /// The element around the `parts` of a drawing, with what it shows in words.
    func svg(identifier: String, summary: String, _ parts: [Markup]) -> Markup {
        """
        <svg class="chart" viewBox="0 0 \(size.width) \(size.height)" role="img" \
        aria-labelledby="\(identifier)-title \(identifier)-text">
        <title id="\(identifier)-title">\(title)</title>
        <desc id="\(identifier)-text">\(summary)</desc>
        \(parts.joined())
        </svg>
        """
    }
}

/// Width and height of a drawing in units that are about a pixel each.
package struct ChartSize: Sendable, Equatable {
    let width: Double
    let height: Double

    /// As wide as the page.
    package static let wide = ChartSize(width: 1000, height: 340)
    /// Two beside each other.
    package static let half = ChartSize(width: 484, height: 260)
    /// Three beside each other.
    package static let third = ChartSize(width: 314, height: 190)
    /// Four beside each other.
    package static let panel = ChartSize(width: 236, height: 140)

    var verticalTicks: Int { max(3, Int(height / 52)) }
    var horizontalTicks: Int { max(3, Int(width / 75)) }
}
