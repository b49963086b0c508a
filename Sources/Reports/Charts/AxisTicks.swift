import TandemBasics
import Glibc

/// Round numbers along an axis, and how they are written.
public struct AxisTicks: Sendable, Equatable {
    /// The numbers, rising.
    public let values: [Double]
    /// The text of each number.
    public let labels: [String]

    /// Ticks at multiples of 1, 2, 2.5 or 5 times a power of ten that lie in `range`, about `count` of them.
    ///
    /// - Parameters:
    ///   - range: finite ends, the upper one above the lower one.
    ///   - count: how many ticks are wanted, at least 2.
    /// - Returns: the ticks.
    public static func linear(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
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
    public static func whole(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
        let (first, last) = (range.lowerBound.rounded(.up), range.upperBound.rounded(.down))
        guard first <= last else { return AxisTicks(values: [], labels: []) }
        let step = wholeStep(last - first, count: count)
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
    public static func logarithmic(_ range: ClosedRange<Double>, count: Int) -> AxisTicks {
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
        let ideal = span / Double(max(1, count))
        let power = pow(10, log10(ideal).rounded(.down))
        let factor = [1, 2, 2.5, 5].first { $0 * power >= ideal * 0.999 } ?? 10
        return factor * power
    }

    private static func wholeStep(_ span: Double, count: Int) -> Double {
        let ideal = max(1, span / Double(max(1, count)))
        let power = pow(10, log10(ideal).rounded(.down))
        let factor = [1, 2, 5].first { $0 * power >= ideal * 0.999 } ?? 10
        return factor * power
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
