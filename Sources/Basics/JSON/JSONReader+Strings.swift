import Glibc

/// A string where it stands in the text, without its quotes.
struct JSONNameText {
    let start: Int
    let count: Int
    /// Whether there is no escape in it, so that its bytes are the string.
    let isPlain: Bool
    /// A hash of the string's UTF-8 bytes; 0 until it is asked for.
    var hash: UInt64

    var range: Range<Int> { start..<start + count }
}

/// An array or object that has begun and not ended.
struct JSONFrame {
    /// The number of names on the reader's list before the first of this object.
    let firstName: Int
    /// The hashes of the object's names, once there are many.
    var hashes: Set<UInt64> = []
}

extension JSONReader {
    /// The name of the member that ``nextName()`` went to.
    package var name: String { text(of: lastName) }

    /// The position of that name in `names`; nil when it is not among them.
    package func index(in names: JSONNames) -> Int? {
        names.index(hash: lastName.hash) { candidate in equals(lastName, candidate) }
    }

    mutating func readName() throws(JSONProblem) {
        let start = position
        var name = try scanString()
        name.hash = hash(of: name)
        if isKnown(name) { throw .duplicateName(text(of: name), offset: start) }
        names.append(name)
        lastName = name
    }

    /// Whether the innermost object has this name already; remembers its hash in large objects.
    private mutating func isKnown(_ name: JSONNameText) -> Bool {
        guard let frame = frames.indices.last else { return false }
        let first = frames[frame].firstName
        if names.count - first >= 32 {
            if frames[frame].hashes.isEmpty {
                frames[frame].hashes = Set(names[first...].map(\.hash))
            }
            if frames[frame].hashes.insert(name.hash).inserted { return false }
        }
        for index in first..<names.count where names[index].hash == name.hash {
            if equals(name, utf8(of: names[index])) { return true }
        }
        return false
    }

    /// Reads over a string that begins at the position, checking all of it.
    mutating func scanString() throws(JSONProblem) -> JSONNameText {
        let quote = position
        position += 1
        var isPlain = true
        var isASCII = true
        while true {
            skipOrdinaryBytes()
            let byte = try peek()
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                isPlain = false
                _ = try JSONEscape.scalar(bytes, &position)
            } else if byte < 0x20 {
                throw .unexpectedByte(
                    offset: position - 1, found: byte, expected: "no control character")
            } else if byte >= 0x80 {
                isASCII = false
            }
        }
        let name = JSONNameText(
            start: quote + 1, count: position - quote - 2, isPlain: isPlain, hash: 0)
        if !isASCII, String(validating: bytes[name.range], as: UTF8.self) == nil {
            throw .invalidUTF8(offset: quote)
        }
        return name
    }

    /// Goes, by eight bytes at a time, to a quote, a backslash, a control character or a byte that is not ASCII.
    private mutating func skipOrdinaryBytes() {
        let raw = UnsafeRawBufferPointer(bytes)
        let ones: UInt64 = 0x0101_0101_0101_0101
        while position + 8 <= raw.count {
            let word = UInt64(
                littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let quotes = word ^ (ones &* 0x22)
            let backslashes = word ^ (ones &* 0x5C)
            let marks =
                (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
                | (word &- ones &* 0x20) & ~word | word
            let found = marks & (ones &* 0x80)
            if found != 0 {
                position += found.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    /// The string that a scanned range stands for.
    func text(of name: JSONNameText) -> String {
        String(decoding: utf8(of: name), as: UTF8.self)
    }

    private func utf8(of name: JSONNameText) -> [UInt8] {
        if name.isPlain { return Array(bytes[name.range]) }
        var place = name.start
        var decoded: [UInt8] = []
        while place < name.range.upperBound {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\\"), let scalar = try? JSONEscape.scalar(bytes, &place) {
                decoded += Array(String(scalar).utf8)
            } else {
                decoded.append(byte)
            }
        }
        return decoded
    }

    private func equals(_ name: JSONNameText, _ other: [UInt8]) -> Bool {
        if !name.isPlain { return utf8(of: name) == other }
        guard name.count == other.count else { return false }
        return other.withUnsafeBytes { other in
            guard let left = bytes.baseAddress, let right = other.baseAddress else { return true }
            return memcmp(left + name.start, right, name.count) == 0
        }
    }

    private func hash(of name: JSONNameText) -> UInt64 {
        name.isPlain
            ? JSONNames.hash(
                UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[name.range]))
            : utf8(of: name).withUnsafeBytes(JSONNames.hash)
    }
}

/// Escapes in JSON strings.
enum JSONEscape {
    /// The character of the escape whose backslash stands just before `position`; goes behind it.
    static func scalar(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) throws(JSONProblem) -> UnicodeScalar {
        let start = position - 1
        let byte = try next(bytes, position)
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
        var code = try hexadecimal(bytes, &position, start)
        if (0xD800..<0xDC00).contains(code) {
            guard try next(bytes, position) == UInt8(ascii: "\\") else {
                throw .invalidEscape(offset: start)
            }
            position += 1
            guard try next(bytes, position) == UInt8(ascii: "u") else {
                throw .invalidEscape(offset: start)
            }
            position += 1
            let low = try hexadecimal(bytes, &position, start)
            guard (0xDC00..<0xE000).contains(low) else { throw .invalidEscape(offset: start) }
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        }
        guard let scalar = UnicodeScalar(code) else { throw .invalidEscape(offset: start) }
        return scalar
    }

    private static func hexadecimal(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int, _ start: Int
    ) throws(JSONProblem) -> UInt32 {
        guard bytes.count - position >= 4 else { throw .unexpectedEnd(offset: bytes.count) }
        var code: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
                throw .invalidEscape(offset: start)
            }
            code = code << 4 | UInt32(digit)
        }
        position += 4
        return code
    }

    private static func next(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int
    ) throws(JSONProblem) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position) }
        return bytes[position]
    }
}

/// A list of member names that ``JSONReader/index(in:)`` finds by their bytes, without making strings.
package struct JSONNames: Sendable {
    private let hashes: [UInt64]
    private let texts: [[UInt8]]

    /// A list of `names`, meant for some dozens of them.
    package init(_ names: [String]) {
        texts = names.map { Array($0.utf8) }
        hashes = texts.map { $0.withUnsafeBytes(Self.hash) }
    }

    /// The first name with this hash whose bytes satisfy `isEqual`.
    func index(hash: UInt64, where isEqual: ([UInt8]) -> Bool) -> Int? {
        for index in hashes.indices where hashes[index] == hash && isEqual(texts[index]) {
            return index
        }
        return nil
    }

    /// A hash of some bytes.
    static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var state = UInt64(bytes.count) &* multiplier
        var position = 0
        while position + 8 <= bytes.count {
            mix(&state, bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            position += 8
        }
        if position < bytes.count {
            var rest: UInt64 = 0
            for index in position..<bytes.count { rest = rest << 8 | UInt64(bytes[index]) }
            mix(&state, rest)
        }
        return state
    }

    private static func mix(_ state: inout UInt64, _ word: UInt64) {
        state = (state ^ word) &* multiplier
        state ^= state >> 29
    }

    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
}
