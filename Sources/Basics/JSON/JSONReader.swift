/// The kinds of JSON values.
package enum JSONKind: String, Sendable {
    /// An object.
    case object = "an object"
    /// An array.
    case array = "an array"
    /// A string.
    case string = "a string"
    /// A number.
    case number = "a number"
    /// `true` or `false`.
    case bool = "true or false"
    /// `null`.
    case null = "null"
}

/// Reads one JSON text (RFC 8259) strictly, from front to back, without building a tree.
///
/// The caller asks for the value that must come next:
///
///     try reader.enterObject()
///     while try reader.nextName() {
///         if reader.name == "count" { count = try reader.number() } else { try reader.skipValue() }
///     }
///
/// Refused, in values that are skipped too: anything after the value except white space, a name
/// twice in one object (compared byte by byte), invalid UTF-8, unpaired surrogates, numbers beyond
/// a double, and nesting deeper than the limit. Offsets in problems count bytes from 0.
package struct JSONReader: ~Copyable {
    package let bytes: UnsafeBufferPointer<UInt8>
    let depthLimit: Int
    package var position = 0
    var lastName = JSONNameText(start: 0, count: 0, isPlain: true, hash: 0)
    var frames: [JSONFrame] = []
    var names: [JSONNameText] = []
    private var isFirst = false

    private init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) {
        self.bytes = bytes
        self.depthLimit = depthLimit
    }

    /// Calls `body` with a reader at the beginning of `bytes`.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - depthLimit: the deepest nesting of arrays and objects that is read.
    ///   - body: reads the value and then calls ``finish()``.
    /// - Returns: what `body` returns.
    /// - Throws: what `body` throws.
    package static func read<Result, Failure: Error>(
        _ bytes: [UInt8], depthLimit: Int = 64,
        _ body: (inout JSONReader) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try bytes.withUnsafeBufferPointer { bytes throws(Failure) in
            var reader = JSONReader(bytes, depthLimit: depthLimit)
            return try body(&reader)
        }
    }

    /// Throws when anything but white space follows.
    package mutating func finish() throws(JSONProblem) {
        skipSpaces()
        if position != bytes.count { throw .trailingBytes(offset: position) }
    }

    /// The kind of the next value, which stays to be read.
    package mutating func kind() throws(JSONProblem) -> JSONKind {
        skipSpaces()
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), 0x30...0x39: return .number
        case let byte:
            throw .unexpectedByte(offset: position, found: byte, expected: "a value")
        }
    }

    /// Begins an object; ``nextName()`` then leads through it.
    package mutating func enterObject() throws(JSONProblem) {
        try enter(UInt8(ascii: "{"), .object)
    }

    /// Begins an array; ``nextElement()`` then leads through it.
    package mutating func enterArray() throws(JSONProblem) {
        try enter(UInt8(ascii: "["), .array)
    }

    /// Goes to the value of the next member of the object, whose name is then ``name``; false at the object's end.
    package mutating func nextName() throws(JSONProblem) -> Bool {
        guard try advances(until: UInt8(ascii: "}"), "',' or '}'") else { return false }
        skipSpaces()
        guard try peek() == UInt8(ascii: "\"") else {
            throw .unexpectedByte(offset: position, found: bytes[position], expected: "a name")
        }
        try readName()
        skipSpaces()
        try expect(UInt8(ascii: ":"), "':'")
        return true
    }

    /// Goes to the next element of the array; false at the array's end.
    package mutating func nextElement() throws(JSONProblem) -> Bool {
        try advances(until: UInt8(ascii: "]"), "',' or ']'")
    }

    /// Reads a number as the nearest double.
    package mutating func number() throws(JSONProblem) -> Double {
        let start = try begin(.number)
        let value = try scanNumber().value(in: bytes)
        if !value.isFinite { throw invalidNumber(from: start) }
        return value
    }

    /// Reads `true` or `false`.
    package mutating func bool() throws(JSONProblem) -> Bool {
        let isTrue = bytes[try begin(.bool)] == UInt8(ascii: "t")
        try literal(isTrue ? "true" : "false")
        return isTrue
    }

    /// Reads `null`.
    package mutating func null() throws(JSONProblem) {
        _ = try begin(.null)
        try literal("null")
    }

    /// Reads a string.
    package mutating func string() throws(JSONProblem) -> String {
        _ = try begin(.string)
        return text(of: try scanString())
    }

    /// Reads over the next value, whatever it is, as strictly as if it were used.
    package mutating func skipValue() throws(JSONProblem) {
        switch try kind() {
        case .object:
            try enterObject()
            while try nextName() { try skipValue() }
        case .array:
            try enterArray()
            while try nextElement() { try skipValue() }
        case .string: _ = try scanString()
        case .number: _ = try number()
        case .bool: _ = try bool()
        case .null: try null()
        }
    }

    /// Reads a number of any notation that JSON allows; its value may be infinite.
    mutating func scanNumber() throws(JSONProblem) -> DecimalNumber {
        let number = DecimalNumber(bytes, at: position)
        position = number.range.upperBound
        if !number.isJSON { throw invalidNumber(from: number.range.lowerBound) }
        return number
    }

    func invalidNumber(from start: Int) -> JSONProblem {
        let digits = UnsafeBufferPointer(rebasing: bytes[start..<position].prefix(40))
        return .invalidNumber(offset: start, text: String(decoding: digits, as: UTF8.self))
    }

    private mutating func begin(_ expected: JSONKind) throws(JSONProblem) -> Int {
        if try kind() != expected {
            throw .unexpectedByte(
                offset: position, found: bytes[position], expected: expected.rawValue)
        }
        return position
    }

    private mutating func enter(_ open: UInt8, _ kind: JSONKind) throws(JSONProblem) {
        skipSpaces()
        try expect(open, kind.rawValue)
        if frames.count == depthLimit {
            throw .tooDeep(offset: position - 1, limit: depthLimit)
        }
        frames.append(JSONFrame(firstName: names.count))
        isFirst = true
    }

    private mutating func advances(
        until close: UInt8, _ expected: String
    ) throws(JSONProblem) -> Bool {
        skipSpaces()
        let byte = try peek()
        let wasFirst = isFirst
        isFirst = false
        if byte == close {
            position += 1
            if let frame = frames.popLast() { names.removeLast(names.count - frame.firstName) }
            return false
        }
        if wasFirst { return true }
        guard byte == UInt8(ascii: ",") else {
            throw .unexpectedByte(offset: position, found: byte, expected: expected)
        }
        position += 1
        return true
    }

    private mutating func literal(_ text: StaticString) throws(JSONProblem) {
        for offset in 0..<text.utf8CodeUnitCount {
            try expect(text.utf8Start[offset], "\(text)")
        }
    }

    package mutating func skipSpaces() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    func peek() throws(JSONProblem) -> UInt8 {
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

extension JSONReader {
    /// Reads the next value with everything in it as a tree.
    package mutating func value() throws(JSONProblem) -> JSONValue {
        switch try kind() {
        case .object:
            var members: [JSONMember] = []
            try enterObject()
            while try nextName() {
                let name = self.name
                members.append(JSONMember(name, try value()))
            }
            return .object(members)
        case .array:
            var values: [JSONValue] = []
            try enterArray()
            while try nextElement() { values.append(try value()) }
            return .array(values)
        case .string: return .string(try string())
        case .number: return try numberValue()
        case .bool: return .bool(try bool())
        case .null:
            try null()
            return .null
        }
    }

    private mutating func numberValue() throws(JSONProblem) -> JSONValue {
        let number = try scanNumber()
        if let integer = number.integer { return .integer(integer) }
        if let integer = number.unsigned { return .unsigned(integer) }
        let value = number.value(in: bytes)
        if !value.isFinite { throw invalidNumber(from: number.range.lowerBound) }
        return .number(value)
    }
}
