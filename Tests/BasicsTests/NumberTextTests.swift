import TandemBasics
import Testing

@Suite struct NumberTextTests {
    @Test func fixedRoundsAndPads() {
        #expect(NumberText.fixed(0.3254, 2) == "0.33")
        #expect(NumberText.fixed(-0.004, 2) == "0.00")
        #expect(NumberText.fixed(-1.5, 0) == "-2")
        #expect(NumberText.fixed(0.05, 3) == "0.050")
        #expect(NumberText.fixed(12345.678, 1) == "12345.7")
        #expect(NumberText.fixed(.nan, 2) == "nan")
        #expect(NumberText.fixed(-.infinity, 2) == "-inf")
        #expect(NumberText.fixed(1e300, 2) == "1e+300")
    }

    @Test func groupedSeparatesThousands() {
        #expect(
            [0, 999, 1000, -1_234_567].map(NumberText.grouped) == [
                "0", "999", "1,000", "-1,234,567",
            ])
        #expect(NumberText.grouped(.min) == "-9,223,372,036,854,775,808")
    }

    @Test func shortKeepsThreeDigits() {
        #expect(
            [0, 0.75, 9.996, 38.25, 999.4, 999.6, 38_200_000].map(NumberText.short) == [
                "0.00", "0.75", "10.0", "38.3", "999", "1.00k", "38.2M",
            ])
    }

    @Test func unitsOfBytesAndTime() {
        #expect(NumberText.bytes(1023) == "1023 B")
        #expect(NumberText.bytes(1_610_612_736) == "1.50 GiB")
        #expect(
            [0.421, 12.34, 59.96, 245, 7980].map(NumberText.duration) == [
                "0.42 s", "12.3 s", "1m 00s", "4m 05s", "2h 13m",
            ])
        #expect(NumberText.percent(0.3257) == "32.6%")
    }

    @Test func significantKeepsDigitsNotDecimals() {
        #expect(
            [0.0262199, 9.99996, 0.00001, 1234.5, 12_345.6, 0, -0.5].map {
                NumberText.significant($0, 4)
            } == ["0.02622", "10.00", "0.00001000", "1235", "12,346", "0", "-0.5000"])
        #expect(NumberText.significant(3.2e-7, 3) == "3.20e-7")
        #expect(NumberText.significant(-9.9999e12, 3) == "-1.00e13")
        #expect(NumberText.significant(.nan, 3) == "nan")
        #expect(NumberText.significant(.leastNonzeroMagnitude, 3) == "5e-324")
    }

    @Test func changeHasASign() {
        #expect(NumberText.change(0.0375) == "+3.75%")
        #expect(NumberText.change(-0.0004) == "-0.04%")
        #expect(NumberText.change(-0.00001) == "+0.00%")
        #expect(NumberText.change(.nan) == "nan%")
    }
}
