public import TandemConfiguration

/// The model of the gift recommender; the sizes of its layers are those of the published system.
public struct GiftModelConfiguration: Configuration, Equatable {
    /// How the parts are connected.
    public var wiring = GiftWiring.connected
    /// Which words the model knows.
    public var vocabulary = GiftVocabulary.Kind.extended
    /// Connected: whether the relationship enters the profile's encoder too, not the tokens alone.
    public var relationshipEmbedding = false
    /// Connected: whether the recursive core takes part; without it the user encoder's code stands for its state.
    public var core = true
    /// Connected: segments of the core per batch, 1 to 3; every one has a loss of its own.
    public var outerSteps = 1
    /// Connected: whether the encoder of budgets begins as steps at 50, 150 and 250, the borders of the tiers of budgets.
    public var tieredBudget = true
    /// Deviation of the embeddings of preferences, occasions and relationships at first; that of the hobbies is 1.
    public var wordDeviation = 0.3
    /// Deviation of the categories' embeddings at first.
    public var categoryDeviation = 4.0
    /// Dropout in the profile's encoder.
    public var profileDropout = 0.0
    /// Dropout in the category matcher's layers.
    public var matcherDropout = 0.0
    /// Dropout in the category matcher's scorer.
    public var scorerDropout = 0.0
    /// Dropout in the encoder of gifts.
    public var giftDropout = 0.2
    /// Dropout in the recommendation head.
    public var recommendationDropout = 0.3

    /// The values used where a file says nothing.
    public static let defaults = GiftModelConfiguration()

    /// Every value at its default.
    public init() {}

    /// Reports every impossible value.
    public func validate(_ checks: inout ConfigurationChecks) {
        for (key, rate) in [
            ("profileDropout", profileDropout), ("matcherDropout", matcherDropout),
            ("scorerDropout", scorerDropout), ("giftDropout", giftDropout),
            ("recommendationDropout", recommendationDropout),
        ] {
            checks.require(
                (0..<1).contains(rate) && Float(rate) < 1, key, rate,
                mustBe: "at least 0 and below 1")
        }
        for (key, deviation) in [
            ("wordDeviation", wordDeviation), ("categoryDeviation", categoryDeviation),
        ] {
            checks.require(
                deviation > 0 && Float(deviation).isFinite, key, deviation, mustBe: "above 0")
        }
        checks.require(
            wiring == .connected || !tieredBudget, "tieredBudget", tieredBudget,
            mustBe: "false in the wiring 'parity', which divides budgets by 1000")
        checks.require(
            (1...3).contains(outerSteps), "outerSteps", outerSteps, mustBe: "1, 2 or 3")
        checks.require(
            wiring == .connected || outerSteps == 1, "outerSteps", outerSteps,
            mustBe: "1 in the wiring 'parity', which does not call the core")
        checks.require(
            wiring == .connected || !relationshipEmbedding, "relationshipEmbedding",
            relationshipEmbedding, mustBe: "false in the wiring 'parity'")
        checks.require(
            core || outerSteps == 1, "outerSteps", outerSteps, mustBe: "1 without the core")
    }
}
