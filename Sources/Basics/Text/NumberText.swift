package import Glibc

/// Numbers as people read them, independent of the locale.
package enum NumberText {
    /// A number with a fixed count of decimals: `fixed(0.3254, 2)` is `0.33`.
    ///
    /// Numbers too large for this notation, infinities and NaN keep Swift's own notation.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        var scale = 1.0
        for _ in 0..<decimals {
            scale *= 10
        }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let digits = String(Int(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard decimals > 0 else { return sign + padded }
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// A count with its thousands separated: `grouped(35218)` is `35,218`.
    package static func grouped(_ count: Int) -> String {
        let digits = Array(String(count.magnitude))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index) % 3 == 0 {
                text.append(",")
            }
            text.append(digit)
        }
        return (count < 0 ? "-" : "") + text
    }

    /// A share in percent: `percent(0.326)` is `32.6%`.
    package static func percent(_ share: Double) -> String {
        fixed(share * 100, 1) + "%"
    }

    /// A change in percent with its sign and two decimals: `change(0.0375)` is `+3.75%`.
    package static func change(_ share: Double) -> String {
        let text = fixed(share * 100, 2)
        return (text.hasPrefix("-") || !share.isFinite ? "" : "+") + text + "%"
    }

    /// A number rounded to so many significant digits: `significant(0.0262199, 4)` is `0.02622`.
    ///
    /// From 10,000 on thousands are separated and the decimals dropped; numbers far from 1 are written with a power of
    /// ten: `3.2e-7`.
    package static func significant(_ value: Double, _ digits: Int) -> String {
        guard value.magnitude >= 1e-300, value.isFinite else {
            return value == 0 ? "0" : "\(value)"
        }
        var exponent = Int(log10(value.magnitude).rounded(.down))
        let mantissa = value.magnitude / pow(10, Double(exponent))
        if fixed(mantissa, digits - 1).hasPrefix("10") { exponent += 1 }
        guard (-5..<9).contains(exponent) else {
            return fixed(value / pow(10, Double(exponent)), digits - 1) + "e\(exponent)"
        }
        guard exponent < 4 else { return grouped(Int(value.rounded())) }
        return fixed(value, max(0, digits - 1 - exponent))
    }

    /// A number with a power of ten: `scientific(0.000123, 2)` is `1.23e-4`.
    ///
    /// Infinities and NaN keep Swift's own notation.
    public static func scientific(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite, value != 0 else {
            return value == 0 ? fixed(0, decimals) + "e0" : "\(value)"
        }
        var exponent = Int(log10(value.magnitude).rounded(.down))
        var mantissa = value / pow(10, Double(exponent))
        if fixed(mantissa.magnitude, decimals).hasPrefix("10") {
            exponent += 1
            mantissa /= 10
        }
        return fixed(mantissa, decimals) + "e\(exponent)"
    }

    /// About three significant digits with a factor of a thousand: `1.25k`, `38.2M`, `0.75`.
    package static func short(_ value: Double) -> String {
        var scaled = value
        var suffixes = ["", "k", "M", "G", "T"][...]
        while scaled.magnitude >= 999.5, suffixes.count > 1 {
            scaled /= 1000
            suffixes.removeFirst()
        }
        let decimals = scaled.magnitude < 9.995 ? 2 : scaled.magnitude < 99.95 ? 1 : 0
        return fixed(scaled, decimals) + (suffixes.first ?? "")
    }

    /// A size in bytes with a binary unit: `1.50 GiB`.
    package static func bytes(_ count: Int) -> String {
        var scaled = Double(count)
        var units = ["B", "KiB", "MiB", "GiB", "TiB"][...]
        while scaled >= 1024, units.count > 1 {
            scaled /= 1024
            units.removeFirst()
        }
        let decimals = units.count == 5 ? 0 : scaled < 10 ? 2 : scaled < 100 ? 1 : 0
        return fixed(scaled, decimals) + " " + (units.first ?? "")
    }

    /// A length of time in seconds: `0.42 s`, `12.3 s`, `4m 05s`, `2h 13m`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e12 else { return "\(seconds) s" }
        if seconds < 9.995 {
            return fixed(seconds, 2) + " s"
        } else if seconds < 59.95 {
            return fixed(seconds, 1) + " s"
        }
        let whole = Int(seconds.rounded())
        if whole < 3600 {
            return "\(whole / 60)m \(padded(whole % 60, 2))s"
        }
        return "\(whole / 3600)h \(padded(whole / 60 % 60, 2))m"
    }

    /// A count with zeros before it: `padded(7, 2)` is `07`.
    package static func padded(_ value: some BinaryInteger, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

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
