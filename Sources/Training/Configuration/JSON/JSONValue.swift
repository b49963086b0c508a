/// A JSON value that keeps every number as it was written.
///
/// Numbers stay text until a type is asked for, so that 64-bit seeds survive exactly and integers
/// stay integers on the way from file to file.
public enum JSONValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// A number in JSON's notation.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The value of a key, or nil if this is not an object or has no such key.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }
}

extension JSONValue {
    /// The value as JSON text with sorted keys, ending without a newline.
    ///
    /// Objects are spread over lines with two spaces of indent; arrays of plain values stay on one.
    public var prettyPrinted: String {
        var text = ""
        write(to: &text, indent: "", spread: true)
        return text
    }

    /// The value as JSON text on one line, with sorted keys.
    public var compact: String {
        var text = ""
        write(to: &text, indent: "", spread: false)
        return text
    }

    private func write(to text: inout String, indent: String, spread: Bool) {
        switch self {
        case .null: text += "null"
        case .boolean(let value): text += value ? "true" : "false"
        case .number(let literal): text += literal
        case .string(let value): Self.writeQuoted(value, to: &text)
        case .array(let elements):
            let spreads = spread && !elements.allSatisfy(\.isPlain)
            Self.writeList(elements, "[", "]", to: &text, indent: indent, spread: spreads) {
                $1.write(to: &$0, indent: $2, spread: spread)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.writeList(sorted, "{", "}", to: &text, indent: indent, spread: spread) {
                Self.writeQuoted($1.key, to: &$0)
                $0 += ": "
                $1.value.write(to: &$0, indent: $2, spread: spread)
            }
        }
    }

    private var isPlain: Bool {
        switch self {
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: true
        }
    }

    private static func writeList<Item>(
        _ items: [Item], _ open: String, _ close: String, to text: inout String, indent: String,
        spread: Bool, writeItem: (inout String, Item, _ indent: String) -> Void
    ) {
        let deeper = indent + "  "
        text += open
        for (index, item) in items.enumerated() {
            text += index == 0 ? "" : spread ? "," : ", "
            text += spread ? "\n" + deeper : ""
            writeItem(&text, item, deeper)
        }
        text += spread && !items.isEmpty ? "\n" + indent : ""
        text += close
    }

    private static func writeQuoted(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}
