import Glibc

/// Two shares of successes compared: how far they lie apart, and how surely.
public struct ProportionComparison: Equatable, Sendable {
    /// The first share less the second.
    public let difference: Double
    /// The statistic of the two-proportion z test with pooled variance; 0 when all trials ended alike.
    public let z: Double
    /// The probability of a difference at least this far from 0, either way, if there were none: `erfc(|z| / √2)`.
    public let pValue: Double
    /// The ends of the 95 % interval of the difference.
    ///
    /// Newcombe's hybrid of two Wilson intervals (Statistics in Medicine 17, 1998, method 10), which stays inside
    /// -1...1 and keeps its width for shares of 0 and 1.
    public let lower: Double, upper: Double

    /// The comparison of two groups; nil unless both have at least one trial and no more successes than trials.
    public init?(
        successes: Int, of trials: Int, against otherSuccesses: Int, of otherTrials: Int
    ) {
        guard trials > 0, otherTrials > 0, (0...trials).contains(successes),
            (0...otherTrials).contains(otherSuccesses)
        else { return nil }
        let (count, otherCount) = (Double(trials), Double(otherTrials))
        let (share, otherShare) = (
            Double(successes) / count, Double(otherSuccesses) / otherCount
        )
        difference = share - otherShare
        let pooled = (Double(successes) + Double(otherSuccesses)) / (count + otherCount)
        let variance = pooled * (1 - pooled) * (1 / count + 1 / otherCount)
        z = variance > 0 ? difference / variance.squareRoot() : 0
        pValue = erfc(abs(z) / 2.0.squareRoot())
        let own = Self.wilson(share, count)
        let other = Self.wilson(otherShare, otherCount)
        lower = difference - hypot(share - own.lower, other.upper - otherShare)
        upper = difference + hypot(own.upper - share, otherShare - other.lower)
    }

    /// The two-sided 97.5 % point of the normal distribution.
    private static let quantile = 1.959963984540054

    /// The 95 % interval of one share (Wilson 1927, without correction for continuity).
    private static func wilson(
        _ share: Double, _ count: Double
    ) -> (lower: Double, upper: Double) {
        let square = quantile * quantile
        let centre = share + square / (2 * count)
        let reach =
            quantile * (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
        let scale = 1 + square / count
        return (max(0, (centre - reach) / scale), min(1, (centre + reach) / scale))
    }
}
