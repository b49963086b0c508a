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
