import TandemDevices
import TandemNetworks
import TandemTensors
import TandemTestSupport
import Testing

@testable import TandemRecipes

/// Every core against PyTorch: predictions, loss, the gradients of the questions and of all parameters.
@Suite(.exclusiveDevices) struct GoldenDialogueCoreTests {
    @Test func allLatticesAreKnown() throws {
        let names = Set(
            try Golden("dialogue-lattice").file.arrays.names.map { name in
                String(name.prefix { $0 != "." })
            })
        #expect(names == Set(try DialogueGolden.lattices().keys))
        #expect(names == Set(Self.lattices))
    }

    static let lattices = [
        "walls", "periodic", "reflecting", "absorbing", "walls_26", "periodic_26",
        "reflecting_26", "absorbing_26", "fat", "no_placement", "per_step",
        "per_step_no_placement", "tanh", "historic", "historic_no_placement", "blocked",
    ]

    @Test(arguments: TestDevices.all, lattices)
    func lattice(_ target: TestDevice, _ name: String) throws {
        try check("dialogue-lattice", name, target.device)
    }

    @Test(arguments: TestDevices.all, ["mlp", "conv3d"])
    func core(_ target: TestDevice, _ name: String) throws {
        try check("dialogue-cores", name, target.device)
    }

    /// Answers, and what they add to the questions, from 40 pairs.
    @Test(arguments: [false, true])
    func ridge(isResidual: Bool) throws {
        let file = try GiftGolden("dialogue-cores", "ridge")
        let form = isResidual ? "residual" : "answer"
        let ridge = try DialogueRidge(
            DialogueVectors(
                questions: file.values("questions"), answers: file.values("answers"),
                dimension: 12),
            regularization: Double(try file.number("\(form).strength")), isResidual: isResidual)
        file.expect(
            try ridge.predict(file.values("x")), try file.values("\(form).y"),
            Tolerance(absolute: 1e-6, relative: 0), form)
    }

    private func check(_ file: String, _ name: String, _ device: any Device) throws {
        let file = try GiftGolden(file, name)
        let x = try file.tensor("x", on: device)
        let (model, arena) = try DialogueGolden.arena(
            name, features: x.shape.dimensions[1], on: device)
        let context = ForwardContext.training(seed: 0, pass: 0)
        let question = context.variable(x)
        let y = try #require(try model.predictions(question, context).first)
        try file.expectForward(y, "y")
        let loss = try (y * file.tensor("loss_weights", on: device)).sum()
        let scale = Float(GiftGolden.Figures(try y.values()).norm)
        file.expect(
            [try loss.item()], try file.values("loss"),
            Tolerance(absolute: 1e-5 * scale, relative: 0), "loss")
        try checkHistoricLoss(file, y.detached, device)

        try context.backward(from: loss)
        try file.expectGradient(
            try #require(try context.gradient(of: question)).values(), "gradient.x")
        var known: Set<String> = ["x"]
        for (number, entry) in arena.entries.enumerated() {
            let stored = DialogueGolden.stored(entry.name)
            #expect(arena.reachedParameters.contains(number), "\(entry.name)")
            try file.expectGradient(entry.parameter.gradient.values(), "gradient.\(stored)")
            known.insert(stored)
        }
        let stored = file.names("gradient.").map {
            $0.hasSuffix(".summary") ? String($0.dropLast(8)) : $0
        }
        #expect(Set(stored) == known)
    }

    private func checkHistoricLoss(
        _ file: GiftGolden, _ y: Tensor, _ device: any Device
    ) throws {
        let configuration = DialogueLossConfiguration()
        let terms = try DialogueLoss(configuration: configuration)(
            y, file.tensor("target", on: device), mask: nil, others: nil,
            classes: IndexTensor(upTo: y.shape.dimensions[0], on: device))
        let found = try zip(configuration.terms, terms).reduce(Float(0)) {
            $0 + $1.0.weight * (try $1.1.item())
        }
        file.expectNumber(found, try file.number("historic_loss"), "historic_loss")
    }
}
