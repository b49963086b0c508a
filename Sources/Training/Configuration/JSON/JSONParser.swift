/// Reads JSON text (RFC 8259) strictly: duplicate keys, deep nesting and trailing text are errors.
struct JSONParser {
    private static let deepestNesting = 256

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// Parses a whole text that holds exactly one value.
    static func parse(_ text: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: text)
        parser.skipByteOrderMark()
        let value = try parser.value()
        parser.skipWhitespace()
        guard parser.current == nil else {
            throw parser.fault("unexpected text after the end of the value")
        }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private var current: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private func fault(_ message: String, at offset: Int? = nil) -> JSONSyntaxError {
        let end = offset ?? position
        let newline = UInt8(ascii: "\n")
        let line = bytes[..<end].count { $0 == newline } + 1
        let lineStart = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
        return JSONSyntaxError(line: line, column: end - lineStart + 1, message: message)
    }

    private mutating func skipByteOrderMark() {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            position = 3
        }
    }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D {
            position += 1
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipWhitespace()
        guard let byte = current else { throw fault("the text ends where a value is expected") }
        switch byte {
        case UInt8(ascii: "{"):
            return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["):
            return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw fault("a value is expected here")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepestNesting else {
            throw fault("more than \(Self.deepestNesting) levels of nesting")
        }
        depth += 1
        defer { depth -= 1 }
        position += 1
        return try body(&self)
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        skipWhitespace()
        if take("}") { return .object(members) }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else {
                throw fault("a quoted key is expected here")
            }
            let start = position
            let key = try string()
            guard members[key] == nil else { throw fault("duplicate key \"\(key)\"", at: start) }
            skipWhitespace()
            guard take(":") else { throw fault("':' is expected after the key \"\(key)\"") }
            members[key] = try value()
            skipWhitespace()
            if take("}") { return .object(members) }
            guard take(",") else { throw fault("',' or '}' is expected here") }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        skipWhitespace()
        if take("]") { return .array(elements) }
        while true {
            elements.append(try value())
            skipWhitespace()
            if take("]") { return .array(elements) }
            guard take(",") else { throw fault("',' or ']' is expected here") }
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard position + index < bytes.count,
                bytes[position + index] == word.utf8Start[index]
            else {
                throw fault("a value is expected here")
            }
        }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        _ = take("-")
        if !take("0") { try digits() }
        if take(".") { try digits() }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits()
        }
        return .number(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            position += 1
        }
        guard position > start else { throw fault("a digit is expected here") }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var content: [UInt8] = []
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw fault("text that is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                content += Array(String(Character(try escape())).utf8)
            case 0..<0x20:
                throw fault("a control character inside quotes must be escaped", at: position - 1)
            default:
                content.append(byte)
            }
        }
        throw fault("the text ends inside quotes that begin here", at: start)
    }

    private mutating func escape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let start = position - 1
        guard let byte = current else { throw fault("the text ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimalUnit())
            if (0xD800..<0xDC00).contains(code), take("\\"), take("u") {
                let low = UInt32(try hexadecimalUnit())
                guard (0xDC00..<0xE000).contains(low) else {
                    throw fault("half of a surrogate pair", at: start)
                }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw fault("half of a surrogate pair", at: start)
            }
            return scalar
        default:
            throw fault("unknown escape", at: start)
        }
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw fault("four hexadecimal digits are expected after \\u") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}

extension JSONValue {
    /// Parses a text that holds exactly one JSON value.
    ///
    /// - Throws: ``JSONSyntaxError`` for anything that RFC 8259 does not allow, and for duplicate keys.
    public init(parsing text: String) throws(JSONSyntaxError) {
        self = try JSONParser.parse(Array(text.utf8))
    }

    /// Parses UTF-8 text that holds exactly one JSON value.
    ///
    /// - Throws: ``JSONSyntaxError`` for anything that RFC 8259 does not allow, and for duplicate keys.
    public init(parsing text: [UInt8]) throws(JSONSyntaxError) {
        self = try JSONParser.parse(text)
    }
}
