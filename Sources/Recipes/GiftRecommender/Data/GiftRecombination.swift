import TandemBasics
public import TandemConfiguration

/// Training profiles put together from several, for the terms of categories and tools.
///
/// Few scenarios leave open which part of a profile decides what. Recombination says it: what a person likes depends on hobbies
/// and preferences more than on the rest, and the tools do not depend on the hobbies. A profile for the categories takes its
/// occasion, relationship, age and budget from another training scenario with the probability `exchange`, and two such
/// profiles and their labels are mixed by a share with the distribution Beta(2, 2) (Zhang et al. 2018, "mixup"). A profile for
/// the tools takes its hobbies from another scenario.
public struct GiftRecombination: ConfigurationSection, Equatable {
    /// Profiles per batch for the terms of the categories.
    public var categoryProfiles = 64
    /// Profiles per batch for the term of the tools.
    public var toolProfiles = 32
    /// Probability that a profile for the categories takes all but hobbies and preferences from another scenario.
    public var exchange = 0.8

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        checks.count(categoryProfiles, "categoryProfiles", atMost: 65_536)
        checks.count(toolProfiles, "toolProfiles", atMost: 65_536)
        checks.require(
            (0...1).contains(exchange), "exchange", exchange, mustBe: "a probability, 0 to 1")
    }
}

/// Draws recombined profiles; a batch is a pure function of seed, epoch and number.
struct GiftRecombiner {
    let settings: GiftRecombination
    let scenarios: [GiftScenario]
    let augmentation: GiftAugmentation
    let vocabulary: GiftVocabulary
    let wiring: GiftWiring
    let seed: UInt64

    /// The recombined profiles of batch `batch` of `epoch`.
    func rows(epoch: Int, batch: Int) -> GiftRecombinedRows {
        var random = Philox(GiftStreams.recombination(seed: seed, epoch: epoch, batch: batch))
        func draw() -> GiftScenario {
            var scenario = scenarios[Int(random.nextInteger(below: UInt32(scenarios.count)))]
            scenario.profile = augmentation.apply(to: scenario.profile, &random)
            return scenario
        }
        func exchanged() -> GiftScenario {
            var scenario = draw()
            guard Double(random.nextUniform()) < settings.exchange else { return scenario }
            let other = draw().profile
            scenario.profile = GiftProfile(
                age: other.age, hobbies: scenario.profile.hobbies,
                relationship: other.relationship, budget: other.budget, occasion: other.occasion,
                preferences: scenario.profile.preferences)
            return scenario
        }
        var (first, second, shares): ([GiftScenario], [GiftScenario], [Float]) = ([], [], [])
        for _ in 0..<settings.categoryProfiles {
            first.append(exchanged())
            second.append(exchanged())
            // The median of three uniform numbers has the distribution Beta(2, 2).
            let uniform = (0..<3).map { _ in random.nextUniform() }.sorted()
            shares.append(uniform[1])
        }
        let forTools = (0..<settings.toolProfiles).map { _ in
            var scenario = draw()
            scenario.profile.hobbies = draw().profile.hobbies
            return scenario
        }
        func features(_ scenarios: [GiftScenario]) -> GiftFeatures {
            GiftFeatures(
                profiles: scenarios.map(\.profile), vocabulary: vocabulary, wiring: wiring)
        }
        let labels = GiftLabels(scenarios: first + forTools)
        let others = GiftLabels(scenarios: second + forTools)
        return GiftRecombinedRows(
            features: features(first).mixed(with: features(second), shares)
                .followed(by: features(forTools)),
            categories: GiftFeatures.mixed(
                labels.categories, others.categories, shares + forTools.map { _ in 0 }),
            tools: labels.tools, categoryProfiles: first.count)
    }
}

/// Recombined profiles as they leave the host, row-major: those for the categories, then those for the tools.
struct GiftRecombinedRows {
    /// What the encoder of profiles reads of N profiles.
    let features: GiftFeatures
    /// Shares of the expected categories `[N * 13]`; of the rows for the tools not used.
    let categories: [Float]
    /// 1 for every expected tool `[N * 5]`; of the rows for the categories not used.
    let tools: [Float]
    /// Number of the rows for the categories.
    let categoryProfiles: Int
}
