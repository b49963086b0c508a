/// A number in decimal digits as a text writes it: sign, digits, point, digits, exponent.
///
/// Scanning and conversion are apart because formats differ in what they allow; the value is always
/// the double nearest to the digits (ties to even), as IEEE 754 asks.
package struct DecimalNumber {
    /// Whether a minus sign stands before the digits.
    private(set) var isNegative = false
    /// Whether a plus sign stands before the digits.
    private(set) var hasPlus = false
    /// The number of digits before the point.
    private(set) var wholeDigits = 0
    /// Whether the first digit is zero.
    private(set) var startsWithZero = false
    /// The number of digits after the point; nil without a point.
    private(set) var fractionDigits: Int?
    /// The number of digits of the exponent; nil without an exponent.
    private(set) var exponentDigits: Int?
    /// The bytes of the text that the number takes.
    package private(set) var range: Range<Int>

    private var mantissa: UInt64 = 0
    private var isExact = true
    private var exponent = 0

    /// Scans the longest number that begins at `start`, which lies within `bytes` or at their end.
    package init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        var position = start
        range = start..<start
        if position < bytes.count {
            isNegative = bytes[position] == UInt8(ascii: "-")
            hasPlus = bytes[position] == UInt8(ascii: "+")
            if isNegative || hasPlus { position += 1 }
        }
        startsWithZero = position < bytes.count && bytes[position] == UInt8(ascii: "0")
        wholeDigits = digits(bytes, &position)
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            fractionDigits = digits(bytes, &position)
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            scanExponent(bytes, &position)
        }
        range = start..<position
    }

    /// Whether JSON (RFC 8259) allows this way of writing.
    package var isJSON: Bool {
        !hasPlus && (wholeDigits == 1 || wholeDigits > 1 && !startsWithZero)
            && fractionDigits != 0 && exponentDigits != 0
    }

    /// Whether there are digits where any decimal notation needs them.
    package var isDecimal: Bool {
        wholeDigits + (fractionDigits ?? 0) > 0 && exponentDigits != 0
    }

    /// The value when it is written without point and exponent and fits an `Int`.
    package var integer: Int? {
        guard let magnitude = wholeMagnitude else { return nil }
        return isNegative
            ? (magnitude <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- magnitude) : nil)
            : Int(exactly: magnitude)
    }

    /// The value when it is written without sign, point and exponent and fits a `UInt64`.
    package var unsigned: UInt64? { isNegative ? nil : wholeMagnitude }

    private var wholeMagnitude: UInt64? {
        isExact && fractionDigits == nil && exponentDigits == nil ? mantissa : nil
    }

    /// The nearest double; infinite when the number is too large for one.
    ///
    /// - Parameter bytes: the text that was scanned.
    /// - Returns: the value.
    package func value(in bytes: UnsafeBufferPointer<UInt8>) -> Double {
        guard isExact, let magnitude = exactMagnitude else {
            let text = String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
            return Double(text) ?? .nan
        }
        return isNegative ? -magnitude : magnitude
    }

    /// The magnitude where one correctly rounded operation gives it; nil for rare large exponents.
    private var exactMagnitude: Double? {
        let power = exponent - (fractionDigits ?? 0)
        if power == 0 || mantissa == 0 { return Double(mantissa) }
        if mantissa <= 1 << 53, -22...22 ~= power {
            // Both operands are doubles without error (Clinger, "How to read floating point
            // numbers accurately", 1990).
            return power < 0
                ? Double(mantissa) / Self.doublePowers[-power]
                : Double(mantissa) * Self.doublePowers[power]
        }
        return -19 ... -1 ~= power ? Self.quotient(mantissa, Self.integerPowers[-power]) : nil
    }

    /// `dividend / divisor`, rounded once: 64 bits of the quotient, the last one set when there is a remainder.
    private static func quotient(_ dividend: UInt64, _ divisor: UInt64) -> Double {
        let shift = dividend.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let (high, low) = (dividend << shift, divisor << divisorShift)
        let isLarge = high >= low
        let (quotient, remainder) = low.dividingFullWidth(
            isLarge ? (high >> 1, high << 63) : (high, 0))
        let exponent = divisorShift - shift - (isLarge ? 63 : 64)
        return Double(
            sign: .plus, exponent: exponent,
            significand: Double(quotient | (remainder == 0 ? 0 : 1)))
    }

    private mutating func digits(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) -> Int {
        let start = position
        while position < bytes.count {
            let digit = UInt64(bytes[position] &- UInt8(ascii: "0"))
            if digit > 9 { break }
            let limit = UInt64.max / 10
            if mantissa < limit || mantissa == limit && digit <= UInt64.max % 10 {
                mantissa = mantissa &* 10 &+ digit
            } else {
                isExact = false
            }
            position += 1
        }
        return position - start
    }

    private mutating func scanExponent(
        _ bytes: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) {
        let hasMinus = position < bytes.count && bytes[position] == UInt8(ascii: "-")
        if hasMinus || position < bytes.count && bytes[position] == UInt8(ascii: "+") {
            position += 1
        }
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            // Beyond a few thousand only the text itself says whether the value is 0 or too large.
            exponent = min(exponent * 10 + Int(bytes[position] - 0x30), 100_000)
            position += 1
        }
        exponentDigits = position - start
        if hasMinus { exponent = -exponent }
    }

    private static let doublePowers: [Double] = (0...22).map { power in
        (0..<power).reduce(1) { value, _ in value * 10 }
    }
    private static let integerPowers: [UInt64] = (0...19).map { power in
        (0..<power).reduce(1) { value, _ in value * 10 }
    }
}
