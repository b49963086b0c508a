import Foundation
import TandemRegistry
import Testing

@Suite struct MomentTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00.000Z", 0), ("1969-12-31T23:59:59.999Z", -1),
        ("2000-02-29T12:00:00.000Z", 951_825_600_000),
        ("2024-12-31T23:59:59.500Z", 1_735_689_599_500),
        ("2026-01-31T10:11:12.013Z", 1_769_854_272_013),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("0000-01-01T00:00:00.000Z", -62_167_219_200_000),
    ])
    func textAndNumber(text: String, milliseconds: Int) {
        #expect(Moment(text)?.milliseconds == milliseconds)
        #expect(Moment(milliseconds: milliseconds).description == text)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T10:11", "2026-01-31T10:11:00.000Z"),
        ("2026-01-31 10:11:12", "2026-01-31T10:11:12.000Z"),
        ("2026-01-31T10:11:12.5+01:00", "2026-01-31T09:11:12.500Z"),
        ("2026-01-31T23:30:00-02:30", "2026-02-01T02:00:00.000Z"),
        ("2026-01-31T10:11:12.123999Z", "2026-01-31T10:11:12.123Z"),
    ])
    func otherSpellings(text: String, canonical: String) {
        #expect(Moment(text)?.description == canonical)
    }

    @Test(arguments: [
        "", "yesterday", "2026-1-31", "2026-02-30", "2023-02-29", "2026-13-01", "2026-01-00",
        "2026-01-31T24:00", "2026-01-31T10:60", "2026-01-31T10", "2026-01-31T10:11:12.Z",
        "2026-01-31T10:11:12Zx", "2026-01-31T10:11:12+1:00", "-026-01-31", "2026-01-31T",
        "0000-01-01T00:00:00+01:00", "９026-01-31",
    ])
    func refused(text: String) {
        #expect(Moment(text) == nil)
    }

    @Test func everyDayOfFourCenturiesAgreesWithFoundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for day in stride(from: -10_000, to: 146_097, by: 13) {
            let moment = Moment(milliseconds: day * 86_400_000)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let numbers = moment.description.prefix(10).split(separator: "-").map { Int($0) }
            #expect(numbers == [parts.year, parts.month, parts.day])
            #expect(Moment(moment.description) == moment)
        }
    }

    @Test func theClockOfTheSystemRuns() {
        let before = Int(Date().timeIntervalSince1970 * 1000)
        let now = RegistryClock.system.now().milliseconds
        #expect((before - 1...before + 60_000).contains(now))
    }
}
