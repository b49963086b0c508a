import TandemBasics

/// Batches of scenarios drawn with replacement, each drawn profile varied anew.
///
/// A batch is a pure function of the seed, the epoch and its number, the same on every machine: every sample has a stream of
/// random numbers of its own, so that a run can go on at any batch without hidden state.
public struct GiftBatches: Sendable {
    /// The number of samples in a batch.
    public let batchSize: Int
    /// The number of batches in an epoch.
    public let batchesPerEpoch: Int
    /// How profiles are varied.
    public let augmentation: GiftAugmentation
    /// The seed of the draws and of the variations.
    public let seed: UInt64
    private let scenarios: [GiftScenario]
    private let drawn: [Int32]

    /// Batches of some of the scenarios.
    ///
    /// - Parameters:
    ///   - scenarios: all scenarios.
    ///   - drawn: the numbers of those to draw from, such as the training part's.
    ///   - batchSize: the number of samples in a batch.
    ///   - batchesPerEpoch: the number of batches in an epoch.
    ///   - augmentation: how profiles are varied.
    ///   - seed: the seed of the draws and of the variations.
    /// - Throws: when there is nothing to draw from, a number is no scenario's, or the sizes are not above 0 or so large that
    ///   an epoch has more than 2^28 samples.
    public init(
        of scenarios: [GiftScenario], drawn: [Int32], batchSize: Int, batchesPerEpoch: Int,
        augmentation: GiftAugmentation, seed: UInt64
    ) throws(GiftError) {
        if drawn.isEmpty {
            throw .setting(
                name: "the number of scenarios to draw from", value: "0", expected: "at least one")
        }
        for number in drawn where !scenarios.indices.contains(Int(number)) {
            throw .setting(
                name: "the number of a scenario to draw", value: "\(number)",
                expected: "numbers from 0 to \(scenarios.count - 1)")
        }
        let most = 1 << Int(GiftStreams.sampleBits)
        for (name, size) in [("batch size", batchSize), ("batches per epoch", batchesPerEpoch)]
        where !(1...most ~= size) {
            throw .setting(
                name: "the " + name, value: "\(size)", expected: "a number from 1 to \(most)")
        }
        if batchSize * batchesPerEpoch > most {
            throw .setting(
                name: "the number of samples in an epoch", value: "\(batchSize * batchesPerEpoch)",
                expected: "a batch size and batches per epoch whose product is at most \(most)")
        }
        self.scenarios = scenarios
        self.drawn = drawn
        self.batchSize = batchSize
        self.batchesPerEpoch = batchesPerEpoch
        self.augmentation = augmentation
        self.seed = seed
    }

    /// The samples of one batch, the same at every call.
    ///
    /// - Parameters:
    ///   - epoch: the epoch, from 0 to 2^24 - 1.
    ///   - batch: the batch within the epoch, from 0 to ``batchesPerEpoch`` - 1.
    /// - Returns: ``batchSize`` numbers of scenarios with their varied profiles; none outside the epoch.
    public func profiles(
        epoch: Int, batch: Int
    ) -> [(scenario: Int32, profile: GiftProfile)] {
        guard epoch >= 0, (0..<batchesPerEpoch).contains(batch) else { return [] }
        return (0..<batchSize).map { place in
            var random = Philox(
                GiftStreams.sample(seed: seed, epoch: epoch, sample: batch * batchSize + place))
            let number = drawn[Int(random.nextInteger(below: UInt32(drawn.count)))]
            let profile = scenarios[Int(number)].profile
            return (number, augmentation.apply(to: profile, &random))
        }
    }
}
