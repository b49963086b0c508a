/// A table of a report.
package struct ReportTable: Sendable, Equatable {
    package struct Column: Sendable, Equatable {
        var title: String
        /// A heading that neighbouring columns share, above their titles.
        var group: String
        /// Whether its cells are numbers, which are aligned to the right.
        var isNumber: Bool

        package static func text(_ title: String, group: String = "") -> Column {
            Column(title: title, group: group, isNumber: false)
        }

        package static func number(_ title: String, group: String = "") -> Column {
            Column(title: title, group: group, isNumber: true)
        }
    }

    struct Row: Sendable, Equatable {
        let cells: [Markup]
        let isEmphasised: Bool
    }

    /// The first one names the rows.
    let columns: [Column]
    /// What has to be said about the table; nothing when empty.
    package var caption = ""
    private(set) var rows: [Row] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    package var isEmpty: Bool { rows.isEmpty }

    /// Appends a row; missing cells at its end stay empty.
    package mutating func append(_ cells: [Markup], isEmphasised: Bool = false) {
        rows.append(Row(cells: cells, isEmphasised: isEmphasised))
    }

    /// In a box that scrolls sideways when the page is too narrow.
    var markup: Markup {
        var parts: [Markup] = ["<div class=\"scroll\" tabindex=\"0\"><table>"]
        if !caption.isEmpty { parts.append("<caption>\(caption)</caption>") }
        if !columns.allSatisfy({ $0.title.isEmpty }) { parts.append("<thead>\(head)</thead>") }
        parts.append("<tbody>")
        parts += rows.map(markup(of:))
        parts.append("</tbody></table></div>")
        return parts.joined()
    }

    private var head: Markup {
        let titles = columns.map { column -> Markup in
            "<th scope=\"col\"\(cellClass(column))>\(column.title)</th>"
        }
        guard columns.contains(where: { !$0.group.isEmpty }) else {
            return "<tr>\(titles.joined())</tr>"
        }
        var groups: [Markup] = []
        var start = 0
        while start < columns.count {
            let group = columns[start].group
            let end = columns[start...].firstIndex { $0.group != group } ?? columns.count
            groups.append(
                group.isEmpty
                    ? "<td colspan=\"\(end - start)\"></td>"
                    : "<th scope=\"colgroup\" class=\"group\" colspan=\"\(end - start)\">\(group)</th>"
            )
            start = end
        }
        return "<tr>\(groups.joined())</tr><tr>\(titles.joined())</tr>"
    }

    private func markup(of row: Row) -> Markup {
        let cells = columns.indices.map { index -> Markup in
            let cell = index < row.cells.count ? row.cells[index] : ""
            let style = cellClass(columns[index])
            return index > 0
                ? "<td\(style)>\(cell)</td>" : "<th scope=\"row\"\(style)>\(cell)</th>"
        }
        let style: Markup = row.isEmphasised ? " class=\"chosen\"" : ""
        return "<tr\(style)>\(cells.joined())</tr>"
    }

    private func cellClass(_ column: Column) -> Markup {
        column.isNumber ? " class=\"number\"" : ""
    }
}
