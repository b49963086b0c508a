import TandemBasics
import TandemReports
import TandemDatasets

/// Test figures of any shape: the report knows no recipe.
///
/// A list of objects, or an object of objects, gives a table with one row each; of any other object every value is shown
/// by itself. An object that holds objects of objects is a whole report: its single numbers come first, then such an object
/// as a table, together with its neighbours that have the keys of the rows, then its other objects as small tables. Lists in
/// it, such as those of examples, are left to the file.
package enum TestFigures {
    /// What to show: nothing where there are no values.
    static func blocks(_ figures: JSONValue) -> [ReportPage.Block] {
        if let rows = rows(figures) { return [.table(wide(rows))] }
        if let report = report(figures) { return report }
        let leaves = leaves(figures, path: [])
        if leaves.isEmpty { return [] }
        return [.figures(leaves.map { ReportPage.Figure($0.title, text($0.value)) })]
    }

    private static func report(_ figures: JSONValue) -> [ReportPage.Block]? {
        var members = (figures.orderedMembers ?? []).filter { $0.value.elements == nil }
        guard let place = members.firstIndex(where: { objects(in: $0.value).count > 1 }) else {
            return nil
        }
        let compared = members.remove(at: place)
        var rows = objects(in: compared.value)
        let keys = Set(rows[0].value.orderedMembers?.map(\.name) ?? [])
        for member in members where Set(member.value.orderedMembers?.map(\.name) ?? []) == keys {
            rows.insert((member.name, member.value), at: 0)
        }
        let names = Set(rows.map(\.name))
        members.removeAll { names.contains($0.name) }
        let single = members.filter {
            $0.value.orderedMembers == nil && $0.value.stringValue == nil
        }
        let sections = members.filter { $0.value.orderedMembers != nil }
        return [
            .figures(single.map { ReportPage.Figure(words($0.name), text($0.value)) }),
            .table(wide(rows)), .tables(sections.map { (words($0.name), long($0.value)) }),
        ]
    }

    /// The members of an object that are objects themselves.
    private static func objects(in value: JSONValue) -> [(name: String, value: JSONValue)] {
        (value.orderedMembers ?? []).filter { $0.value.orderedMembers != nil }
            .map { ($0.name, $0.value) }
    }

    /// One row for every value.
    private static func long(_ section: JSONValue) -> ReportTable {
        var table = ReportTable([.text(""), .number("")])
        for leaf in leaves(section, path: []) where leaf.value.elements == nil {
            table.append(["\(leaf.title)", "\(text(leaf.value))"])
        }
        return table
    }

    /// Rows with their names, when the figures are a list or an object of objects.
    private static func rows(_ figures: JSONValue) -> [(name: String, value: JSONValue)]? {
        let named =
            figures.elements?.enumerated().map { number, element in
                (name: element["name"]?.stringValue ?? "\(number + 1)", value: element)
            } ?? figures.orderedMembers?.map { (name: $0.name, value: $0.value) } ?? []
        let isTable = named.allSatisfy { $0.value.orderedMembers != nil }
        return named.isEmpty || !isTable ? nil : named
    }

    /// A value that is no object, with its path of keys.
    private struct Leaf {
        let path: [String]
        let value: JSONValue

        /// The keys in words; `meanCosine` is `mean cosine`.
        var title: String { path.map(words).joined(separator: " ") }
    }

    private static func leaves(_ value: JSONValue, path: [String]) -> [Leaf] {
        guard let members = value.orderedMembers else {
            return [Leaf(path: path.isEmpty ? ["result"] : path, value: value)]
        }
        let order = NaturalOrder.sorted(members.map(\.name))
        return order.flatMap { name in
            value[name].map { leaves($0, path: path + [name]) } ?? []
        }
    }

    private static func wide(_ rows: [(name: String, value: JSONValue)]) -> ReportTable {
        let leaves = rows.map { row in
            Self.leaves(row.value, path: []).filter {
                $0.path.last != "name" && $0.value.elements == nil
            }
        }
        var paths: [[String]] = []
        for leaf in leaves.joined() where !paths.contains(leaf.path) { paths.append(leaf.path) }
        var common: [String] = []
        if rows.count > 1 {
            // A count that is the same in every row is said once.
            paths.removeAll { path in
                let values = leaves.map { row in row.first { $0.path == path }?.value }
                guard let first = values[0], first.wholeNumber != nil,
                    values.allSatisfy({ $0 == first })
                else { return false }
                common.append(Leaf(path: path, value: first).title + " " + text(first))
                return true
            }
        }
        var table = ReportTable(
            [.text("")]
                + paths.map { path in
                    path.count > 1
                        ? .number(
                            path.dropFirst().map(words).joined(separator: " "),
                            group: words(path[0]))
                        : .number(words(path[0]))
                })
        if !common.isEmpty {
            table.caption = "In every row: " + common.joined(separator: ", ") + "."
        }
        for (row, leaves) in zip(rows, leaves) {
            let cells = paths.map { path -> Markup in
                "\(leaves.first { $0.path == path }.map { text($0.value) } ?? "")"
            }
            table.append(["\(row.name)"] + cells, isEmphasised: row.name == "model")
        }
        return table
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .integer(let count): NumberText.grouped(count)
        case .number(let number): NumberText.significant(number, 4)
        case .null: "–"
        default: (try? value.text()) ?? ""
        }
    }

    /// `meanSquaredError` as `mean squared error`, `val_loss` as `val loss`.
    package static func words(_ key: String) -> String {
        var result = ""
        for character in key {
            if character == "_" {
                result += " "
            } else if character.isUppercase, let last = result.last, last.isLowercase {
                result += " " + character.lowercased()
            } else {
                result.append(character)
            }
        }
        return result
    }
}
