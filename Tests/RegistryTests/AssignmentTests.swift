import TandemRegistry
import Testing

/// Which users a test reaches; all figures were computed with Python's hashlib.
@Suite("Assignment of users")
struct AssignmentTests {
    private func group(_ user: String?, _ fraction: Double) -> TestGroup {
        Assignment.group(
            of: user, type: .callingScore, version: "v1.1-hybrid", fraction: fraction)
    }

    private func count(below fraction: Double) -> Int {
        (1...10_000).count { group("user_\($0)", fraction) == .candidate }
    }

    @Test(
        "The number and the position of a user are exact",
        arguments: [
            ("user_1", 15_359_718_757_671_296_158, 0.8326520222916786),
            ("user_2", 11_064_275_103_379_398_051, 0.599795555203061),
            ("user_4", 1_221_092_322_870_730_670, 0.06619554746309075),
            ("user_5", 730_624_088_796_384_752, 0.03960721121716404),
        ] as [(String, UInt64, Double)])
    func vectors(user: String, number: UInt64, position: Double) {
        #expect(
            Assignment.number(of: user, type: .callingScore, version: "v1.1-hybrid") == number)
        #expect(
            Assignment.position(of: user, type: .callingScore, version: "v1.1-hybrid") == position)
    }

    @Test("The text is hashed as UTF-8, with type and version in it")
    func text() {
        func number(_ user: String, _ type: ModelType, _ version: String) -> UInt64 {
            Assignment.number(of: user, type: type, version: version)
        }
        #expect(number("Zo\u{EB}", .callingScore, "v1.1-hybrid") == 279_205_905_252_854_265)
        #expect(number("user_5", .outcome, "v1.1-hybrid") == 338_963_512_990_653_040)
        #expect(number("user_5", .callingScore, "v1.2-hybrid") == 3_894_909_909_288_688_865)
    }

    @Test(
        "The groups of the specification's users",
        arguments: [
            ("user_1", [false, false, false]), ("user_2", [false, false, true]),
            ("user_4", [false, true, true]), ("user_5", [true, true, true]),
        ])
    func groups(user: String, isCandidate: [Bool]) {
        #expect([0.05, 0.10, 0.60].map { group(user, $0) == .candidate } == isCandidate)
    }

    @Test(
        "Of ten thousand users as many are candidates as computed elsewhere",
        arguments: [(0.01, 92), (0.05, 490), (0.10, 991), (0.50, 5049), (0.60, 6052), (1, 10_000)])
    func counts(fraction: Double, expected: Int) {
        #expect(count(below: fraction) == expected)
    }

    @Test("A larger fraction only adds users")
    func monotone() {
        for user in (1...2000).map({ "user_\($0)" }) {
            var wasCandidate = false
            for fraction in [0, 0.01, 0.02, 0.10, 0.35, 0.50, 0.99, 1] {
                let isCandidate = group(user, fraction) == .candidate
                #expect(isCandidate || !wasCandidate, "\(user) left at \(fraction)")
                wasCandidate = isCandidate
            }
            #expect(wasCandidate, "\(user) is no candidate of a test that has all users")
            #expect(group(user, 0) == .control)
        }
    }

    @Test("An unknown user is in the control group, even of a test that has all users")
    func unknown() {
        #expect(group(nil, 1) == .control)
        #expect(group("", 1) == .control)
        #expect(Assignment.formulaExperimentGroup(of: nil) == .formulaBased)
        #expect(Assignment.formulaExperimentGroup(of: "") == .formulaBased)
    }

    @Test("Formula against formula with model goes by the first byte of the user alone")
    func formulaExperiment() {
        func group(_ number: Int) -> TestGroup {
            Assignment.formulaExperimentGroup(of: "user_\(number)")
        }
        #expect([1, 2, 3, 5].map(group) == [.hybrid, .formulaBased, .hybrid, .formulaBased])
        #expect((1...10_000).count { group($0) == .hybrid } == 5020)
    }
}

/// The score that decides about a call.
@Suite("Hybrid score")
struct HybridScoreTests {
    @Test("The weight mixes formula and model, limited to 0...1")
    func mixture() {
        #expect(HybridScore.value(formula: 0.5, neural: 1, weight: 0) == 0.5)
        #expect(HybridScore.value(formula: 0.5, neural: 1, weight: 1) == 1)
        #expect(HybridScore.value(formula: 0.5, neural: 0.75, weight: 0.5) == 0.625)
        #expect(HybridScore.value(formula: 1, neural: 3, weight: 0.5) == 1)
        #expect(HybridScore.value(formula: 0, neural: -3, weight: 0.5) == 0)
    }

    @Test("A user is called from 0.70 on")
    func threshold() {
        #expect(HybridScore.isCalled(0.70))
        #expect(!HybridScore.isCalled(0.70.nextDown))
    }

    @Test("The ladder's rungs follow each other from any share")
    func ladder() {
        var fraction = 0.001
        var rungs: [Double] = []
        while let next = RolloutLadder.standard.rung(after: fraction) {
            rungs.append(next)
            fraction = next
        }
        #expect(rungs == [0.01, 0.10, 0.50, 1.00])
        #expect(RolloutLadder.standard.rung(after: 0.2) == 0.50)
        #expect(RolloutLadder([0.5, 0, 2, 0.25, 0.5]).rungs == [0.25, 0.5])
    }
}
