import TandemDeviceConformance
import TandemDevices
import Testing

/// Every operation of every device against the double-precision references, and the devices against each other.
@Suite struct ConformanceTests {
    struct Run: Sendable, CustomTestStringConvertible {
        let device: TestedDevice
        let family: OperationFamily

        var testDescription: String { "\(device.rawValue): \(family.rawValue)" }
    }

    private static let runs = TestedDevice.present.flatMap { device in
        device.families.map { Run(device: device, family: $0) }
    }

    private static let suite = ConformanceSuite(size: .full)

    private func cases(_ family: OperationFamily) throws -> [ConformanceCase] {
        let cases = Self.suite.cases.filter { $0.family == family }
        #expect(cases.count >= 10)
        return cases
    }

    @Test func caseNamesAreUnique() {
        for suite in [Self.suite, ConformanceSuite(size: .small)] {
            let names = suite.cases.map(\.name)
            let repeated = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted()
            #expect(repeated == [])
        }
    }

    @Test(arguments: runs)
    func conforms(_ run: Run) throws {
        let device = try run.device.make()
        for testCase in try cases(run.family) {
            let result = testCase.run(on: device)
            #expect(result.passed, "\(run.device.rawValue): \(result)")
        }
    }

    @Test(.enabled(if: TestedDevice.openCL != nil), arguments: OperationFamily.allCases)
    func processorAndOpenCLAgree(_ family: OperationFamily) throws {
        let processor = try TestedDevice.twoThreads.make()
        let openCL = try TestedDevice.openCLForProcessors.make()
        for testCase in try cases(family) {
            let result = testCase.compare(processor, with: openCL, .withinTolerance)
            #expect(result.passed, "OpenCL beside CPU: \(result)")
        }
    }

    @Test(
        arguments: TestedDevice.present.filter { $0 == .twoThreads || $0 == .openCLForProcessors },
        TestedDevice.composedCPU.families)
    func fusedOperationsAgreeWithTheirDefaults(
        _ tested: TestedDevice, _ family: OperationFamily
    ) throws {
        let device = try tested.make()
        for testCase in try cases(family) {
            let result = testCase.compare(composed(device), with: device, .withinTolerance)
            #expect(result.passed, "\(tested.rawValue), fused beside default: \(result)")
        }
    }

    @Test(arguments: OperationFamily.allCases)
    func numberOfThreadsDoesNotMatter(_ family: OperationFamily) throws {
        let one = try TestedDevice.oneThread.make()
        let two = try TestedDevice.twoThreads.make()
        for testCase in try cases(family) {
            let result = testCase.compare(one, with: two, .toTheBit)
            #expect(result.passed, "2 threads beside 1: \(result)")
        }
    }
}
