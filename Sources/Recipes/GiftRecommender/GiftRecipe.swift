import TandemBasics
import TandemDatasets
public import TandemDevices
public import TandemNetworks
import TandemTensors
public import TandemTraining

/// The gift recommender as a training recipe: varied profiles in batches drawn with replacement.
public final class GiftRecipe: TrainingRecipe {
    /// Profiles and labels of a batch, on the host.
    public struct Batch {
        let contents: GiftHostBatch
    }

    /// The ten terms of the loss; see `GiftLoss`.
    public let lossTerms: [LossTerm]
    /// A hash of scenarios, catalogue and split.
    public let dataIdentity: String?

    let gift: GiftModel
    let configuration: GiftRecommenderConfiguration
    let data: GiftData
    let loss: GiftLoss
    let host: GiftHostBatches
    let catalogue: GiftCatalogueTensors
    let stage: GiftStage
    private var staged: GiftStagedBatch?

    /// A recipe over `data`, with its model on `device`.
    public init(
        _ configuration: GiftRecommenderConfiguration, data: GiftData, device: any Device
    ) throws {
        self.configuration = configuration
        self.data = data
        gift = GiftModel(configuration.model)
        lossTerms = configuration.loss.terms
        dataIdentity = data.identity
        loss = GiftLoss(wiring: configuration.model.wiring, configuration: configuration.loss)
        catalogue = try GiftCatalogueTensors(
            GiftCatalogueInputs(
                gifts: data.catalogue.gifts, wiring: configuration.model.wiring), on: device)
        host = try GiftHostBatches(configuration, data)
        stage = try GiftStage(
            capacity: configuration.training.batchSize, vocabulary: data.vocabulary,
            gifts: data.catalogue.gifts.count, wiring: configuration.model.wiring,
            recombination: configuration.data.recombination, on: device)
    }

    /// Who was trained on and who held out, by identifiers: checkpoints keep it; the data of a resumed run must have the same.
    public var savedState: GiftSplit {
        get { data.division }
        set {}
    }

    /// The model that the trainer updates.
    public var model: any Module { gift }
    /// Profiles in every batch.
    public var batchSize: Int { configuration.training.batchSize }
    /// As many as the configuration says.
    public var batchesPerEpoch: Int { configuration.data.batchesPerEpoch }

    /// Varied training profiles, a pure function of seed, epoch and batch.
    public func batches(epoch: Int, startingAt batch: Int) throws -> () throws -> Batch? {
        var next = batch
        return { [host, batchesPerEpoch] in
            guard next < batchesPerEpoch else { return nil }
            defer { next += 1 }
            return Batch(contents: host.training(epoch: epoch, batch: next))
        }
    }

    /// Copies the batch to the device; its operations are recorded where they are small, that is without the core.
    public func stage(_ batch: Batch) throws -> Int? {
        staged = try stage.replace(with: batch.contents)
        let usesCore = configuration.model.wiring == .connected && configuration.model.core
        return usesCore ? nil : batch.contents.inputs.count
    }

    /// The terms of the staged batch.
    public func loss(_ batch: Batch, _ context: ForwardContext) throws -> BatchLoss {
        let staged = try staged ?? stage.replace(with: batch.contents)
        let outputs = try gift(
            staged.profiles, catalogue, ranks: configuration.model.wiring == .connected, context)
        let choices = try staged.recombined.map { try gift.choices($0, context) }
        let tables = try gift.regularizedTables.map { try context.tensor($0) }
        return BatchLoss(
            try loss(outputs, staged.targets, choices, tables),
            examples: batch.contents.inputs.count)
    }
}
