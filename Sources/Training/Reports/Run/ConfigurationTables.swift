import TandemBasics
import TandemReports
import TandemDatasets

/// A configuration as small tables, one per section.
enum ConfigurationTables {
    /// Single values first, then each section with its keys as they are written in the file.
    static func tables(_ configuration: JSONValue) -> [(heading: String, table: ReportTable)] {
        var tables: [(heading: String, table: ReportTable)] = []
        append(configuration, path: "", to: &tables)
        return tables
    }

    private static func append(
        _ section: JSONValue, path: String, to tables: inout [(heading: String, table: ReportTable)]
    ) {
        let members = section.orderedMembers ?? []
        var table = ReportTable([.text(""), .text("")])
        for member in members where member.value.orderedMembers == nil {
            table.append(["<code>\(member.name)</code>", "\(text(member.value))"])
        }
        if !table.isEmpty { tables.append((path.isEmpty ? "experiment" : path, table)) }
        for member in members where member.value.orderedMembers != nil {
            append(
                member.value, path: path.isEmpty ? member.name : "\(path).\(member.name)",
                to: &tables)
        }
    }

    /// A value as it is written on the command line; lists with room between their elements.
    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .array(let values): "[" + values.map(text).joined(separator: ", ") + "]"
        default: (try? value.text()) ?? ""
        }
    }
}
