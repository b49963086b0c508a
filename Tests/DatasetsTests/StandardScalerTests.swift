import Testing

@testable import TandemDatasets

@Suite struct StandardScalerTests {
    @Test func usesTheGivenRowsAlone() {
        let table = NumericTable(
            featureNames: ["a", "b"], targetName: "", features: [1, 10, 900, 900, 3, 30],
            targets: [])
        let scaler = StandardScaler(fitting: table, rows: [0, 2])
        #expect(scaler == StandardScaler(mean: [2, 20], scale: [1, 10]))
        #expect(scaler.apply(table.features) == [-1, -1, 898, 88, 1, 1])
    }

    @Test func dividesByTheNumberOfRows() {
        let scaler = StandardScaler(fitting: [1, 2, 3, 4], width: 1, rows: [0, 1, 2, 3])
        #expect(scaler.mean == [2.5])
        #expect(scaler.scale == [Float(1.25.squareRoot())])
    }

    @Test(arguments: [0, 0.5, 0.1, -1_234.567, 1e30, 1e-30] as [Float])
    func constantColumnsBecomeZero(value: Float) {
        let values = [Float](repeating: value, count: 1_000)
        let scaler = StandardScaler(fitting: values, width: 1, rows: [Int32](0..<1_000))
        #expect(scaler == StandardScaler(mean: [value], scale: [1]))
        #expect(scaler.apply([value]) == [0])
    }

    /// Single precision would lose the deviation of a column far from zero.
    @Test func sumsInDoublePrecision() {
        let values = (0..<100_000).map { Float(1_000_000 + $0 % 2) }
        let scaler = StandardScaler(fitting: values, width: 1, rows: [Int32](0..<100_000))
        #expect(scaler == StandardScaler(mean: [1_000_000.5], scale: [0.5]))
    }

    @Test func withoutRowsNothingChanges() {
        let scaler = StandardScaler(fitting: [1, 2, 3, 4], width: 2, rows: [])
        #expect(scaler.apply([1, 2, 3, 4]) == [1, 2, 3, 4])
    }
}
