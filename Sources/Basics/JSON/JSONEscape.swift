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

    private static func next(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: Int
    ) throws(JSONProblem) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd(offset: position) }
        return bytes[position]
    }
}
