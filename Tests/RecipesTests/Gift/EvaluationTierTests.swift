import Testing

@testable import TandemRecipes
@testable import TandemTraining

/// Tiers, and what the course of a training contributes to them.
@Suite struct EvaluationTierTests {
    private static func figures(categories: Double, tools: Double) -> GiftFigures {
        var figures = GiftFigures(meanOf: [])
        figures.categoryMatch = categories
        figures.toolMatch = tools
        return figures
    }

    private static func course(
        overfits: Bool? = false, range: Double? = 0, gap: Double? = 0
    ) -> GiftCourse {
        var course = GiftCourse.unknown
        course.overfitsEarly = overfits
        course.qualityRange = range
        course.gapQuality = gap
        return course
    }

    private static func tier(
        _ quality: Double = 0.95, categories: Double = 1, tools: Double = 1,
        course: GiftCourse = course()
    ) -> GiftTier {
        GiftTier.reached(
            quality: quality, figures(categories: categories, tools: tools), course)
    }

    @Test func quality() {
        #expect(Self.tier(0.901) == .excellent)
        #expect(Self.tier(0.90) == .target)
        #expect(Self.tier(0.88) == .minimum)
        #expect(Self.tier(0.85) == .none)
        #expect(Self.tier(.nan) == .none)
    }

    @Test func matches() {
        #expect(Self.tier(categories: 0.99) == .target)
        #expect(Self.tier(tools: 0.95) == .minimum)
        #expect(Self.tier(categories: 0.90) == .none)
    }

    @Test func course() {
        #expect(Self.tier(course: Self.course(gap: 0.05)) == .target)
        #expect(Self.tier(course: Self.course(gap: nil)) == .target)
        #expect(Self.tier(course: Self.course(range: 0.021)) == .minimum)
        #expect(Self.tier(course: Self.course(range: nil)) == .minimum)
        #expect(Self.tier(course: Self.course(overfits: true)) == .none)
        #expect(Self.tier(course: .unknown) == .none)
    }

    @Test func order() {
        #expect(GiftTier.allCases.sorted() == [.none, .minimum, .target, .excellent])
    }

    // MARK: - From a history

    private static func history(_ epochs: [(Int, [String: Double])]) -> [EpochRecord] {
        epochs.map { EvaluationMonitorTests.record($0.0, metrics: $0.1) }
    }

    @Test func theLastThreeEvaluationsCount() {
        let history = Self.history([
            (1, ["quality": 0.2]), (5, ["quality": 0.90, "qualityParity": 0.5]), (6, [:]),
            (10, ["quality": 0.93, "qualityParity": 0.6]),
            (15, ["quality": 0.91, "qualityParity": 0.8]),
        ])
        typealias Case = EvaluationCase
        let course = GiftCourse(history, gapQuality: 0.01)
        #expect(Case.isClose(course.qualityRange, 0.03))
        #expect(course.gapQuality == 0.01)
        #expect(course.overfitsEarly == false)
        let parity = GiftCourse(history, metric: "qualityParity", gapQuality: nil)
        #expect(Case.isClose(parity.qualityRange, 0.3))
        #expect(Case.isClose(GiftCourse(history, upTo: 10, gapQuality: 0).qualityRange, 0.73))
        #expect(GiftCourse(history, upTo: 9, gapQuality: 0).qualityRange == nil)
        #expect(GiftCourse([], gapQuality: nil) == .unknown)
    }

    @Test func overfittingCountsBeforeEpoch30() {
        func overfits(_ epochs: [(Int, [String: Double])]) -> Bool? {
            GiftCourse(Self.history(epochs), gapQuality: 0).overfitsEarly
        }
        #expect(overfits([(29, ["quality": 0.9, "gapLoss": 0.06])]) == true)
        #expect(overfits([(29, ["quality": 0.9, "gapLoss": 0.05])]) == false)
        #expect(overfits([(30, ["quality": 0.9, "gapLoss": 0.06])]) == false)
        let falling = [0.9, 0.8, 0.7, 0.6]
        func falls(from epoch: Int) -> Bool? {
            overfits(falling.enumerated().map { (epoch + 5 * $0, ["quality": $1]) })
        }
        #expect(falls(from: 10) == true)
        #expect(falls(from: 15) == false)
    }
}
