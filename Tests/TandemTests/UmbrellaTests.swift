import Tandem
import Testing

/// The umbrella module alone is enough to train. (`Tests/outside-package` runs the README's own code.)
@Suite("A step of training through the umbrella module")
struct UmbrellaTests {
    @Test("One training step lowers the loss")
    func trainsOneStep() throws {
        let device = try DeviceCatalog.open(.cpu)
        let x = try Tensor(repeating: 0.5, shape: [3, 2, 384], on: device)
        let target = try Tensor(repeating: 0.1, shape: [3, 2, 256], on: device)

        let model = GRU(input: 384, hidden: 256, layers: 2)
        let arena = try ParameterArena(model, device: device, seed: 42)
        let optimizer = try Adam(
            arena, groups: [ParameterGroup(learningRate: 1e-3, weightDecay: 1e-2)])

        let context = ForwardContext.training(seed: 42, pass: 0)
        let y = try model(x, context)
        let loss = try Loss.meanSquaredError(y, target)
        try context.backward(from: loss)
        try optimizer.step(factor: 1, gradientScale: nil)
        try arena.zeroGradients()

        let after = try Loss.meanSquaredError(try model(x, .evaluation()), target)
        #expect(try after.item() < loss.item())
    }
}
