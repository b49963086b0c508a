/// Reads JSON by recursive descent with bounded depth; see ``JSONValue/parse(_:depthLimit:)``.
struct JSONParser {
    private let bytes: [UInt8]
    private let depthLimit: Int
    private var position = 0
    private var depth = 0

    init(_ bytes: [UInt8], depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    mutating func parse() throws(JSONProblem) -> JSONValue {
        let value = try value()
        skipSpaces()
        if position != bytes.count { throw .trailingBytes(offset: position) }
        return value
    }

    private mutating func value() throws(JSONProblem) -> JSONValue {
        skipSpaces()
        switch try peek() {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: return try number()
        case let byte:
            throw .unexpectedByte(offset: position, found: byte, expected: "a value")
        }
    }

    private mutating func enter() throws(JSONProblem) {
        if depth == depthLimit { throw .tooDeep(offset: position, limit: depthLimit) }
        depth += 1
        position += 1
    }

    private mutating func object() throws(JSONProblem) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var members: [JSONMember] = []
        var names: Set<String> = []
        skipSpaces()
        if try peek() == UInt8(ascii: "}") {
            position += 1
            return .object([])
        }
        while true {
            skipSpaces()
            let start = position
            guard try peek() == UInt8(ascii: "\"") else {
                throw .unexpectedByte(offset: start, found: bytes[start], expected: "a name")
            }
            let name = try string()
            if !names.insert(name).inserted { throw .duplicateName(name, offset: start) }
            skipSpaces()
            try expect(UInt8(ascii: ":"), "':'")
            members.append(JSONMember(name, try value()))
            if try !continues(until: UInt8(ascii: "}"), "',' or '}'") { return .object(members) }
        }
    }

    private mutating func array() throws(JSONProblem) -> JSONValue {
        try enter()
        defer { depth -= 1 }
        var values: [JSONValue] = []
        skipSpaces()
        if try peek() == UInt8(ascii: "]") {
            position += 1
            return .array([])
        }
        while true {
            values.append(try value())
            if try !continues(until: UInt8(ascii: "]"), "',' or ']'") { return .array(values) }
        }
    }

    private mutating func continues(
        until close: UInt8, _ expected: String
    ) throws(JSONProblem) -> Bool {
        skipSpaces()
        let byte = try peek()
        guard byte == close || byte == UInt8(ascii: ",") else {
            throw .unexpectedByte(offset: position, found: byte, expected: expected)
        }
        position += 1
        return byte != close
    }

    private mutating func literal(
        _ text: StaticString, _ value: JSONValue
    ) throws(JSONProblem) -> JSONValue {
        for offset in 0..<text.utf8CodeUnitCount {
            try expect(text.utf8Start[offset], "\(text)")
        }
        return value
    }

    private mutating func number() throws(JSONProblem) -> JSONValue {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = skipDigits()
        var isValid = whole == 1 || (whole > 1 && bytes[position - whole] != UInt8(ascii: "0"))
        var isInteger = true
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            isValid = skipDigits() > 0 && isValid
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            isValid = skipDigits() > 0 && isValid
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isValid {
            if isInteger, let integer = Int(text) { return .integer(integer) }
            if isInteger, let integer = UInt64(text) { return .unsigned(integer) }
            if let number = Double(text), number.isFinite { return .number(number) }
        }
        throw .invalidNumber(offset: start, text: String(text.prefix(40)))
    }

    private mutating func string() throws(JSONProblem) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while true {
            let byte = try peek()
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw .invalidUTF8(offset: start)
                }
                return string
            case UInt8(ascii: "\\"): text += Array(String(try escape()).utf8)
            case 0..<0x20:
                throw .unexpectedByte(
                    offset: position - 1, found: byte, expected: "no control character")
            default: text.append(byte)
            }
        }
    }

    private mutating func escape() throws(JSONProblem) -> UnicodeScalar {
        let start = position - 1
        let byte = try peek()
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UnicodeScalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): break
        default: throw .invalidEscape(offset: start)
        }
        var code = try hexadecimal(start)
        if (0xD800..<0xDC00).contains(code) {
            guard try peek() == UInt8(ascii: "\\") else { throw .invalidEscape(offset: start) }
            position += 1
            guard try peek() == UInt8(ascii: "u") else { throw .invalidEscape(offset: start) }
            position += 1
            let low = try hexadecimal(start)
            guard (0xDC00..<0xE000).contains(low) else { throw .invalidEscape(offset: start) }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw .invalidEscape(offset: start) }
        return scalar
    }

    private mutating func hexadecimal(_ start: Int) throws(JSONProblem) -> UInt32 {
        guard bytes.count - position >= 4 else { throw .unexpectedEnd(offset: bytes.count) }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            let digit: UInt8
            switch byte {
            case 0x30...0x39: digit = byte - 0x30
            case 0x41...0x46: digit = byte - 0x41 + 10
            case 0x61...0x66: digit = byte - 0x61 + 10
            default: throw .invalidEscape(offset: start)
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }

    private mutating func skipSpaces() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private func peek() throws(JSONProblem) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position) }
        return bytes[position]
    }

    private mutating func expect(_ byte: UInt8, _ expected: String) throws(JSONProblem) {
        let found = try peek()
        guard found == byte else {
            throw .unexpectedByte(offset: position, found: found, expected: expected)
        }
        position += 1
    }
}
