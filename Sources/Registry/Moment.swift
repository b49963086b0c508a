import TandemBasics

import Glibc

/// A moment of Coordinated Universal Time, to the millisecond, in the years 0000 to 9999.
///
/// Its text, `2026-01-31T23:59:59.000Z`, always has the same length, so that texts sort as the moments do.
public struct Moment: Hashable, Comparable, Sendable, LosslessStringConvertible {
    /// Milliseconds since the beginning of 1970.
    public let milliseconds: Int

    private static let range = -62_167_219_200_000...253_402_300_799_999

    /// Makes the moment so many milliseconds after the beginning of 1970; the nearest one with a four-digit year if there is none.
    public init(milliseconds: Int) {
        self.milliseconds = min(max(milliseconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// The present moment of the system's clock.
    public static func now() -> Moment {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Moment(milliseconds: Int(time.tv_sec) * 1000 + Int(time.tv_nsec) / 1_000_000)
    }

    /// Reads ISO 8601: `2026-01-31`, optionally followed by `T` and `23:59`, `23:59:59` or
    /// `23:59:59.123456` (digits after the third are cut off) and by `Z` or `+01:00`.
    ///
    /// Without a zone the text is taken as UTC. Nil for any other text and for days or times that do not exist.
    public init?(_ text: String) {
        var reader = MomentReader(text)
        guard let milliseconds = reader.read(), Self.range.contains(milliseconds) else {
            return nil
        }
        self.milliseconds = milliseconds
    }

    /// The moment as `2026-01-31T23:59:59.000Z`.
    public var description: String {
        let day = Self.floorDivision(milliseconds, 86_400_000)
        let time = milliseconds - day * 86_400_000
        let date = CivilDate(day: day)
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60]
        return [(date.year, 4), (date.month, 2), (date.day, 2)].map(NumberText.padded)
            .joined(separator: "-") + "T"
            + clock.map { NumberText.padded($0, 2) }.joined(separator: ":")
            + "." + NumberText.padded(time % 1000, 3) + "Z"
    }

    /// The moment so many seconds later, or earlier if they are negative.
    public func advanced(bySeconds seconds: Double) -> Moment {
        let sum = Double(milliseconds) + (seconds * 1000).rounded()
        let limited = min(max(sum, Double(Self.range.lowerBound)), Double(Self.range.upperBound))
        return Moment(milliseconds: limited.isNaN ? milliseconds : Int(limited))
    }

    /// Whether the left moment comes first.
    public static func < (left: Moment, right: Moment) -> Bool {
        left.milliseconds < right.milliseconds
    }

    static func floorDivision(_ value: Int, _ divisor: Int) -> Int {
        (value >= 0 ? value : value - divisor + 1) / divisor
    }
}

/// A day of the Gregorian calendar.
///
/// The arithmetic counts years from March, so that the leap day comes last, in cycles of 400 years (146,097 days).
struct CivilDate {
    let year: Int
    let month: Int
    let day: Int

    /// The date of a day counted from the first of January 1970.
    init(day count: Int) {
        let shifted = count + 719_468
        let era = Moment.floorDivision(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// The date if there is one with these numbers.
    init?(year: Int, month: Int, day: Int) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        self.year = year
        self.month = month
        self.day = day
        let date = CivilDate(day: dayCount)
        guard (date.year, date.month, date.day) == (year, month, day) else { return nil }
    }

    /// The days since the first of January 1970.
    var dayCount: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = Moment.floorDivision(shiftedYear, 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

/// Reads the text of a moment from left to right.
private struct MomentReader {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    mutating func read() -> Int? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"),
            let day = digits(2), let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let midnight = date.dayCount * 86_400_000
        guard !rest.isEmpty else { return midnight }
        guard take("T") || take(" "), let time = time(), let offset = zone(), rest.isEmpty else {
            return nil
        }
        return midnight + time - offset
    }

    private mutating func time() -> Int? {
        guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60
        else { return nil }
        var total = (hour * 60 + minute) * 60_000
        guard take(":") else { return total }
        guard let second = digits(2), second < 60 else { return nil }
        total += second * 1000
        guard take(".") else { return total }
        let fraction = rest.prefix { (0x30...0x39).contains($0) }
        guard !fraction.isEmpty else { return nil }
        rest = rest.dropFirst(fraction.count)
        let places = zip([100, 10, 1], fraction)
        return total + places.reduce(0) { $0 + $1.0 * Int($1.1 - 0x30) }
    }

    private mutating func zone() -> Int? {
        if rest.isEmpty || take("Z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hour = digits(2), hour < 24, take(":"), let minute = digits(2),
            minute < 60
        else { return nil }
        return sign * (hour * 60 + minute) * 60_000
    }

    private mutating func digits(_ count: Int) -> Int? {
        let part = rest.prefix(count)
        guard part.count == count, part.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return part.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }
}

/// Where the registry takes the present moment from; tests hand in a clock of their own.
public struct RegistryClock: Sendable {
    /// Returns the present moment.
    public let now: @Sendable () -> Moment

    /// Makes a clock that asks `now`.
    public init(_ now: @escaping @Sendable () -> Moment) {
        self.now = now
    }

    /// The clock of the system.
    public static let system = RegistryClock { Moment.now() }
}
