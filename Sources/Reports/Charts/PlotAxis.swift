import Glibc
import TandemBasics

/// How an axis chooses its range and divides it.
package enum AxisRule: Sendable, Equatable {
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

    /// The ticks with their places in the drawing.
    var placed: [(place: Double, label: String)] {
        zip(ticks.values, ticks.labels).map { (position($0), $1) }
    }

    /// Where a number lies in the drawing.
    func position(_ value: Double) -> Double {
        func scaled(_ number: Double) -> Double { isLogarithmic ? log10(number) : number }
        let (low, high) = (scaled(range.lowerBound), scaled(range.upperBound))
        return start + (scaled(value) - low) / (high - low) * (end - start)
    }
}

/// Round numbers along an axis, and how they are written.
struct AxisTicks: Sendable, Equatable {
    let values: [Double]
    let labels: [String]

    /// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten that lie in `range`, about `count` of them.
    static func linear(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
        multiples(of: roundStep(range.upperBound - range.lowerBound, count: count), in: range)
    }

    /// About `count` ticks around `range`: the smallest range with ticks at both ends that holds it.
    static func linear(around range: ClosedRange<Double>, count: Int) -> (
        range: ClosedRange<Double>, ticks: AxisTicks
    ) {
        let step = roundStep(range.upperBound - range.lowerBound, count: count)
        let first = (range.lowerBound / step + tolerance).rounded(.down)
        let last = (range.upperBound / step - tolerance).rounded(.up)
        let rounded = (first * step)...(max(last, first + 1) * step)
        return (rounded, multiples(of: step, in: rounded))
    }

    /// A share of a step by which an end may miss a multiple because of rounding.
    private static let tolerance = 1e-6

    private static func multiples(of step: Double, in range: ClosedRange<Double>) -> AxisTicks {
        let first = (range.lowerBound / step - tolerance).rounded(.up)
        let last = (range.upperBound / step + tolerance).rounded(.down)
        let values = stride(from: first, through: last, by: 1).map { $0 * step }
        return AxisTicks(values: values, labels: values.map { label($0, step: step) })
    }

    /// Whole numbers in `range`, about `count`; the first one of the range is among them, as epochs begin with 1.
    static func whole(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
        let (first, last) = (range.lowerBound.rounded(.up), range.upperBound.rounded(.down))
        guard first <= last else { return AxisTicks(values: [], labels: []) }
        let step = round(max(1, (last - first) / Double(max(1, count))), to: [1, 2, 5])
        var values: [Double]
        if step <= 2 {
            values = stride(from: first, through: last, by: step).map { $0 }
        } else {
            let start = (first / step).rounded(.down) + 1
            values = stride(from: start * step, through: last, by: step).map { $0 }
            if values.first.map({ $0 - first >= 0.4 * step }) ?? true {
                values.insert(first, at: 0)
            }
        }
        return AxisTicks(
            values: values, labels: values.map { NumberText.grouped(Int($0)) })
    }

    /// Powers of ten and, where there is room, 2 and 5 times them, in a `range` above 0.
    static func logarithmic(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
        let low = Int((log10(range.lowerBound) - 1e-9).rounded(.up))
        let high = Int((log10(range.upperBound) + 1e-9).rounded(.down))
        let decades = max(1, high - low + 1)
        let stride = (decades + count - 1) / max(1, count)
        let factors: [Double] = decades * 3 <= count + 2 ? [1, 2, 5] : [1]
        let margin = 1 + 1e-9
        let values = ((low - 1)...(high + 1)).filter { $0 % stride == 0 }
            .flatMap { power in factors.map { $0 * pow(10, Double(power)) } }
            .filter { $0 * margin >= range.lowerBound && $0 <= range.upperBound * margin }
        return AxisTicks(values: values, labels: values.map { label($0, step: $0) })
    }

    /// The smallest range that holds `range` and ends at 1, 2 or 5 times powers of ten.
    static func logarithmicallyRounded(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
        func steps(_ value: Double) -> [Double] {
            let power = pow(10, log10(value).rounded(.down))
            return [0.5, 1, 2, 5, 10].map { $0 * power }
        }
        let low = steps(range.lowerBound).last { $0 <= range.lowerBound * (1 + 1e-9) }
        let high = steps(range.upperBound).first { $0 >= range.upperBound * (1 - 1e-9) }
        return (low ?? range.lowerBound)...(high ?? range.upperBound)
    }

    /// 1, 2, 2.5 or 5 times a power of ten, so that `span` has about `count` steps.
    private static func roundStep(_ span: Double, count: Int) -> Double {
        round(span / Double(max(1, count)), to: [1, 2, 2.5, 5])
    }

    private static func round(_ ideal: Double, to factors: [Double]) -> Double {
        let power = pow(10, log10(ideal).rounded(.down))
        return (factors.first { $0 * power >= ideal * 0.999 } ?? 10) * power
    }

    /// A tick's number with as many decimals as the step needs; with a power of ten where it is far from 1.
    static func label(_ value: Double, step: Double) -> String {
        if value == 0 { return "0" }
        let (exponent, stepExponent) = (decimalExponent(value), decimalExponent(step))
        let isQuarter = (step / pow(10, Double(stepExponent)) - 2.5).magnitude < 1e-6
        let lastPlace = stepExponent - (isQuarter ? 1 : 0)
        var text: String
        if exponent >= 7 || stepExponent < -5 {
            let mantissa = value / pow(10, Double(exponent))
            text = NumberText.fixed(mantissa.magnitude, min(8, max(0, exponent - lastPlace)))
            let power = "10" + String(String(exponent).map { superscripts[$0] ?? $0 })
            text = text == "1" ? power : text + "×" + power
        } else if exponent >= 4, lastPlace >= 0 {
            text = NumberText.grouped(Int(value.magnitude.rounded()))
        } else {
            text = NumberText.fixed(value.magnitude, max(0, -lastPlace))
        }
        return (value < 0 ? "\u{2212}" : "") + text
    }

    private static func decimalExponent(_ value: Double) -> Int {
        Int((log10(value.magnitude) + 1e-9).rounded(.down))
    }

    private static let superscripts: [Character: Character] = [
        "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴", "5": "⁵", "6": "⁶", "7": "⁷",
        "8": "⁸", "9": "⁹", "-": "⁻",
    ]
}
