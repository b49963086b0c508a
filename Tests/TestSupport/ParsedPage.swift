public import Foundation
public import FoundationXML
import Testing

/// A page read by an XML parser, so that anything that is not well-formed is found.
public final class ParsedPage: NSObject, XMLParserDelegate {
    /// An element with its attributes and the text directly in it.
    public final class Element {
        /// As in the page.
        public let name: String
        /// As in the page.
        public let attributes: [String: String]
        /// As in the page.
        public let parents: [String]
        /// As in the page.
        public var text = ""

        init(_ name: String, _ attributes: [String: String], parents: [String]) {
            self.name = name
            self.attributes = attributes
            self.parents = parents
        }
    }

    /// All elements in document order.
    public private(set) var elements: [Element] = []
    private var open: [Element] = []

    /// Parses a page; records an issue when it is not well-formed.
    public init(_ html: String) throws {
        super.init()
        let parser = XMLParser(data: Data(html.utf8))
        parser.delegate = self
        let isWellFormed = parser.parse()
        try #require(
            isWellFormed,
            "line \(parser.lineNumber): \(String(describing: parser.parserError))")
    }

    /// For the XML parser alone.
    public func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String]
    ) {
        let element = Element(name, attributes, parents: open.map(\.name))
        elements.append(element)
        open.append(element)
    }

    /// For the XML parser alone.
    public func parser(_ parser: XMLParser, foundCharacters text: String) {
        open.last?.text += text
    }

    /// For the XML parser alone.
    public func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
        qualifiedName: String?
    ) { open.removeLast() }

    /// All elements with this name.
    public func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

    /// All elements with this name and style class.
    public func all(_ name: String, class style: String) -> [Element] {
        all(name).filter {
            ($0.attributes["class"] ?? "").split(separator: " ").contains("\(style)")
        }
    }

    /// The texts of all elements with this name.
    public func texts(_ name: String) -> [String] { all(name).map(\.text) }

    /// What every page must fulfil: nothing is loaded, identifiers are unique, every chart can be read aloud, and no
    /// coordinate lies outside of what a drawing can show.
    public func checkRules() {
        let forbidden = ["script", "link", "img", "iframe", "object", "embed", "image", "use"]
        #expect(elements.filter { forbidden.contains($0.name) }.isEmpty)
        for element in elements {
            #expect(element.attributes["src"] == nil && element.attributes["href"] == nil)
            #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
        }
        #expect(!texts("style").joined().contains("url("))
        #expect(!texts("style").joined().contains("@import"))
        let identifiers = elements.compactMap { $0.attributes["id"] }
        #expect(Set(identifiers).count == identifiers.count)
        for chart in all("svg", class: "chart") {
            let names = (chart.attributes["aria-labelledby"] ?? "").split(separator: " ")
            #expect(names.count == 2 && names.allSatisfy { identifiers.contains(String($0)) })
        }
        for element in elements where element.parents.contains("svg") {
            for (name, value) in element.attributes where Self.coordinates.contains(name) {
                #expect(Double(value).map { $0.isFinite } == true, "\(name)=\(value)")
            }
        }
    }

    private static let coordinates = [
        "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height",
    ]
}
