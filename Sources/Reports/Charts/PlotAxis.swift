import Glibc

/// How an axis chooses its range and divides it.
public enum AxisRule: Sendable, Equatable {
    /// A linear axis around the data; it begins at 0 when the data come near it.
    case linear
    /// A linear axis that holds 0.
    case linearFromZero
    /// A logarithmic axis when the data are positive and span more than two decades, else a linear one.
    case logarithmicWhereWide
}

/// A range of numbers laid along a stretch of the drawing, with its ticks.
package struct PlotAxis: Sendable, Equatable {
    /// The smallest and the largest number on the axis.
    let range: ClosedRange<Double>
    /// Whether equal factors take equal room.
    let isLogarithmic: Bool
    /// The numbers that are marked.
    let ticks: AxisTicks
    /// Where the smallest and the largest number lie in the drawing.
    let start, end: Double

    /// Whether a number can be drawn: finite, and not so large that differences overflow.
    package static func isDrawable(_ value: Double) -> Bool { value.magnitude < 1e150 }

    /// An axis for `values`, of which those that cannot be drawn are left out.
    init(
        _ rule: AxisRule, values: some Sequence<Double>, ticks count: Int, from start: Double,
        to end: Double
    ) {
        self.start = start
        self.end = end
        var (low, high) = (Double.infinity, -Double.infinity)
        for value in values where Self.isDrawable(value) {
            // So close to 0 that steps between such numbers could vanish.
            let value = value.magnitude < 1e-150 ? 0 : value
            low = min(low, value)
            high = max(high, value)
        }
        if low > high { (low, high) = (0, 1) }
        isLogarithmic = rule == .logarithmicWhereWide && low > 0 && high / low > 100
        if isLogarithmic {
            range = AxisTicks.logarithmicallyRounded(low...high)
            ticks = AxisTicks.logarithmic(range, count: count)
        } else {
            let padded = Self.padded(low, high, fromZero: rule == .linearFromZero)
            (range, ticks) = AxisTicks.linear(around: padded, count: count)
        }
    }

    /// An axis of whole numbers such as epochs, from `first` to `last`; a single one stands in the middle.
    init(
        wholeFrom first: Double, through last: Double, ticks count: Int, from start: Double,
        to end: Double
    ) {
        self.start = start
        self.end = end
        isLogarithmic = false
        range = first < last ? first...last : (first - 0.5)...(first + 0.5)
        ticks = AxisTicks.whole(range, count: count)
    }

    /// Room around data that are all equal; 0 below data that come near it.
    private static func padded(_ low: Double, _ high: Double, fromZero: Bool)
        -> ClosedRange<Double>
    {
        var (low, high) = (low, high)
        let isFlat = high - low <= 1e-6 * max(low.magnitude, high.magnitude)
        if isFlat {
            guard low != 0 else { return 0...1 }
            (low, high) = (low - 0.1 * low.magnitude, high + 0.1 * low.magnitude)
        }
        let isNearZero = low >= 0 ? low < 0.2 * high : high <= 0 && high > 0.2 * low
        if fromZero || isNearZero { (low, high) = (min(low, 0), max(high, 0)) }
        return low...high
    }

    /// Where a number lies in the drawing.
    func position(_ value: Double) -> Double {
        let share: Double
        if isLogarithmic {
            share =
                (log10(value) - log10(range.lowerBound))
                / (log10(range.upperBound) - log10(range.lowerBound))
        } else {
            share = (value - range.lowerBound) / (range.upperBound - range.lowerBound)
        }
        return start + share * (end - start)
    }
}
