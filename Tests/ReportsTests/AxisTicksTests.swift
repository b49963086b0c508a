import Foundation
import Testing

@testable import TandemReports

@Suite("Axis ticks")
struct AxisTicksTests {
    static let ranges: [ClosedRange<Double>] = [
        0...1, 0...0.97, -3...11, 0.0263...0.02886, 3.3...3.9, 1e-9...7e-9, -1e-3...1e-3,
        12_345_678...12_345_690, 0...5000, 0.9999...1.0001, -7e12...(-2e11), 1e-140...1e149,
    ]

    @Test("Ticks are few, even, inside the range, and their texts differ", arguments: ranges)
    func linear(range: ClosedRange<Double>) throws {
        for count in 3...9 {
            let ticks = AxisTicks.linear(range, count: count)
            #expect((2...2 * count + 1).contains(ticks.values.count), "\(ticks.values)")
            let span = range.upperBound - range.lowerBound
            for value in ticks.values {
                #expect(value >= range.lowerBound - 1e-5 * span)
                #expect(value <= range.upperBound + 1e-5 * span)
            }
            let steps = zip(ticks.values.dropFirst(), ticks.values).map { $0 - $1 }
            let step = try #require(steps.first)
            #expect(steps.allSatisfy { abs($0 - step) < 1e-6 * step })
            let power = pow(10, floor(log10(step) + 1e-9))
            #expect([1, 2, 2.5, 5].contains { abs(step / power - $0) < 1e-6 }, "\(step)")
            #expect(Set(ticks.labels).count == ticks.labels.count, "\(ticks.labels)")
        }
    }

    @Test("The range around data ends at ticks and holds the data", arguments: ranges)
    func around(range: ClosedRange<Double>) {
        for count in 3...9 {
            let (rounded, ticks) = AxisTicks.linear(around: range, count: count)
            let slack = 1e-5 * (range.upperBound - range.lowerBound)
            #expect(rounded.lowerBound <= range.lowerBound + slack)
            #expect(rounded.upperBound >= range.upperBound - slack)
            #expect(ticks.values.first == rounded.lowerBound)
            #expect(ticks.values.last.map { abs($0 - rounded.upperBound) <= slack } == true)
            #expect(ticks.values.count <= count + 3)
        }
    }

    @Test("Labels have the decimals of their step")
    func labels() {
        #expect(
            AxisTicks.linear(0...1, count: 4).labels == ["0", "0.25", "0.50", "0.75", "1.00"])
        #expect(AxisTicks.linear(-10...10, count: 4).labels == ["−10", "−5", "0", "5", "10"])
        #expect(
            AxisTicks.linear(0...40_000, count: 4).labels
                == ["0", "10,000", "20,000", "30,000", "40,000"])
        #expect(
            AxisTicks.linear(0...4e-8, count: 4).labels
                == ["0", "10⁻⁸", "2×10⁻⁸", "3×10⁻⁸", "4×10⁻⁸"])
    }

    @Test("Epochs are whole and begin with the first")
    func whole() {
        #expect(AxisTicks.whole(1...9, count: 12).values == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(AxisTicks.whole(1...24, count: 12).values.prefix(3) == [1, 3, 5])
        #expect(AxisTicks.whole(1...100, count: 6).values == [1, 20, 40, 60, 80, 100])
        #expect(AxisTicks.whole(1...5000, count: 5).labels.last == "5,000")
        #expect(AxisTicks.whole(0.5...1.5, count: 5).values == [1])
        #expect(AxisTicks.whole(97...100, count: 5).values == [97, 98, 99, 100])
    }

    @Test("Logarithmic ticks are powers of ten, with 2 and 5 where there is room")
    func logarithmic() {
        #expect(AxisTicks.logarithmic(0.01...10, count: 5).labels == ["0.01", "0.1", "1", "10"])
        #expect(
            AxisTicks.logarithmic(0.02...5, count: 5).labels
                == ["0.02", "0.05", "0.1", "0.2", "0.5", "1", "2", "5"])
        let far = AxisTicks.logarithmic(1e-120...1e120, count: 6)
        #expect((3...9).contains(far.values.count))
        #expect(far.labels.contains("1"))
    }

    @Test(
        "Axes of awkward data place every drawable value inside",
        arguments: [
            [], [.nan], [.infinity, -.infinity], [0], [5], [-5], [0, 0, 0], [1, 1 + 1e-12],
            [1e300, 1], [.leastNonzeroMagnitude, 4 * .leastNonzeroMagnitude], [1e-3, 1e4],
            [-1e-3, 1e4], [0, 1e4], [-8, -1],
            [2.5, 2.5000001], [1e-200, 1], [1e149, -1e149],
        ] as [[Double]])
    func axes(values: [Double]) {
        for rule in [AxisRule.linear, .linearFromZero, .logarithmicWhereWide] {
            let axis = PlotAxis(rule, values: values, ticks: 5, from: 200, to: 10)
            #expect(axis.range.lowerBound < axis.range.upperBound)
            #expect(axis.ticks.values.count >= 2)
            for value in values where PlotAxis.isDrawable(value) {
                let position = axis.position(value)
                #expect(position >= 9.99 && position <= 200.01, "\(value) at \(position)")
            }
            if rule == .linearFromZero { #expect(axis.range.contains(0)) }
        }
    }

    @Test("An axis is logarithmic beyond two decades of positive data only")
    func logarithmicRule() {
        func isLogarithmic(_ values: [Double]) -> Bool {
            PlotAxis(.logarithmicWhereWide, values: values, ticks: 5, from: 0, to: 1).isLogarithmic
        }
        #expect(isLogarithmic([0.01, 1.01]))
        #expect(!isLogarithmic([0.01, 1]))
        #expect(!isLogarithmic([0, 1, 1000]))
        #expect(!isLogarithmic([-1, 1, 1000]))
    }

    @Test("Labels at line ends do not overlap, keep their order and stay inside")
    func labelLayout() {
        let wanted: [Double] = [100, 101, 99, 100, 20, 199, 198]
        let placed = LabelLayout.place(wanted, spacing: 15, within: 10...200)
        for (a, b) in zip(placed.sorted().dropFirst(), placed.sorted()) { #expect(a - b >= 14.99) }
        #expect(placed.allSatisfy { (10...200).contains($0) })
        #expect(placed[4] == 20)
        #expect(placed[2] < placed[0] && placed[0] < placed[1])
        #expect(LabelLayout.place([5, 5], spacing: 100, within: 0...10).count == 2)
    }

    @Test("Thinning keeps ends, peaks and gaps")
    func thinning() {
        var values = (0..<10_000).map { sin(Double($0) / 300) }
        values[4321] = 50
        values[777] = .nan
        let kept = Thinning.kept(values, buckets: 200)
        #expect(kept.count <= 604)
        #expect(kept.contains(4321) && kept.contains(777))
        #expect(kept.first == 0 && kept.last == 9999)
        #expect(kept == kept.sorted() && Set(kept).count == kept.count)
        #expect(Thinning.even(10, count: 4) == [0, 3, 6, 9])
        #expect(Thinning.even(3, count: 4) == [0, 1, 2])
    }
}
