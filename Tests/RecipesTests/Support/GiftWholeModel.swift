import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing
import TandemTraining

@testable import TandemRecipes

/// An experiment with the whole model of the golden files; unoptimised builds take seconds to draw its initial values, so
/// that many checks share one.
final class GiftWholeModel {
    let wiring: GiftWiring
    let experiment: GiftRecommenderExperiment
    /// The values that the experiment began with.
    private let initial: DeviceBuffer

    var arena: ParameterArena { experiment.arena }
    var model: GiftModel { experiment.recipe.gift }
    var configuration: GiftRecommenderConfiguration { experiment.configuration }
    var device: any Device { arena.device }

    /// Connected without the embedding of the relationship, which the golden files do not have.
    init(
        _ wiring: GiftWiring, core: Bool = true, outerSteps: Int = 1, on device: any Device
    ) throws {
        self.wiring = wiring
        let isParity = wiring == .parity
        var configuration = GiftModelCase.configuration(
            isParity ? .v2 : .connected, batchSize: isParity ? 8 : 2, steps: 3)
        configuration.model.relationshipEmbedding = false
        configuration.model.core = core
        configuration.model.outerSteps = outerSteps
        if !isParity { configuration.training.accumulation = 1 }
        configuration.data.batchesPerEpoch = 3 * configuration.training.accumulation
        experiment = try GiftModelCase.experiment(configuration, on: device)
        initial = try experiment.arena.snapshot()
    }

    /// Sets all parameters to the values that they began with.
    func restart() throws { try arena.restore(initial) }

    /// Outputs and loss terms of a case of a golden file, recorded, without dropout.
    func pass(_ file: GiftGolden) throws
        -> (outputs: GiftOutputs, terms: [Tensor], context: ForwardContext)
    {
        let context = ForwardContext(tape: Tape(), isTraining: false, seed: 0, pass: 0)
        let outputs = try model(
            GiftProfileTensors(file, on: device), GiftCatalogueTensors(file, on: device), context)
        #expect(outputs.count == 1)
        let tables = try model.regularizedTables.map { try context.tensor($0) }
        var settings = configuration.loss
        (settings.labelSmoothing, settings.toolSmoothing) = (0, 0)
        let loss = GiftLoss(wiring: wiring, configuration: settings)
        let terms = try loss(outputs, GiftTargets(file, on: device), nil, tables)
        return (try #require(outputs.last), terms, context)
    }
}
