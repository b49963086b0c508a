#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The time of day as part of a file name.
enum Timestamp {
    /// The present local time as `YYYYMMDD-HHMMSS`.
    static func now() -> String { text(of: time(nil)) }

    /// A moment, in seconds since 1970, as `YYYYMMDD-HHMMSS` in local time.
    static func text(of moment: time_t) -> String {
        var moment = moment
        var parts = tm()
        localtime_r(&moment, &parts)
        let date = [(parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2)]
        let clock = [(parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2)]
        return date.map(padded).joined() + "-" + clock.map(padded).joined()
    }

    private static func padded(_ value: Int32, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
