import DeviceConformance
import Devices
import Testing

/// Every operation of every device against the double-precision references.
@Suite struct ConformanceTests {
    private static let suites = Dictionary(
        uniqueKeysWithValues: OperationFamily.allCases.map {
            ($0, ConformanceSuite(size: .full, families: [$0]))
        })

    @Test(arguments: TestedDevice.allCases, OperationFamily.allCases)
    func conforms(_ tested: TestedDevice, _ family: OperationFamily) throws {
        let suite = try #require(Self.suites[family])
        #expect(!suite.cases.isEmpty)
        for result in suite.run(on: try tested.make()) {
            #expect(result.passed, "\(tested.rawValue): \(result)")
        }
    }
}
