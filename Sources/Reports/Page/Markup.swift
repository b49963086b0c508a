/// A piece of HTML or SVG that is also well-formed XML.
///
/// What is written in the source is markup; every text that is interpolated is escaped, so that no name can break a
/// page:
///
///     let cell: Markup = "<td>\(name)</td>"
package struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
    package let text: String

    package init(stringLiteral text: String) { self.text = text }

    package init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

    package typealias StringInterpolation = Interpolation

    /// Collects literal markup and interpolated texts.
    package struct Interpolation: StringInterpolationProtocol, Sendable {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 12)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        package mutating func appendInterpolation(_ text: String) {
            self.text += Markup.escaped(text)
        }

        package mutating func appendInterpolation(_ number: Int) { text += String(number) }

        /// Appends a coordinate with at most one decimal.
        package mutating func appendInterpolation(_ coordinate: Double) {
            text += Markup.coordinate(coordinate)
        }
    }

    /// The text with the characters that mean something in markup replaced, also inside of quoted attributes.
    ///
    /// Characters that XML forbids become U+FFFD.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{FFFE}", "\u{FFFF}":
                result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A coordinate with at most one decimal; 0 for one that is not finite.
    static func coordinate(_ value: Double) -> String {
        guard value.magnitude < 1e9 else { return "0" }
        let tenths = Int((value * 10).rounded())
        let (whole, rest) = tenths.magnitude.quotientAndRemainder(dividingBy: 10)
        return (tenths < 0 ? "-" : "") + String(whole) + (rest == 0 ? "" : "." + String(rest))
    }
}

extension Sequence where Element == Markup {
    /// All pieces, one per line.
    package func joined() -> Markup {
        Markup(stringLiteral: map(\.text).joined(separator: "\n"))
    }
}
