/// Reads the dictionary of a `.npy` header: a small, closed part of Python's literal syntax.
///
/// Accepted: exactly the keys `descr` (a string), `fortran_order` (`True` or `False`) and `shape`
/// (a tuple of integers, with Python 2's `L` suffix allowed), each once and in any order.
struct NPYHeaderParser {
    struct Fields: Equatable {
        let descr: String
        let fortranOrder: Bool
        let shape: [Int]
    }

    private static let rankLimit = 64
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func parse() throws(NPYProblem) -> Fields {
        var descr: String?
        var fortranOrder: Bool?
        var shape: [Int]?
        try expect("{")
        while !accept("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil: descr = try typeDescription()
            case "fortran_order" where fortranOrder == nil: fortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            case "descr", "fortran_order", "shape": throw malformed("key '\(key)' occurs twice")
            default: throw malformed("unknown key '\(key)'")
            }
            if !accept(",") {
                try expect("}")
                break
            }
        }
        skipSpaces()
        if position != text.count { throw malformed("text after the dictionary") }
        guard let descr else { throw malformed("no key 'descr'") }
        guard let fortranOrder else { throw malformed("no key 'fortran_order'") }
        guard let shape else { throw malformed("no key 'shape'") }
        return Fields(descr: descr, fortranOrder: fortranOrder, shape: shape)
    }

    /// A record type is written as a list; it is refused by its own error, not as bad syntax.
    private mutating func typeDescription() throws(NPYProblem) -> String {
        skipSpaces()
        if position < text.count, text[position] == UInt8(ascii: "[") {
            throw .unsupportedType(String(decoding: text[position...].prefix(60), as: UTF8.self))
        }
        return try string()
    }

    private mutating func string() throws(NPYProblem) -> String {
        skipSpaces()
        guard position < text.count,
            text[position] == UInt8(ascii: "'")
                || text[position] == UInt8(ascii: "\"")
        else { throw malformed("a string expected at offset \(position)") }
        let quote = text[position]
        let start = position + 1
        guard let end = text[start...].firstIndex(of: quote) else {
            throw malformed("a string without end at offset \(position)")
        }
        position = end + 1
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(NPYProblem) -> Bool {
        if accept("True") { return true }
        if accept("False") { return false }
        throw malformed("True or False expected at offset \(position)")
    }

    private mutating func tuple() throws(NPYProblem) -> [Int] {
        var values: [Int] = []
        try expect("(")
        while !accept(")") {
            if values.count == Self.rankLimit {
                throw malformed("more than \(Self.rankLimit) dimensions")
            }
            values.append(try integer())
            if !accept(",") {
                if values.count == 1 { throw malformed("the shape is not a tuple") }
                try expect(")")
                break
            }
        }
        return values
    }

    private mutating func integer() throws(NPYProblem) -> Int {
        skipSpaces()
        let start = position
        if position < text.count, text[position] == UInt8(ascii: "-") { position += 1 }
        while position < text.count, isDigit(text[position]) { position += 1 }
        let digits = String(decoding: text[start..<position], as: UTF8.self)
        guard let value = Int(digits) else {
            throw malformed("an integer of at most 63 bits expected at offset \(start)")
        }
        _ = accept("L")
        return value
    }

    private mutating func accept(_ token: StaticString) -> Bool {
        skipSpaces()
        let length = token.utf8CodeUnitCount
        guard text.count - position >= length else { return false }
        for offset in 0..<length
        where text[position + offset] != token.utf8Start[offset] {
            return false
        }
        position += length
        return true
    }

    private mutating func expect(_ token: StaticString) throws(NPYProblem) {
        if !accept(token) { throw malformed("'\(token)' expected at offset \(position)") }
    }

    private mutating func skipSpaces() {
        while position < text.count,
            text[position] == UInt8(ascii: " ") || text[position] == UInt8(ascii: "\n")
                || text[position] == UInt8(ascii: "\t")
        {
            position += 1
        }
    }

    private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private func malformed(_ reason: String) -> NPYProblem {
        let shown = text.prefix(200).map { (0x20..<0x7F).contains($0) ? $0 : UInt8(ascii: "?") }
        return .malformedHeader(reason: reason, header: String(decoding: shown, as: UTF8.self))
    }
}
