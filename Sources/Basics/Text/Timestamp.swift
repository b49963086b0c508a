package import Glibc

/// The time of day as part of a file name.
package enum Timestamp {
    /// The present local time as `YYYYMMDD-HHMMSS`.
    package static func now() -> String { text(of: time(nil)) }

    /// A moment, in seconds since 1970, as `YYYYMMDD-HHMMSS` in local time.
    package static func text(of moment: time_t) -> String {
        var moment = moment
        var parts = tm()
        localtime_r(&moment, &parts)
        let date = [(parts.tm_year + 1900, 4), (parts.tm_mon + 1, 2), (parts.tm_mday, 2)]
        let clock = [(parts.tm_hour, 2), (parts.tm_min, 2), (parts.tm_sec, 2)]
        return (date.map(NumberText.padded) + ["-"] + clock.map(NumberText.padded)).joined()
    }

    /// The time at the end of a folder's name, as `RunDirectory.newPath` makes it: `2026-01-31 23:59:59`; `nil` when it
    /// ends otherwise.
    package static func start(ofFolder name: String) -> String? {
        // Behind the time there may be the number that tells folders of one second apart.
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard
            let place = parts.indices.dropLast().last(where: {
                parts[$0].count == 8 && parts[$0 + 1].count == 6
            }), place + 3 >= parts.count,
            (parts[place] + parts[place + 1]).allSatisfy({ $0.isASCII && $0.isNumber })
        else { return nil }
        func pairs(_ text: Substring) -> [Substring] {
            stride(from: 0, to: text.count, by: 2).map { text.dropFirst($0).prefix(2) }
        }
        let date = pairs(parts[place])
        return "\(date[0])\(date[1])-\(date[2])-\(date[3]) "
            + pairs(parts[place + 1]).joined(separator: ":")
    }
}
