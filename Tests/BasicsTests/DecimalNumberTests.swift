import Testing

@testable import TandemBasics

@Suite struct DecimalNumberTests {
    private func value(_ text: String) -> Double {
        Array(text.utf8).withUnsafeBufferPointer { bytes in
            let number = DecimalNumber(bytes, at: 0)
            #expect(number.range == 0..<bytes.count, "\(text)")
            return number.value(in: bytes)
        }
    }

    private func expectNearest(_ text: String) {
        #expect(value(text).bitPattern == Double(text)?.bitPattern, "\(text)")
    }

    @Test(arguments: [
        "0", "-0", "0.0", "-0.0", "1", "0.1", "0.30000000000000004", "123456789012345678",
        "9007199254740992", "9007199254740993", "9007199254740995", "18446744073709551615",
        "18446744073709551616", "1e22", "1e23", "1e-22", "1e-23", "9007199254740993e-1",
        "0.8212499999999998", "0.74753490331521637", "2.2250738585072014e-308", "5e-324",
        "2e-324", "1.7976931348623157e308", "1e309", "-1e309", "1e400000000000000000000",
        "0e999999", "1e-400000000000000000000", "0.00000000000000000000000000000001",
        "3.141592653589793238462643383279", "1.00000000000000011102230246251565",
        "1.00000000000000011102230246251566", "4503599627370496.5", "4503599627370497.5",
        "1.5e+3", "1E5", "10000000000000000000e-19", "9999999999999999999e-19",
    ])
    func isTheNearestDouble(text: String) {
        expectNearest(text)
    }

    /// Every way through the conversion, against the standard library's.
    @Test func isTheNearestDoubleOfRandomDigits() {
        var random = Philox(RandomStream(seed: 11, identifier: 0))
        for _ in 0..<20_000 {
            let digits = 1 + Int(random.nextInteger(below: 21))
            var text = random.nextInteger(below: 2) == 0 ? "-" : ""
            let point = Int(random.nextInteger(below: 22))
            for place in 0..<digits {
                if place == point { text += place == 0 ? "0." : "." }
                text += "\(random.nextInteger(below: 10))"
            }
            if random.nextInteger(below: 4) == 0 {
                text += "e\(Int(random.nextInteger(below: 60)) - 30)"
            }
            expectNearest(text)
        }
    }

    @Test func integersStayExact() {
        func integer(_ text: String) -> Int? {
            Array(text.utf8).withUnsafeBufferPointer { DecimalNumber($0, at: 0).integer }
        }
        #expect(integer("9223372036854775807") == .max)
        #expect(integer("-9223372036854775808") == .min)
        #expect(integer("9223372036854775808") == nil)
        #expect(integer("-9223372036854775809") == nil)
        #expect(integer("-0") == 0)
        #expect(integer("1.0") == nil)
        #expect(integer("1e0") == nil)
    }
}
