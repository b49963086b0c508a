import TandemDevices
import TandemTestSupport
import Testing

@testable import TandemDeviceConformance

/// The suite notices what it is there to notice: cases with deliberately wrong calls fail, and say why.
@Suite struct CaseHarnessTests {
    private func findings(_ build: CaseBuilder) -> String {
        let testCase = build.finished(family: .elementWise, size: .full)
        return testCase.run(on: TestDevices.makePlain()).findings.map(\.description)
            .joined(separator: "\n")
    }

    private func filling(
        with expected: Float = 1,
        _ body: @escaping @Sendable (any Device, BufferSlice) throws -> Void
    ) -> String {
        var build = CaseBuilder("fill")
        let output = build.output("output", .exact([Float](repeating: expected, count: 9)))
        return findings(build.calls { device, arrays in try body(device, arrays[output]) })
    }

    private func shifted(_ slice: BufferSlice, start: Int, count: Int) throws -> BufferSlice {
        try BufferSlice(buffer: slice.buffer, offset: slice.offset + start, count: count)
    }

    @Test func correctCallsPass() {
        #expect(filling { try $0.fill($1, value: 1) } == "")
    }

    @Test func wrongValuesAreCounted() {
        let text = filling(with: 2) { try $0.fill($1, value: 1) }
        #expect(text.contains("9 of 9 elements differ, first at 0: expected 2.0, found 1.0"))
    }

    @Test func elementsThatWereNotWrittenAreFound() {
        let text = filling { try $0.fill($1.part(from: 0, count: 8), value: 1) }
        #expect(text.contains("1 of 9 elements differ, first at 8: expected 1.0, found nan"))
    }

    @Test func writesPastTheEndAreFound() {
        let text = filling { [self] in try $0.fill(shifted($1, start: 0, count: 10), value: 1) }
        #expect(text.contains("1 elements after the array were overwritten, the first at index 9"))
    }

    @Test func writesBeforeTheStartAreFound() {
        let text = filling { [self] in try $0.fill(shifted($1, start: -2, count: 11), value: 1) }
        #expect(
            text.contains("2 elements before the array were overwritten, the first at index -2"))
    }

    @Test func readsPastTheEndAreFound() {
        var build = CaseBuilder("sum")
        let input = build.input("input", [1, 2, 3])
        let output = build.output("output", .close([6]))
        let sum = build.calls { [self] device, arrays in
            try device.reduce(
                .sum, input: shifted(arrays[input], start: 0, count: 4), output: arrays[output],
                outer: 1, count: 4, inner: 1, scale: 1, accumulate: false)
        }
        let text = findings(sum)
        #expect(text.contains("expected 6.0, found nan"))
        #expect(text.contains("differ only in the memory around the arrays"))
    }

    @Test func changedInputsAreFound() {
        var build = CaseBuilder("input overwritten")
        let input = build.input("input", [1, 2, 3])
        let fill = build.calls { device, arrays in try device.fill(arrays[input], value: 0) }
        #expect(findings(fill).contains("input (read only): 3 of 3 elements differ"))
    }

    @Test func thrownErrorsAreFailures() {
        let text = filling { _, slice in
            throw DeviceError.invalidArgument(operation: "fill", detail: "no")
        }
        #expect(text == "error: fill: no")
    }

    @Test(arguments: [
        (Float(1.000_02), true), (1.000_05, false), (.nan, false), (.infinity, false),
    ])
    func toleranceIsRelativeToTheMagnitude(found: Float, isAccepted: Bool) {
        let tolerance = Tolerance(relative: 1e-5, absolute: 0)
        let expectation = Expectation.close([1], magnitudes: [3], tolerance)
        let difference = expectation.difference(from: [Int32(bitPattern: found.bitPattern)])
        #expect((difference == nil) == isAccepted)
    }

    @Test func nonFiniteReferencesMatchOnlyThemselves() {
        let expectation = Expectation.close([.nan, .infinity, 1e39, -.infinity])
        func bits(_ values: [Float]) -> [Int32] { values.map { Int32(bitPattern: $0.bitPattern) } }
        #expect(
            expectation.difference(from: bits([.nan, .infinity, .infinity, -.infinity])) == nil)
        for wrong in [
            [Float(0), .infinity, .infinity, -.infinity], [.nan, .nan, .infinity, -.infinity],
            [.nan, .infinity, 3e38, -.infinity], [.nan, .infinity, .infinity, .infinity],
        ] {
            #expect(expectation.difference(from: bits(wrong)) != nil)
        }
    }
}
